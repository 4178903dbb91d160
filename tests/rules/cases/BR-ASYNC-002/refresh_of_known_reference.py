"""A refresh reads a reference again: it leads to the object which was there before, with all that is loaded of it."""

# prelude

# file: service.py
from models import Comment, Post
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload


async def author_of(session: AsyncSession, comment: Comment) -> str:
    await session.refresh(comment, ["post"])
    return comment.post.author.name


async def show(session: AsyncSession) -> str:
    query = select(Post).options(selectinload(Post.author), selectinload(Post.comments))
    post = (await session.scalars(query)).first()
    return await author_of(session, post.comments[0]) + post.title
