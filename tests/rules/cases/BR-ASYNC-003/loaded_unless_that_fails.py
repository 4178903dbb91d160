"""What a swallowed error kept from being loaded fails only after the database has failed: that is not told."""

# prelude

# file: service.py
from contextlib import suppress

from models import Session, User
from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession

async def refreshed_or_not(session: AsyncSession) -> list[str]:
    user = await session.get_one(User, 1)
    try:
        await session.refresh(user, ["posts"])
    except Exception:
        pass
    return [post.title for post in user.posts]


async def refreshed_with_suppress(session: AsyncSession) -> list[str]:
    user = await session.get_one(User, 1)
    with suppress(Exception):
        await session.refresh(user, ["posts"])
    return [post.title for post in user.posts]


async def read_again_or_not() -> str:
    async with Session(expire_on_commit=True) as session:
        user = await session.get_one(User, 1)
        await session.commit()
        try:
            await session.refresh(user)
        except Exception:
            pass
        return user.name


async def refreshed_if_nothing_fails(session: AsyncSession) -> list[str]:
    user = await session.get_one(User, 1)
    try:
        int(user.name)
    except Exception:
        pass
    else:
        await session.refresh(user, ["posts"])
    return [post.title for post in user.posts]  # expect: BR-ASYNC-001


async def never_read_again() -> str:
    async with Session(expire_on_commit=True) as session:
        user = await session.get_one(User, 1)
        await session.commit()
        try:
            await session.scalar(func.now())
        except Exception:
            pass
        return user.name  # expect: BR-ASYNC-003 high


async def expired_where_it_failed(session: AsyncSession) -> str:
    user = await session.get_one(User, 1)
    try:
        user.name = None
        await session.flush()
        await session.refresh(user)
    except Exception:
        await session.rollback()
    return user.name  # expect: BR-ASYNC-003
