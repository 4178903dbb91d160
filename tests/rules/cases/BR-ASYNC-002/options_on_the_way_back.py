"""Options go on over the way back: at its end is the object that was loaded first."""

# prelude

# file: service.py
from models import Comment, Post
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload, selectinload


async def first_of_its_post(session: AsyncSession) -> Comment:
    on_the_way_back = selectinload(Comment.post).selectinload(Post.author)
    query = select(Comment).options(joinedload(Comment.post).joinedload(Post.comments).options(on_the_way_back))
    comment = (await session.scalars(query)).unique().first()
    first, *_ = comment.post.comments
    return first


async def show(session: AsyncSession) -> str:
    comment = await first_of_its_post(session)
    return comment.post.author.name


async def without(session: AsyncSession) -> str:
    query = select(Comment).options(joinedload(Comment.post).joinedload(Post.comments))
    comment = (await session.scalars(query)).unique().first()
    first, *_ = comment.post.comments
    return first.post.author.name  # expect: BR-ASYNC-002
