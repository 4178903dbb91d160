"""The repository comes from `Depends`, and its session from another `Depends`."""

# prelude

# file: dependencies.py
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends
from models import Session, User
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload


async def get_session() -> AsyncIterator[AsyncSession]:
    async with Session() as session:
        yield session


class UserRepository:
    def __init__(self, session: Annotated[AsyncSession, Depends(get_session)]) -> None:
        self.session = session

    async def find(self, user_id: int) -> User | None:
        return await self.session.scalar(select(User).where(User.id == user_id))  # cause

    async def find_with_posts(self, user_id: int) -> User | None:
        return await self.session.scalar(select(User).where(User.id == user_id).options(selectinload(User.posts)))


Users = Annotated[UserRepository, Depends()]

# file: routes.py
from dependencies import Users
from fastapi import FastAPI, HTTPException

app = FastAPI()


@app.get("/users/{user_id}/count")
async def count(user_id: int, users: Users) -> dict[str, int]:
    user = await users.find(user_id)
    if user is None:
        raise HTTPException(404)
    return {"posts": len(user.posts)}  # expect: BR-ASYNC-001 high


@app.get("/users/{user_id}/titles")
async def titles(user_id: int, users: Users) -> list[str]:
    user = await users.find_with_posts(user_id)
    return [post.title for post in user.posts] if user else []

# use
from httpx import ASGITransport, AsyncClient
from routes import app


async def get(path):
    async with AsyncClient(transport=ASGITransport(app), base_url="http://app") as http:
        return (await http.get(path)).raise_for_status()


async def count() -> None:
    await get("/users/1/count")


async def titles() -> None:
    await get("/users/1/titles")
