"""A new object is handed to something of which nothing is known: it may have set what is read after the flush."""

# prelude

# file: service.py
from typing import Any

from models import Post, User
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession


async def create(session: AsyncSession, form: Any) -> int:
    user = User(name="New")
    form.populate_obj(user)
    session.add(user)
    await session.commit()
    return len(user.posts)


async def load(session: AsyncSession, loader: Any) -> int:
    user = (await session.scalars(select(User))).first()
    await loader.load(session, user)
    return len(user.posts)


async def load_nothing(session: AsyncSession, loader: Any) -> int:
    user = (await session.scalars(select(User))).first()
    await loader.load("posts")
    return len(user.posts)  # expect: BR-ASYNC-001


# use
from models import Post, User
from service import create, load, load_nothing
from sqlalchemy.ext.asyncio import AsyncSession


class Form:
    def populate_obj(self, user: User) -> None:
        user.posts = [Post(title="First")]


class Loader:
    async def load(self, session: AsyncSession | str, user: User | None = None) -> None:
        if user is not None:
            await session.refresh(user, ["posts"])


async def creating(session: AsyncSession) -> int:
    return await create(session, Form())


async def loading(session: AsyncSession) -> int:
    return await load(session, Loader())


async def loading_nothing(session: AsyncSession) -> int:
    return await load_nothing(session, Loader())
