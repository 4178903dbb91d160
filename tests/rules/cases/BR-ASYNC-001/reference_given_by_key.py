"""A reference which was set as an object is loaded; one which was set by its key is not."""

# prelude

# file: service.py
from models import Post, User
from sqlalchemy.ext.asyncio import AsyncSession


async def by_key(session: AsyncSession, user_id: int) -> str:
    post = Post(title="New", author_id=user_id)
    session.add(post)
    await session.commit()
    return post.author.name  # expect: BR-ASYNC-001 high


async def as_object(session: AsyncSession) -> str:
    post = Post(title="New", author=User(name="Cid"))
    session.add(post)
    await session.commit()
    return post.author.name
