"""The query in between flushes the change, and so unloads the column."""

# prelude

# file: service.py
from datetime import datetime

from models import Post, User
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession


async def flushed(session: AsyncSession, user_id: int) -> datetime:
    user = await session.get_one(User, user_id)
    user.name = "Eve"
    await session.scalar(select(func.count(Post.id)))
    return user.updated_at  # expect: BR-ASYNC-004


async def not_flushed(session: AsyncSession, user_id: int) -> datetime:
    user = await session.get_one(User, user_id)
    user.name = "Eve"
    return user.updated_at


async def nothing_changed(session: AsyncSession, user_id: int) -> datetime:
    user = await session.get_one(User, user_id)
    await session.commit()
    return user.updated_at
