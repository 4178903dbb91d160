"""A session that is given goes into `nullcontext`, which does not close it."""

# prelude

# file: service.py
from contextlib import AbstractAsyncContextManager, nullcontext

from models import Post, Session, User
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload


def ensured(given: AsyncSession | None) -> AbstractAsyncContextManager[AsyncSession]:
    return Session() if given is None else nullcontext(given)


async def count(given: AsyncSession | None = None) -> int:
    async with ensured(given) as session:
        return len((await session.scalars(select(Post))).all())


async def find(given: AsyncSession | None = None) -> User:
    async with ensured(given) as session:
        return (await session.scalars(select(User).where(User.id == 1))).one()


async def still_open(session: AsyncSession) -> str:
    user = (await session.scalars(select(User).where(User.id == 1).options(selectinload(User.posts)))).one()
    await count(session)
    return user.posts[0].author.name


async def open_and_not_loaded(session: AsyncSession) -> int:
    user = await find(session)
    return len(user.posts)  # expect: BR-ASYNC-001


async def closed() -> int:
    user = await find()
    return len(user.posts)  # expect: BR-ASYNC-003
