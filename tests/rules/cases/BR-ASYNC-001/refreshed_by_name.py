"""`refresh` with the relationship's name loads it; without names it does not."""

# prelude

# file: service.py
from models import User
from sqlalchemy.ext.asyncio import AsyncSession


async def by_name(session: AsyncSession, user_id: int) -> int:
    user = await session.get_one(User, user_id)
    await session.refresh(user, ["posts"])
    return len(user.posts)


async def by_keyword(session: AsyncSession, user_id: int) -> int:
    user = await session.get_one(User, user_id)
    await session.refresh(user, attribute_names=["name", "posts"])
    return len(user.posts)


async def without_names(session: AsyncSession, user_id: int) -> int:
    user = await session.get_one(User, user_id)
    await session.refresh(user)
    return len(user.posts)  # expect: BR-ASYNC-001
