"""The same helper gives the same object twice: what its first query loaded is still loaded after its second."""

# prelude

# file: service.py
from models import User
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload


async def find(session: AsyncSession, user_id: int, *, with_posts: bool = False) -> User:
    statement = select(User).where(User.id == user_id)
    if with_posts:
        statement = statement.options(selectinload(User.posts))
    return (await session.scalars(statement)).one()


async def renamed(session: AsyncSession) -> list[str]:
    user = await find(session, 1, with_posts=True)
    user.name = "Anna"
    await session.commit()
    user = await find(session, user.id)
    return [post.title for post in user.posts]


async def found_with_posts(session: AsyncSession) -> list[str]:
    user = await find(session, 1)
    user = await find(session, user.id, with_posts=True)
    return [post.title for post in user.posts]


async def never_loaded(session: AsyncSession) -> list[str]:
    user = await find(session, 1)
    user = await find(session, user.id)
    return [post.title for post in user.posts]  # expect: BR-ASYNC-001 high


async def first_is_gone(session: AsyncSession) -> list[str]:
    name = (await find(session, 1, with_posts=True)).name
    user = await find(session, 1)
    return [name, *(post.title for post in user.posts)]  # expect: BR-ASYNC-001 high
