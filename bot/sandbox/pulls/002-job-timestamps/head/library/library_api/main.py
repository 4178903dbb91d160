"""The ASGI application."""

from fastapi import FastAPI

from library_api.routes import exports, jobs, sync

app = FastAPI(title="Library")
app.include_router(jobs.router)
app.include_router(sync.router)
app.include_router(exports.router)
