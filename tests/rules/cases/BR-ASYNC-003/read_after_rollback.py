"""A rollback expires whatever the session holds, although the factory keeps it on commit."""

# prelude

# file: service.py
from models import User
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession


async def rename(session: AsyncSession, user_id: int) -> str:
    user = await session.get_one(User, user_id)
    try:
        session.add(User(id=user_id, name="double"))
        await session.flush()
    except IntegrityError:
        await session.rollback()  # cause
        return f"could not change {user.name}"  # expect: BR-ASYNC-003 high
    return user.name


async def key_after(session: AsyncSession, user_id: int) -> int:
    user = await session.get_one(User, user_id)
    await session.rollback()  # cause
    return user.id  # expect: BR-ASYNC-003 high


async def kept_before(session: AsyncSession, user_id: int) -> str:
    user = await session.get_one(User, user_id)
    name = user.name
    await session.rollback()
    return name


async def new_object(session: AsyncSession) -> str:
    user = User(name="Cid")
    session.add(user)
    await session.rollback()
    return user.name


async def returned_before(session: AsyncSession, user_id: int) -> str:
    user = await session.get_one(User, user_id)
    if user.id != user_id:
        await session.rollback()
        return ""
    return user.name
