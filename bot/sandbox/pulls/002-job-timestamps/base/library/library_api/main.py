"""The ASGI application."""

from fastapi import FastAPI

from library_api.routes import jobs

app = FastAPI(title="Library")
app.include_router(jobs.router)
