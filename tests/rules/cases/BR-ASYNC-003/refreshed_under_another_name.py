"""A helper selects the object that it was given once more and refreshes that: it may be, and here is, the same one."""

# prelude

# file: service.py
from models import Post, User
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession


async def lost(session: AsyncSession) -> None:
    await session.flush()
    await session.rollback()


async def locked(session: AsyncSession, user: User) -> None:
    user = (await session.scalars(select(User).where(User.id == user.id).with_for_update())).one()
    await lost(session)
    await session.refresh(user)


async def same(session: AsyncSession) -> str:
    user = await session.get_one(User, 1)
    await locked(session, user)
    return user.name


async def of_another_class(session: AsyncSession) -> str:
    user = await session.get_one(User, 1)
    post = await session.get_one(Post, 1)
    await locked(session, user)
    return post.title  # expect: BR-ASYNC-003


async def not_refreshed(session: AsyncSession) -> str:
    user = await session.get_one(User, 1)
    await lost(session)
    return user.name  # expect: BR-ASYNC-003
