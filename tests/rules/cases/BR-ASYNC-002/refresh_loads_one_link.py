"""`refresh(user, ["posts"])` loads the posts alone."""

# prelude

# file: service.py
from models import User
from sqlalchemy.ext.asyncio import AsyncSession


async def one_link(session: AsyncSession, user_id: int) -> list[str]:
    user = await session.get_one(User, user_id)
    await session.refresh(user, ["posts"])
    return [post.title for post in user.posts]


async def two_links(session: AsyncSession, user_id: int) -> int:
    user = await session.get_one(User, user_id)
    await session.refresh(user, ["posts"])
    return sum(len(post.comments) for post in user.posts)  # expect: BR-ASYNC-002
