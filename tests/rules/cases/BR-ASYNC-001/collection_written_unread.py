"""Appending to an unloaded collection, and replacing it, read it first."""

# prelude

# file: service.py
from models import Post, User
from sqlalchemy.ext.asyncio import AsyncSession


async def append(session: AsyncSession, user_id: int) -> None:
    user = await session.get_one(User, user_id)
    user.posts.append(Post(title="New"))  # expect: BR-ASYNC-001 high


async def replace(session: AsyncSession, user_id: int) -> None:
    user = await session.get_one(User, user_id)
    user.posts = [Post(title="New")]  # expect: BR-ASYNC-001 high


async def from_the_child(session: AsyncSession, user_id: int) -> None:
    user = await session.get_one(User, user_id)
    session.add(Post(title="New", author=user))
    await session.commit()
