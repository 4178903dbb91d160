"""Exclusive branches, early returns and a flag: every way to the read has loaded the posts, but one."""

# prelude

# file: service.py
from models import User
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload


async def find(session: AsyncSession, user_id: int, *, posts: bool = False) -> User:
    statement = select(User).where(User.id == user_id)
    if posts:
        statement = statement.options(selectinload(User.posts))
    return (await session.scalars(statement)).one()


async def with_flag(session: AsyncSession, user_id: int) -> int:
    user = await find(session, user_id, posts=True)
    return len(user.posts)


async def without_flag(session: AsyncSession, user_id: int) -> int:
    user = await find(session, user_id)
    return len(user.posts)  # expect: BR-ASYNC-001


async def loaded_where_needed(session: AsyncSession, user_id: int) -> int:
    user = await find(session, user_id)
    if user.name != "Ann":
        return 0
    await session.refresh(user, ["posts"])
    return len(user.posts)


async def either_way(session: AsyncSession, user_id: int) -> int:
    if user_id > 10:
        user = await find(session, user_id, posts=True)
    else:
        user = await find(session, user_id)
        await session.refresh(user, ["posts"])
    return len(user.posts)
