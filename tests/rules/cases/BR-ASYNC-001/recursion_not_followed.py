"""A recursion ends deeper than it can be followed; what it has loaded or set by then is not known."""

# prelude

# file: service.py
from models import User
from sqlalchemy.ext.asyncio import AsyncSession


async def load(session: AsyncSession, user: User, depth: int = 9) -> None:
    if depth:
        await load(session, user, depth - 1)
    else:
        await session.refresh(user, ["posts"])


async def loaded(session: AsyncSession) -> int:
    user = await session.get_one(User, 1)
    await load(session, user)
    return len(user.posts)


def fill(user: User, depth: int = 9) -> None:
    if depth:
        fill(user, depth - 1)
    else:
        user.posts = []


async def filled(session: AsyncSession) -> int:
    user = User(name="New")
    fill(user)
    session.add(user)
    await session.commit()
    return len(user.posts)
