"""The helper reads `user.posts`; one of its three callers loads them."""

# prelude

# file: texts.py
from models import User


def titles(user: User) -> list[str]:
    return [post.title for post in user.posts]  # expect: BR-ASYNC-001 high x2

# file: service.py
from models import User
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload
from texts import titles


async def by_name(session: AsyncSession, name: str) -> list[str]:
    user = await session.scalar(select(User).where(User.name == name))  # cause
    return titles(user)


async def first(session: AsyncSession) -> list[str]:
    result = await session.execute(select(User).order_by(User.id).limit(1))  # cause
    return titles(result.scalar_one())


async def last(session: AsyncSession) -> list[str]:
    result = await session.execute(select(User).options(selectinload(User.posts)).order_by(User.id.desc()).limit(1))
    return titles(result.scalar_one())

# fixed: service.py
...
async def by_name(session: AsyncSession, name: str) -> list[str]:
    user = await session.scalar(select(User).options(selectinload(User.posts)).where(User.name == name))
    return titles(user)


async def first(session: AsyncSession) -> list[str]:
    result = await session.execute(select(User).options(selectinload(User.posts)).order_by(User.id).limit(1))
    return titles(result.scalar_one())
...
