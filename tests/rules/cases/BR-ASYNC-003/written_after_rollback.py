"""An UPDATE reads the expired object again before it writes: what a rollback expired is loaded then."""

# prelude

# file: service.py
from models import User
from sqlalchemy.ext.asyncio import AsyncSession


async def columns(session: AsyncSession) -> str:
    user = await session.get_one(User, 1)
    await session.rollback()
    user.name = "Other"
    await session.commit()
    return f"{user.id} {user.name} {user.created_at}"


async def generated(session: AsyncSession) -> str:
    user = await session.get_one(User, 1)
    await session.rollback()
    user.name = "Other"
    await session.commit()
    return f"{user.updated_at}"  # expect: BR-ASYNC-004


async def relationship(session: AsyncSession) -> int:
    user = await session.get_one(User, 1)
    await session.rollback()
    user.name = "Other"
    await session.commit()
    return len(user.posts)  # expect: BR-ASYNC-003


async def not_flushed(session: AsyncSession) -> str:
    user = await session.get_one(User, 1)
    await session.rollback()
    user.name = "Other"
    return f"{user.created_at}"  # expect: BR-ASYNC-003
