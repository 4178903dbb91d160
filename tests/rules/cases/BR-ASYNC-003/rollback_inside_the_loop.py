"""The rollback for one element expires the elements that follow."""

# prelude

# file: service.py
from models import User
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession


async def visit_all(session: AsyncSession) -> list[str]:
    seen = []
    for user in (await session.scalars(select(User).order_by(User.id))).all():
        seen.append(user.name)  # expect: BR-ASYNC-003
        try:
            raise ValueError("refused")
        except ValueError:
            await session.rollback()  # cause
    return seen


async def visit_by_key(session: AsyncSession) -> list[str]:
    seen = []
    for key in (await session.scalars(select(User.id).order_by(User.id))).all():
        user = await session.get_one(User, key)
        seen.append(user.name)
        await session.rollback()
    return seen
