"""The ORM's UPDATE statement expires what the database computes, on the objects in the session."""

# prelude

# file: service.py
from datetime import datetime

from models import User
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession


async def synchronized(session: AsyncSession, user_id: int) -> datetime:
    user = await session.get_one(User, user_id)
    await session.execute(update(User).where(User.id == user_id).values(name="Eve"))
    return user.updated_at  # expect: BR-ASYNC-004


async def set_in_memory(session: AsyncSession, user_id: int) -> str:
    user = await session.get_one(User, user_id)
    await session.execute(update(User).where(User.id == user_id).values(name="Eve"))
    return user.name


async def not_synchronized(session: AsyncSession, user_id: int) -> datetime:
    user = await session.get_one(User, user_id)
    statement = update(User).where(User.id == user_id).values(name="Eve")
    await session.execute(statement.execution_options(synchronize_session=False))
    return user.updated_at
