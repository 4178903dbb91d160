"""A reader follows two sources; and the service is started as operations starts it, without the tests' URL."""

import os

from httpx import ASGITransport, AsyncClient
from sqlalchemy import make_url

PROMISED = frozenset()
"""The distributions that the manifest brings along; set by the player."""


async def prepare():
    pass


async def step_follow():
    from subscriptions_api.database import engine
    from subscriptions_api.main import app
    from subscriptions_api.models import Base

    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with AsyncClient(transport=ASGITransport(app), base_url="http://subscriptions") as http:
        for source in (4, 2):
            await http.put(f"/readers/7/subscriptions/{source}")
        return (await http.get("/readers/7/subscriptions")).json()


async def step_driver():
    """The driver of the default URL, and of the one that operations sets, is what the manifest installs."""
    from subscriptions_api.config import Settings

    given = os.environ.pop("DATABASE_URL")
    try:
        urls = [Settings().database_url, Settings(database_url="postgresql+asyncpg://db/subscriptions").database_url]
    finally:
        os.environ["DATABASE_URL"] = given
    drivers = sorted({make_url(url).get_driver_name() for url in urls})
    for driver in drivers:
        if driver not in PROMISED:
            raise ModuleNotFoundError(f"No module named '{driver}'")
    return drivers
