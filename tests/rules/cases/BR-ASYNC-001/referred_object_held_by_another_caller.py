"""One helper, several callers: only some of them hold the object that is referred to, which the session then knows."""

# prelude

# file: api.py
from models import Post, User
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession


def line(post: Post) -> str:
    return f"{post.title} by {post.author.name}"  # expect: BR-ASYNC-001 x2


async def first(session: AsyncSession) -> Post:
    return (await session.scalars(select(Post).where(Post.id == 1))).one()


async def of_first_user(session: AsyncSession) -> Post:
    return (await session.scalars(select(Post).where(Post.author_id == 1))).one()


async def told(session: AsyncSession) -> str:
    post = (await session.scalars(select(Post).where(Post.id == 1))).one()
    return f"{post.title} by {post.author.name}"  # expect: BR-ASYNC-001


async def unheld(session: AsyncSession) -> str:
    return line(await first(session))


async def held(session: AsyncSession, user_id: int) -> str:
    user = (await session.scalars(select(User).where(User.id == user_id))).one()
    return f"{user.name}: {line(await of_first_user(session))}"


async def held_and_told(session: AsyncSession, user_id: int) -> str:
    user = (await session.scalars(select(User).where(User.id == user_id))).one()
    return f"{user.name}: {await told(session)}"


async def unheld_again(session: AsyncSession) -> str:
    return line(await of_first_user(session))


async def told_again(session: AsyncSession) -> str:
    return await told(session)
