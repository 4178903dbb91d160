"""Dependencies are called once for a request: its user and its repositories share one session, which knows the user."""

# prelude

# file: dependencies.py
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends
from models import Post, Session, User
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload


async def get_session() -> AsyncIterator[AsyncSession]:
    async with Session() as session:
        yield session


Database = Annotated[AsyncSession, Depends(get_session)]


class Users:
    def __init__(self, session: Database) -> None:
        self.session = session

    async def find(self, user_id: int) -> User | None:
        return await self.session.get(User, user_id)


class Posts:
    def __init__(self, session: Database) -> None:
        self.session = session

    async def add(self, post: Post) -> Post:
        self.session.add(post)
        await self.session.commit()
        return post

    async def latest_of(self, user_id: int) -> Post:
        query = select(Post).where(Post.author_id == user_id).order_by(Post.id.desc())
        return (await self.session.scalars(query)).first()


async def current_user(session: Database) -> User:
    return (await session.scalars(select(User).where(User.id == 1).options(selectinload(User.posts)))).one()


CurrentUser = Annotated[User, Depends(current_user)]
UserRepository = Annotated[Users, Depends()]
PostRepository = Annotated[Posts, Depends()]


async def post_of_user(user: CurrentUser, posts: PostRepository) -> Post:
    return await posts.latest_of(user.id)


async def other_session() -> AsyncIterator[AsyncSession]:
    async with Session() as session:
        yield session


async def user_of_another_session(session: Annotated[AsyncSession, Depends(other_session)]) -> User:
    return await session.get_one(User, 1)

# file: routes.py
from dependencies import (
    CurrentUser,
    Database,
    PostRepository,
    UserRepository,
    current_user,
    post_of_user,
    user_of_another_session,
)
from fastapi import Depends, FastAPI
from models import Post, User
from sqlalchemy import select
from typing_extensions import Annotated

app = FastAPI()


@app.get("/query")
async def query(user: CurrentUser, session: Database) -> list[str]:
    posts = (await session.scalars(select(Post).where(Post.author_id == user.id))).all()
    return [post.author.name for post in posts]


@app.get("/new")
async def new(user: CurrentUser, session: Database) -> str:
    post = Post(title="New", author_id=user.id)
    session.add(post)
    await session.commit()
    return post.author.name


@app.get("/again")
async def again(user: CurrentUser, session: Database) -> int:
    same = await session.get_one(User, user.id)
    return len(same.posts)


@app.get("/repositories/{user_id}")
async def repositories(user_id: int, users: UserRepository, posts: PostRepository) -> str:
    user = await users.find(user_id)
    post = await posts.add(Post(title="New", author_id=user_id))
    return post.author.name if user else ""


@app.get("/below")
async def below(post: Annotated[Post, Depends(post_of_user)]) -> str:
    return post.author.name


@app.get("/other")
async def other(user: Annotated[User, Depends(user_of_another_session)], posts: PostRepository) -> str:
    post = await posts.latest_of(user.id)
    return post.author.name  # expect: BR-ASYNC-001


@app.get("/uncached")
async def uncached(user: Annotated[User, Depends(current_user, use_cache=False)], session: Database) -> str:
    post = (await session.scalars(select(Post).where(Post.author_id == user.id))).first()
    return post.author.name if post else ""

# use
from httpx import ASGITransport, AsyncClient
from routes import app


async def get(path):
    async with AsyncClient(transport=ASGITransport(app), base_url="http://app") as http:
        return (await http.get(path)).raise_for_status()


async def query() -> None:
    await get("/query")


async def new() -> None:
    await get("/new")


async def again() -> None:
    await get("/again")


async def repositories() -> None:
    await get("/repositories/1")


async def below() -> None:
    await get("/below")


async def other() -> None:
    await get("/other")


async def uncached() -> None:
    await get("/uncached")
