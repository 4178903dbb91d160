"""Loader options in a constant, a function and a list that is unpacked."""

# prelude

# file: options.py
from models import Post, User
from sqlalchemy.orm import joinedload, selectinload

WITH_POSTS = selectinload(User.posts)


def with_author():
    return joinedload(Post.author)


POST_OPTIONS = [with_author(), selectinload(Post.comments)]

# file: service.py
from models import Post, User
from options import POST_OPTIONS, WITH_POSTS, with_author
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession


async def constant(session: AsyncSession) -> list[int]:
    return [len(user.posts) for user in await session.scalars(select(User).options(WITH_POSTS))]


async def function(session: AsyncSession) -> list[str]:
    return [post.author.name for post in await session.scalars(select(Post).options(with_author()))]


async def unpacked(session: AsyncSession) -> list[int]:
    posts = await session.scalars(select(Post).options(*POST_OPTIONS))
    return [len(post.comments) + len(post.author.name) for post in posts]
