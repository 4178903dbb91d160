"""Nothing was begun since the commit: there is nothing to roll back, and nothing expires."""

# prelude

# file: service.py
from models import Post, User
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession


async def read(session: AsyncSession) -> str:
    user = await session.get_one(User, 1)
    await session.commit()
    await session.rollback()
    return user.name


async def made(session: AsyncSession) -> str:
    user = User(name="New")
    session.add(user)
    await session.commit()
    await session.rollback()
    return user.name


async def failed_after_commit(session: AsyncSession, text: str) -> str:
    user = await session.get_one(User, 1)
    try:
        await session.commit()
        int(text)
    except ValueError:
        await session.rollback()
    return user.name


async def queried_since(session: AsyncSession) -> str:
    user = await session.get_one(User, 1)
    await session.commit()
    await session.scalar(select(Post.id))
    await session.rollback()
    return user.name  # expect: BR-ASYNC-003


async def changed_since(session: AsyncSession) -> str:
    user = await session.get_one(User, 1)
    await session.commit()
    user.name = "Changed"
    await session.rollback()
    return user.name  # expect: BR-ASYNC-003
