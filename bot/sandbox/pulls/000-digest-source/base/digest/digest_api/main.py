"""The ASGI application."""

from fastapi import FastAPI

from digest_api.routes import digests

app = FastAPI(title="Digest")
app.include_router(digests.router)
