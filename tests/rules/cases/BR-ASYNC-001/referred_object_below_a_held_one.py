"""The object that is referred to was loaded below one which is held: it is known to the session."""

# prelude

# file: service.py
from models import Comment, Post, User
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload


async def comments_of(session: AsyncSession, user_id: int) -> list[Comment]:
    query = select(Comment).join(Comment.post).where(Post.author_id == user_id)
    return list((await session.scalars(query)).all())


async def titles(session: AsyncSession, user_id: int) -> list[str]:
    query = select(User).where(User.id == user_id).options(selectinload(User.posts))
    user = (await session.scalars(query)).one()
    found = [comment.post.title for comment in await comments_of(session, user_id)]
    return [*found, user.name]


async def titles_without(session: AsyncSession, user_id: int) -> list[str]:
    return [comment.post.title for comment in await comments_of(session, user_id)]  # expect: BR-ASYNC-001
