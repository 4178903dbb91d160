"""Rows, data classes and dictionaries with the names of relationships hold values."""

# prelude

# file: service.py
from dataclasses import dataclass

from models import Post, User
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession


@dataclass
class Summary:
    posts: int
    author: str


async def row(session: AsyncSession) -> list[int]:
    statement = select(User.name, func.count(Post.id).label("posts")).join(User.posts).group_by(User.id)
    return [row.posts for row in await session.execute(statement)]


async def data_class(session: AsyncSession, user_id: int) -> str:
    user = await session.get_one(User, user_id)
    summary = Summary(posts=0, author=user.name)
    return f"{summary.author}: {summary.posts}"


async def at_the_class(session: AsyncSession, user_id: int) -> int:
    user = await session.get_one(User, user_id)
    posts = await session.scalars(select(Post).where(Post.author == user))
    writers = await session.scalars(select(User).where(User.posts.any(Post.title == "Hello")))
    return len(posts.all()) + len(writers.all())
