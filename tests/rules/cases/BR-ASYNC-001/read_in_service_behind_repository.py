"""Repository, service, constructor injection; the instance is an element of the returned list."""

# prelude

# file: repository.py
from collections.abc import Sequence

from models import Post
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload


class PostRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def all(self) -> Sequence[Post]:
        result = await self._session.execute(select(Post).order_by(Post.id))  # cause
        return result.scalars().all()

    async def all_with_authors(self) -> Sequence[Post]:
        result = await self._session.execute(select(Post).options(joinedload(Post.author)).order_by(Post.id))
        return result.scalars().all()

# file: service.py
from models import Post
from repository import PostRepository
from sqlalchemy.ext.asyncio import AsyncSession


class PostService:
    def __init__(self, posts: PostRepository) -> None:
        self.posts = posts

    async def bylines(self) -> list[str]:
        lines = []
        for post in await self.posts.all():
            lines.append(f"{post.title} by {post.author.name}")  # expect: BR-ASYNC-001 high
        return lines

    async def known_bylines(self) -> list[str]:
        return [f"{post.title} by {post.author.name}" for post in await self.posts.all_with_authors()]

    async def author_ids(self) -> list[int]:
        return [post.author_id for post in await self.posts.all()]


async def bylines(session: AsyncSession) -> list[str]:
    return await PostService(PostRepository(session)).bylines()


async def known_bylines(session: AsyncSession) -> list[str]:
    return await PostService(PostRepository(session)).known_bylines()


async def author_ids(session: AsyncSession) -> list[int]:
    return await PostService(PostRepository(session)).author_ids()

# fixed: repository.py
...
    async def all(self) -> Sequence[Post]:
        result = await self._session.execute(select(Post).options(joinedload(Post.author)).order_by(Post.id))
...
