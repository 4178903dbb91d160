"""Code that is not in sight gets the object, or its session: what it loads or sets there is not known."""

# prelude

# file: service.py
import logging

from models import Post, User
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from use import form, load


async def with_session(session: AsyncSession) -> int:
    user = await session.get_one(User, 1)
    await load(session, user)
    return len(user.posts)


async def in_a_list(session: AsyncSession) -> int:
    users = (await session.scalars(select(User))).all()
    await load(session, *users)
    return sum(len(user.posts) for user in users)


async def filled_by_form(session: AsyncSession) -> int:
    user = User()
    form.populate_obj(user)
    session.add(user)
    await session.commit()
    return len(user.posts)


async def given_another(session: AsyncSession) -> int:
    user = await session.get_one(User, 1)
    other = await session.get_one(Post, 1)
    logging.getLogger(__name__).debug("%s %s", user, other.title)
    return len(user.posts)  # expect: BR-ASYNC-001

# use
from types import SimpleNamespace


async def load(session, *users):
    for user in users:
        await session.refresh(user, ["posts"])


def populate(user):
    user.name, user.posts = "New", []


form = SimpleNamespace(populate_obj=populate)
