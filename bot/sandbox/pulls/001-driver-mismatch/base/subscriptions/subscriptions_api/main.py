"""The ASGI application."""

from fastapi import FastAPI

from subscriptions_api.routes import subscriptions

app = FastAPI(title="Subscriptions")
app.include_router(subscriptions.router)
