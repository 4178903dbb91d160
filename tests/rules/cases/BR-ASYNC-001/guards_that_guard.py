"""What is unloaded can be asked for without loading it."""

# prelude

# file: service.py
from models import User
from sqlalchemy import inspect
from sqlalchemy.ext.asyncio import AsyncSession


async def refreshed_when_unloaded(session: AsyncSession, user_id: int) -> int:
    user = await session.get_one(User, user_id)
    if "posts" in inspect(user).unloaded:
        await session.refresh(user, ["posts"])
    return len(user.posts)


async def only_if_loaded(session: AsyncSession, user_id: int) -> int:
    user = await session.get_one(User, user_id)
    if "posts" in user.__dict__:
        return len(user.posts)
    return 0


async def from_dict(session: AsyncSession, user_id: int) -> list[object]:
    user = await session.get_one(User, user_id)
    return user.__dict__.get("posts", [])
