"""Column options stay at their level: what comes after them in the chain goes on from the level above."""

# prelude

# file: service.py
from models import Comment, Post, User
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload, load_only, selectinload


def line(comment: Comment) -> str:
    return f"{comment.text} on {comment.post.title} by {comment.post.author.name}"  # expect: BR-ASYNC-002


async def nested(session: AsyncSession) -> list[str]:
    below = (selectinload(Post.comments), joinedload(Post.author).load_only(User.name))
    query = select(Comment).options(joinedload(Comment.post).load_only(Post.title).options(*below))
    return [line(comment) for comment in await session.scalars(query)]


async def at_the_root(session: AsyncSession) -> list[str]:
    below = joinedload(Comment.post).options(load_only(Post.title), joinedload(Post.author))
    return [line(comment) for comment in await session.scalars(select(Comment).options(below))]


async def without(session: AsyncSession) -> list[str]:
    below = selectinload(Post.comments)
    query = select(Comment).options(joinedload(Comment.post).load_only(Post.title).options(below))
    return [line(comment) for comment in await session.scalars(query)]
