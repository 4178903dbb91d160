"""A query meets an object below its rows which is held already, with more of it loaded: it stays loaded."""

# prelude

# file: service.py
from models import Comment, Post
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload, selectinload


class Comments:
    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def of(self, post: Post) -> list[Comment]:
        query = select(Comment).where(Comment.post_id == post.id).options(selectinload(Comment.post))
        return list((await self.session.scalars(query)).all())

    async def authors(self, post: Post) -> list[str]:
        return [comment.post.author.name for comment in await self.of(post)]


async def show(session: AsyncSession, post_id: int) -> list[str]:
    query = select(Post).where(Post.id == post_id).options(joinedload(Post.author))
    post = (await session.scalars(query)).one()
    return await Comments(session).authors(post)


async def show_unheld(session: AsyncSession, post_id: int) -> list[str]:
    query = select(Comment).where(Comment.post_id == post_id).options(selectinload(Comment.post))
    return [comment.post.author.name for comment in await session.scalars(query)]  # expect: BR-ASYNC-002
