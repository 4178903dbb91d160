"""Two repositories of one request have the same session, though nobody can tell where it comes from."""

# prelude

# file: dependencies.py
from collections.abc import AsyncGenerator
from typing import Annotated, Any

from fastapi import Depends, Request
from models import Post, User
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession


async def get_session(request: Request) -> AsyncGenerator[AsyncSession, None]:
    async with request.state.maker() as session:
        yield session


class Users:
    def __init__(self, session: AsyncSession = Depends(get_session)) -> None:
        self.session = session

    async def get(self, user_id: int) -> User:
        return (await self.session.scalars(select(User).where(User.id == user_id))).one()


class Posts:
    def __init__(self, session: Annotated[AsyncSession, Depends(get_session)]) -> None:
        self.session = session

    async def create(self, post: Post) -> Post:
        self.session.add(post)
        await self.session.commit()
        return post

    async def get(self, post_id: int) -> Post:
        return (await self.session.scalars(select(Post).where(Post.id == post_id))).one()


# file: api.py
from typing import Any

from dependencies import Posts, Users
from fastapi import APIRouter, Depends
from models import Post

router = APIRouter()


@router.post("/")
async def create(
    values: dict[str, Any], user_id: int, users: Users = Depends(Users), posts: Posts = Depends(Posts)
) -> str:
    user = await users.get(user_id)
    post = await posts.create(Post(**values, author_id=user_id))
    return f"{user.name} {post.author.name}"


@router.get("/")
async def show(values: dict[str, int], posts: Posts = Depends(Posts)) -> str:
    post = await posts.get(values["id"])
    return post.author.name  # expect: BR-ASYNC-001


# use
from types import SimpleNamespace

from api import create, show
from dependencies import Posts, Users
from sqlalchemy.ext.asyncio import AsyncSession


async def creating(session: AsyncSession) -> str:
    return await create({"title": "New"}, 1, Users(session), Posts(session))


async def showing(session: AsyncSession) -> str:
    return await show({"id": 1}, Posts(session))
