"""`gather` fetches two instances with sessions of their own; one of the queries has the option."""

# prelude

# not run: both sessions share the only connection of the database in memory

# file: service.py
import asyncio

from models import Session, User
from sqlalchemy import select
from sqlalchemy.orm import selectinload


async def plain(user_id: int) -> User:
    async with Session() as session:
        return await session.get_one(User, user_id)


async def with_posts(user_id: int) -> User:
    async with Session() as session:
        return (await session.scalars(select(User).where(User.id == user_id).options(selectinload(User.posts)))).one()


async def compare(user_id: int) -> int:
    first, second = await asyncio.gather(with_posts(user_id), plain(user_id))
    return len(first.posts) - len(second.posts)  # expect: BR-ASYNC-003
