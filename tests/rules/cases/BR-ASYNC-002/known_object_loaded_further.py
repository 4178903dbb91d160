"""A second query goes on from what a first one loaded: below the objects that are known, more is loaded."""

# prelude

# file: service.py
from models import Post, User
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload


async def untouched(session: AsyncSession) -> int:
    user = await session.get_one(User, 1, options=[selectinload(User.posts)])
    await session.scalars(select(User).options(selectinload(User.posts).selectinload(Post.comments)))
    return len(user.posts[0].comments)


async def touched(session: AsyncSession) -> int:
    user = await session.get_one(User, 1, options=[selectinload(User.posts)])
    titles = [post.title for post in user.posts]
    await session.scalars(select(User).options(selectinload(User.posts).selectinload(Post.comments)))
    return len(titles) + len(user.posts[0].comments)


async def something_else(session: AsyncSession) -> int:
    user = await session.get_one(User, 1, options=[selectinload(User.posts)])
    await session.scalars(select(User).options(selectinload(User.posts)))
    return len(user.posts[0].comments)  # expect: BR-ASYNC-002
