"""The instance leaves the closed session inside a data class, in a dictionary."""

# prelude

# file: service.py
from dataclasses import dataclass

from models import Session, User
from sqlalchemy import select
from sqlalchemy.orm import selectinload


@dataclass(frozen=True)
class Entry:
    user: User
    rank: int


async def entries() -> dict[int, Entry]:
    async with Session() as session:
        users = (await session.scalars(select(User).order_by(User.id))).all()
    return {user.id: Entry(user, rank) for rank, user in enumerate(users, 1)}


async def loaded_entries() -> dict[int, Entry]:
    async with Session() as session:
        users = (await session.scalars(select(User).options(selectinload(User.posts)))).all()
    return {user.id: Entry(user, rank) for rank, user in enumerate(users, 1)}


async def posts() -> list[int]:
    found = await entries()
    return [len(entry.user.posts) for entry in found.values()]  # expect: BR-ASYNC-003


async def names() -> list[str]:
    found = await entries()
    return [entry.user.name for entry in found.values()]


async def loaded_posts() -> list[int]:
    found = await loaded_entries()
    return [len(entry.user.posts) for entry in found.values()]
