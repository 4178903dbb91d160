"""The UPDATE unloads the column with `onupdate=func.now()`, although the factory keeps objects on commit."""

# prelude

# file: service.py
from datetime import datetime

from models import User
from sqlalchemy.ext.asyncio import AsyncSession


async def rename(session: AsyncSession, user_id: int, name: str) -> User:
    user = await session.get_one(User, user_id)
    user.name = name + "!"
    await session.commit()
    return user


async def rename_and_tell(session: AsyncSession, user_id: int) -> datetime:
    user = await rename(session, user_id, "Eve")
    return user.updated_at  # expect: BR-ASYNC-004 high


async def rename_and_tell_age(session: AsyncSession, user_id: int) -> datetime:
    user = await rename(session, user_id, "Eve")
    return user.created_at


async def rename_and_refresh(session: AsyncSession, user_id: int) -> datetime:
    user = await rename(session, user_id, "Eve")
    await session.refresh(user)
    return user.updated_at


async def create(session: AsyncSession) -> datetime:
    user = User(name="Cid")
    session.add(user)
    await session.commit()
    return user.updated_at

# fixed: service.py
...
async def rename_and_tell(session: AsyncSession, user_id: int) -> datetime:
    user = await rename(session, user_id, "Eve")
    await session.refresh(user)
    return user.updated_at
...
