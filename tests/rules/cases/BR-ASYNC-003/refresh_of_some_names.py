"""Refreshing one attribute of an expired object leaves the others expired."""

# prelude

# file: service.py
from models import User
from sqlalchemy.ext.asyncio import AsyncSession


async def another(session: AsyncSession, user_id: int) -> str:
    user = await session.get_one(User, user_id)
    session.expire(user)
    await session.refresh(user, ["posts"])
    return user.name  # expect: BR-ASYNC-003


async def the_same(session: AsyncSession, user_id: int) -> int:
    user = await session.get_one(User, user_id)
    session.expire(user)
    await session.refresh(user, ["posts"])
    return len(user.posts)


async def expired_by_name(session: AsyncSession, user_id: int) -> str:
    user = await session.get_one(User, user_id)
    session.expire(user, ["created_at"])
    return user.name
