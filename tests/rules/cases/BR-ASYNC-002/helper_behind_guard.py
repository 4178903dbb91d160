"""Elements pass a list, a filter and a sort before an unannotated helper reads the next link."""

# prelude

# file: repository.py
from collections.abc import Sequence

from models import Comment, Post
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload


class PostRepository:
    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def all(self) -> Sequence[Post]:
        result = await self.session.execute(
            select(Post)  # cause
            .options(selectinload(Post.comments))
            .order_by(Post.id)
        )
        return result.scalars().all()

    async def counted(self) -> Sequence[Post]:
        result = await self.session.execute(select(Post).options(selectinload(Post.comments)))
        return result.scalars().all()

    async def find(self, post_id: int) -> Post | None:
        result = await self.session.execute(
            select(Post).options(selectinload(Post.comments).selectinload(Comment.writer)).where(Post.id == post_id)
        )
        return result.scalar_one_or_none()

# file: service.py
from models import Comment, Post
from repository import PostRepository
from sqlalchemy.ext.asyncio import AsyncSession


class CommentService:
    def __init__(self, session: AsyncSession) -> None:
        self.repository = PostRepository(session)

    async def writers(self) -> list[str]:
        comments: list[Comment] = []
        for post in await self.repository.all():
            comments.extend(comment for comment in post.comments if comment.text)
        return [self._name(comment) for comment in sorted(comments, key=lambda comment: comment.id)]

    async def writers_of(self, post_id: int) -> list[str]:
        post = await self.repository.find(post_id)
        return [self._name(comment) for comment in post.comments] if post else []

    async def count(self) -> int:
        return sum(len(post.comments) for post in await self.repository.counted())

    def _name(self, comment) -> str:
        if hasattr(comment, "writer") and comment.writer:  # expect: BR-ASYNC-002
            return comment.writer.name  # expect: BR-ASYNC-002
        return "nobody"


async def writers(session: AsyncSession) -> list[str]:
    return await CommentService(session).writers()


async def writers_of(session: AsyncSession, post_id: int) -> list[str]:
    return await CommentService(session).writers_of(post_id)


async def count(session: AsyncSession) -> int:
    return await CommentService(session).count()

# fixed: repository.py
...
    async def all(self) -> Sequence[Post]:
        result = await self.session.execute(
            select(Post)
            .options(selectinload(Post.comments).selectinload(Comment.writer))
            .order_by(Post.id)
        )
        return result.scalars().all()

    async def counted(self) -> Sequence[Post]:
        result = await self.session.execute(select(Post).options(selectinload(Post.comments)))
        return result.scalars().all()
...
