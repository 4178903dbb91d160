"""The default of a field tells nothing about an object that came from elsewhere."""

# prelude

# file: settings.py
from dataclasses import dataclass


@dataclass
class Settings:
    limit: int | None = None
    kind: str = "posts"


# file: service.py
import json

from models import User
from settings import Settings
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession


def stored() -> Settings:
    return json.loads('{"limit": 1}', object_hook=lambda found: Settings(**found))


def wanted(user: User) -> bool:
    settings = stored()
    if not settings.limit:
        return False
    return settings.limit > 0 and bool(user.name)


async def titles(session: AsyncSession) -> list[str]:
    user = (await session.scalars(select(User).where(User.id == 1))).one()
    if not wanted(user):
        return []
    return [post.title for post in user.posts]  # expect: BR-ASYNC-001


async def titles_by_default(session: AsyncSession) -> list[str]:
    user = (await session.scalars(select(User).where(User.id == 1))).one()
    if not Settings().limit:
        return []
    return [post.title for post in user.posts]
