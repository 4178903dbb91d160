"""Only one branch adds the option; a statement whose result is dropped adds nothing."""

# prelude

# file: service.py
from models import User
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload


async def on_one_branch(session: AsyncSession, user_id: int) -> int:
    statement = select(User).where(User.id == user_id)
    if user_id > 10:
        statement = statement.options(selectinload(User.posts))
    user = (await session.scalars(statement)).one()
    return len(user.posts)  # expect: BR-ASYNC-001 medium


async def dropped(session: AsyncSession, user_id: int) -> int:
    statement = select(User).where(User.id == user_id)
    statement.options(selectinload(User.posts))
    user = (await session.scalars(statement)).one()
    return len(user.posts)  # expect: BR-ASYNC-001 high


async def on_both_branches(session: AsyncSession, user_id: int) -> int:
    statement = select(User).options(selectinload(User.posts))
    if user_id:
        statement = statement.where(User.id == user_id)
    else:
        statement = statement.order_by(User.name)
    user = (await session.scalars(statement)).first()
    return len(user.posts)
