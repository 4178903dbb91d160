"""A closed session detaches: what was loaded stays, the rest fails."""

# prelude

# file: service.py
from models import Session, User
from sqlalchemy import select
from sqlalchemy.orm import selectinload


async def fetch(user_id: int) -> User:
    async with Session() as session:
        return await session.get_one(User, user_id)


async def fetch_with_posts() -> User:
    async with Session() as session:
        return (await session.scalars(select(User).options(selectinload(User.posts)))).first()


async def unloaded(user_id: int) -> int:
    user = await fetch(user_id)
    return len(user.posts)  # expect: BR-ASYNC-003


async def column(user_id: int) -> str:
    user = await fetch(user_id)
    return user.name


async def loaded() -> int:
    user = await fetch_with_posts()
    return len(user.posts)
