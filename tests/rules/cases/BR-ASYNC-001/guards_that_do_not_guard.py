"""`hasattr` and `getattr` with a default read the attribute; the error is no AttributeError."""

# prelude

# file: service.py
from models import User
from sqlalchemy.ext.asyncio import AsyncSession


async def with_hasattr(session: AsyncSession, user_id: int) -> bool:
    user = await session.get(User, user_id)
    return hasattr(user, "posts")  # expect: BR-ASYNC-001


async def with_default(session: AsyncSession, user_id: int) -> int:
    user = await session.get(User, user_id)
    return len(getattr(user, "posts", []))  # expect: BR-ASYNC-001


async def with_truth(session: AsyncSession, user_id: int) -> bool:
    user = await session.get(User, user_id)
    if user and user.posts:  # expect: BR-ASYNC-001
        return True
    return False
