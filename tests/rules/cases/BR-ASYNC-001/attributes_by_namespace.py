"""The functions that look into an object, or fill it, are called by the names of their modules."""

# prelude

# file: service.py
import sqlalchemy as sa
from models import User
from sqlalchemy import orm
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import attributes


async def filled(session: AsyncSession) -> int:
    user = await session.get_one(User, 1)
    attributes.set_committed_value(user, "posts", [])
    return len(user.posts)


async def filled_by_longer_name(session: AsyncSession) -> int:
    user = await session.get_one(User, 1)
    orm.attributes.set_committed_value(user, "posts", [])
    return len(user.posts)


async def inspected(session: AsyncSession) -> int:
    user = await session.get_one(User, 1)
    return 0 if "posts" in sa.inspection.inspect(user).unloaded else len(user.posts)


async def state_by_function(session: AsyncSession) -> int:
    user = await session.get_one(User, 1)
    return 0 if "posts" in attributes.instance_state(user).unloaded else len(user.posts)


async def compared_with_no_value(session: AsyncSession) -> int:
    user = await session.get_one(User, 1)
    if sa.inspect(user).attrs.posts.loaded_value is attributes.NO_VALUE:
        return 0
    return len(user.posts)


async def loaded_by_namespace(session: AsyncSession) -> int:
    users = await session.scalars(sa.select(User).options(sa.orm.selectinload(User.posts)))
    return sum(len(user.posts) for user in users)
