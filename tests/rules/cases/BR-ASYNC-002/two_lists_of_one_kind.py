"""Two queries of one session load the same link, and neither the next one: it is missing below both."""

# prelude

# file: service.py
from collections.abc import Sequence

from models import Comment, Post
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload


async def titled(session: AsyncSession, title: str) -> Sequence[Post]:
    query = select(Post).where(Post.title == title).options(selectinload(Post.comments))
    return (await session.scalars(query)).all()


async def titled_with_writers(session: AsyncSession, title: str) -> Sequence[Post]:
    below = selectinload(Post.comments).selectinload(Comment.writer)
    query = select(Post).where(Post.title == title).options(below)
    return (await session.scalars(query)).all()


async def second(session: AsyncSession) -> list[str]:
    waiting = await titled(session, "Hello")
    found = await titled(session, "Again")
    active = found[0] if found else None
    names = []
    if active:
        names = [comment.writer.name for comment in active.comments]  # expect: BR-ASYNC-002
    return [*names, *(post.title for post in waiting)]


async def with_more(session: AsyncSession) -> list[str]:
    known = await titled_with_writers(session, "Hello")
    found = await titled(session, "Hello")
    return [comment.writer.name for post in found for comment in post.comments] + [post.title for post in known]
