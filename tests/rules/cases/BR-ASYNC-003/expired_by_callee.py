"""The helper expires everything in the session which it was given."""

# prelude

# file: cache.py
from sqlalchemy.ext.asyncio import AsyncSession


async def forget(session: AsyncSession) -> None:
    session.expire_all()  # cause


async def keep(session: AsyncSession) -> None:
    await session.flush()

# file: service.py
from cache import forget, keep
from models import User
from sqlalchemy.ext.asyncio import AsyncSession


async def expired(session: AsyncSession, user_id: int) -> str:
    user = await session.get_one(User, user_id)
    await forget(session)
    return user.name  # expect: BR-ASYNC-003


async def kept(session: AsyncSession, user_id: int) -> str:
    user = await session.get_one(User, user_id)
    await keep(session)
    return user.name
