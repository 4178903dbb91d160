"""`Generic[T]` with `select(self.model)`: the subclass decides what comes back."""

# prelude

# file: repositories.py
from collections.abc import Sequence
from typing import Generic, TypeVar

from models import Base, Post, User
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

T = TypeVar("T", bound=Base)


class Repository(Generic[T]):
    model: type[T]

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def all(self) -> Sequence[T]:
        return (await self.session.scalars(select(self.model))).all()


class UserRepository(Repository[User]):
    model = User


class PostRepository(Repository[Post]):
    model = Post

# file: service.py
from repositories import PostRepository, UserRepository
from sqlalchemy.ext.asyncio import AsyncSession


async def counts(session: AsyncSession) -> list[int]:
    return [len(user.posts) for user in await UserRepository(session).all()]  # expect: BR-ASYNC-001


async def names(session: AsyncSession) -> list[str]:
    return [user.name for user in await UserRepository(session).all()]


async def titles(session: AsyncSession) -> list[str]:
    return [post.title for post in await PostRepository(session).all()]
