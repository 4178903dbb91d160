"""Leaving `session.begin()` commits, and with the default factory expires."""

# prelude

# file: service.py
from models import User, engine
from sqlalchemy.ext.asyncio import async_sessionmaker

Expiring = async_sessionmaker(engine)


async def after_the_block(user_id: int) -> str:
    async with Expiring() as session:
        async with session.begin():
            user = await session.get_one(User, user_id)
        return user.name  # expect: BR-ASYNC-003 high


async def in_the_block(user_id: int) -> str:
    async with Expiring() as session:
        async with session.begin():
            user = await session.get_one(User, user_id)
            return user.name


async def after_a_savepoint(user_id: int) -> str:
    async with Expiring() as session:
        async with session.begin_nested():
            user = await session.get_one(User, user_id)
        return user.name
