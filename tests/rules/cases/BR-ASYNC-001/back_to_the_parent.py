"""Back from a loaded collection to its parent is the identity map; from a parent to its collection it is not."""

# prelude

# file: service.py
from models import User
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload


async def back(session: AsyncSession) -> list[str]:
    users = (await session.scalars(select(User).options(selectinload(User.posts)))).all()
    return [post.author.name for user in users for post in user.posts]

# file: other.py
from models import Post
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload


async def forth(session: AsyncSession) -> list[int]:
    posts = (await session.scalars(select(Post).options(joinedload(Post.author)))).all()
    return [len(post.author.posts) for post in posts]  # expect: BR-ASYNC-002
