"""Assigning a many-to-one reads nothing, and what was assigned is loaded."""

# prelude

# file: service.py
from models import Post, User
from sqlalchemy.ext.asyncio import AsyncSession


async def hand_over(session: AsyncSession, post_id: int) -> str:
    post = await session.get_one(Post, post_id)
    post.author = await session.get_one(User, 2)
    await session.commit()
    return post.author.name
