"""Someone presses the sync buttons, looks at the job, and starts an export."""

from httpx import ASGITransport, AsyncClient
from library_api.database import AsyncSessionLocal, engine
from library_api.main import app
from library_api.models import Base, Job, JobKind


async def prepare():
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with AsyncSessionLocal() as db:
        db.add(Job(id="old", kind=JobKind.SYNC_ALL))
        await db.commit()
    try:
        from library_api.reporting import reporting_engine
    except ModuleNotFoundError:
        return
    async with reporting_engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)


async def step_show_job():
    async with client() as http:
        job = (await http.get("/jobs/old")).json()
        return sorted(name for name, value in job.items() if value)


async def step_sync_tags():
    async with client() as http:
        job = (await http.post("/sync/tags")).json()
        return sorted(name for name, value in job.items() if value)


async def step_sync_all():
    async with client() as http:
        job = (await http.post("/sync/all", params={"force": True})).json()
        return sorted(name for name, value in job.items() if value)


async def step_export():
    async with client() as http:
        return (await http.post("/exports", params={"kind": "tags"})).json()


def client():
    return AsyncClient(transport=ASGITransport(app), base_url="http://library")
