"""An SQL expression is a value only after the database was asked for it."""

# prelude

# file: service.py
from models import User
from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession


async def expression(session: AsyncSession, user_id: int) -> str:
    user = await session.get_one(User, user_id)
    user.name = func.upper("eve")
    await session.flush()
    return user.name  # expect: BR-ASYNC-004 high


async def value(session: AsyncSession, user_id: int) -> str:
    user = await session.get_one(User, user_id)
    user.name = "eve".upper()
    await session.flush()
    return user.name
