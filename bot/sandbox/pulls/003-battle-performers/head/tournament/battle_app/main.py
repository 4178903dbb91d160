"""The ASGI application."""

from fastapi import FastAPI

from battle_app.routes import battles, event, standings

app = FastAPI(title="Battles")
app.include_router(standings.router)
app.include_router(event.router)
app.include_router(battles.router)
