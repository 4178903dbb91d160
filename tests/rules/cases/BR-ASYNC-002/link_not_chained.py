"""The posts are loaded with the user; the comments of each post are not."""

# prelude

# file: service.py
from models import Post, User
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload


async def comments(session: AsyncSession) -> list[str]:
    users = await session.scalars(select(User).options(selectinload(User.posts)))  # cause
    return [note.text for user in users for post in user.posts for note in post.comments]  # expect: BR-ASYNC-002 high


async def chained(session: AsyncSession) -> list[str]:
    users = await session.scalars(select(User).options(selectinload(User.posts).selectinload(Post.comments)))
    return [comment.text for user in users for post in user.posts for comment in post.comments]


async def as_sub_option(session: AsyncSession) -> list[str]:
    option = selectinload(User.posts).options(selectinload(Post.comments))
    users = await session.scalars(select(User).options(option))
    return [comment.text for user in users for post in user.posts for comment in post.comments]

# fixed: service.py
...
async def comments(session: AsyncSession) -> list[str]:
    users = await session.scalars(select(User).options(selectinload(User.posts).selectinload(Post.comments)))
...
