"""Comments are loaded on the path of the posts; the writer's posts are another path to the same class."""

# prelude

# file: service.py
from models import Comment, Post
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload


async def of_the_post(session: AsyncSession) -> list[str]:
    statement = select(Comment).options(joinedload(Comment.post).joinedload(Post.author), joinedload(Comment.writer))
    return [comment.post.author.name + comment.writer.name for comment in await session.scalars(statement)]


async def of_the_writer(session: AsyncSession) -> list[int]:
    statement = select(Comment).options(
        joinedload(Comment.post).selectinload(Post.comments), joinedload(Comment.writer)
    )
    comments = (await session.scalars(statement)).all()
    return [len(comment.writer.posts) for comment in comments]  # expect: BR-ASYNC-002 high
