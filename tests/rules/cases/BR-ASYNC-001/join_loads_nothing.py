"""`.join()` filters by the author; it does not load it."""

# prelude

# file: service.py
from models import Post, User
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import contains_eager


async def author_of(session: AsyncSession, name: str) -> int:
    result = await session.execute(select(Post).join(Post.author).where(User.name == name))  # cause
    post = result.scalars().one()
    return post.author.id  # expect: BR-ASYNC-001 high


async def eager_author_of(session: AsyncSession, name: str) -> int:
    statement = select(Post).join(Post.author).options(contains_eager(Post.author)).where(User.name == name)
    post = (await session.execute(statement)).scalars().one()
    return post.author.id
