"""FastAPI validates what the endpoint returns, and so reads the fields of the response model."""

# prelude

# file: schemas.py
from pydantic import BaseModel, ConfigDict


class PostOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    title: str


class UserOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    name: str
    posts: list[PostOut]

# file: routes.py
from collections.abc import AsyncIterator, Sequence

from fastapi import Depends, FastAPI
from models import Post, Session, User
from schemas import PostOut, UserOut
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

app = FastAPI()


async def get_session() -> AsyncIterator[AsyncSession]:
    async with Session() as session:
        yield session


@app.get("/users/{user_id}", response_model=UserOut)
async def show(user_id: int, session: AsyncSession = Depends(get_session)) -> User:
    user = await session.get_one(User, user_id)
    return user  # expect: BR-ASYNC-001 response


@app.get("/users", response_model=list[UserOut])
async def all_users(session: AsyncSession = Depends(get_session)) -> Sequence[User]:
    return (await session.scalars(select(User).options(selectinload(User.posts)))).all()


@app.get("/posts", response_model=list[PostOut])
async def all_posts(session: AsyncSession = Depends(get_session)) -> Sequence[Post]:
    return (await session.scalars(select(Post))).all()

# use
from httpx import ASGITransport, AsyncClient
from routes import app


async def get(path):
    async with AsyncClient(transport=ASGITransport(app), base_url="http://app") as http:
        return (await http.get(path)).raise_for_status()


async def show() -> None:
    await get("/users/1")


async def all_users() -> None:
    await get("/users")


async def all_posts() -> None:
    await get("/posts")
