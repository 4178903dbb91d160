"""A new row is changed once more before its caller reads the times."""

# prelude

# file: service.py
from models import User
from sqlalchemy.ext.asyncio import AsyncSession


async def create(session: AsyncSession) -> User:
    user = User(name="Cid")
    session.add(user)
    await session.commit()
    user.name = f"{user.name} {user.id}"
    await session.commit()  # cause
    return user


async def times(session: AsyncSession) -> str:
    user = await create(session)
    return f"{user.id} {user.created_at} {user.updated_at}"  # expect: BR-ASYNC-004 high


async def age(session: AsyncSession) -> str:
    user = await create(session)
    return f"{user.id} {user.created_at}"
