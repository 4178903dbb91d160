"""The ASGI application."""

from fastapi import FastAPI

from battle_app.routes import standings

app = FastAPI(title="Battles")
app.include_router(standings.router)
