"""`defer` and `load_only` leave columns out; `load_only` leaves the foreign key out too."""

# prelude

# file: service.py
from models import Post
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer, load_only, undefer


async def deferred(session: AsyncSession) -> str:
    post = (await session.scalars(select(Post).options(defer(Post.title)))).first()
    return post.title  # expect: BR-ASYNC-004 high


async def left_out(session: AsyncSession) -> int:
    post = (await session.scalars(select(Post).options(load_only(Post.title)))).first()
    return post.author_id  # expect: BR-ASYNC-004 high


async def named(session: AsyncSession) -> str:
    post = (await session.scalars(select(Post).options(load_only(Post.title)))).first()
    return f"{post.id} {post.title}"


async def undeferred(session: AsyncSession) -> str:
    post = (await session.scalars(select(Post).options(undefer(Post.title)))).first()
    return post.title
