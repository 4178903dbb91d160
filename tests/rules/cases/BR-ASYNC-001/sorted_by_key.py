"""The key function reads the reference of each element."""

# prelude

# file: service.py
from models import Post
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession


async def by_author(session: AsyncSession) -> list[Post]:
    posts = (await session.scalars(select(Post))).all()
    return sorted(posts, key=lambda post: post.author.name)  # expect: BR-ASYNC-001


async def by_title(session: AsyncSession) -> list[Post]:
    posts = (await session.scalars(select(Post))).all()
    return sorted(posts, key=lambda post: post.title)
