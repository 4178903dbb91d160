"""A reader composes the digest of a day, reads an article, and looks at the digest."""

from datetime import date

from digest_api.database import SessionLocal, engine
from digest_api.main import app
from digest_api.models import Base, Content, Reading, Source
from httpx import ASGITransport, AsyncClient

DAY = date(2026, 2, 4).isoformat()


async def prepare():
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with SessionLocal() as session:
        session.add_all(
            Source(
                name=f"The {theme} Post",
                theme=theme,
                contents=[
                    Content(title=f"{theme} {number}", url=f"https://{theme}.example/{number}", minutes=number)
                    for number in (1, 2)
                ],
            )
            for theme in ("culture", "science")
        )
        session.add(Reading(reader_id=7, content_id=1))
        await session.commit()


async def step_compose():
    async with client() as http:
        return (await http.put(f"/digests/7/{DAY}")).json()


async def step_show():
    async with SessionLocal() as session:
        session.add(Reading(reader_id=7, content_id=3))
        await session.commit()
    async with client() as http:
        digest = (await http.get(f"/digests/7/{DAY}")).json()
    return [[item["source_name"], item["source_theme"], item["is_read"]] for item in digest["items"]]


async def step_unknown_day():
    async with client() as http:
        return (await http.get("/digests/7/2026-02-05")).status_code


def client():
    return AsyncClient(transport=ASGITransport(app), base_url="http://digest")
