"""Inside `run_sync` reads may emit SQL; what it returns is lazy again."""

# prelude

# file: service.py
from models import User
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session as SyncSession


def titles(session: SyncSession) -> list[str]:
    return [post.title for user in session.scalars(select(User)) for post in user.posts]


def first(session: SyncSession) -> User:
    return session.scalars(select(User)).first()


async def inside(session: AsyncSession) -> list[str]:
    return await session.run_sync(titles)


async def in_lambda(session: AsyncSession, user_id: int) -> int:
    return await session.run_sync(lambda sync: len(sync.get(User, user_id).posts))


async def outside(session: AsyncSession) -> int:
    user = await session.run_sync(first)
    return len(user.posts)  # expect: BR-ASYNC-001
