"""Nobody gave the new user posts: after the flush they count as unloaded."""

# prelude

# file: service.py
from models import Post, User
from sqlalchemy.ext.asyncio import AsyncSession


async def untouched(session: AsyncSession) -> int:
    user = User(name="Cid")  # cause
    session.add(user)
    await session.flush()
    return len(user.posts)  # expect: BR-ASYNC-001 high


async def given(session: AsyncSession) -> int:
    user = User(name="Cid", posts=[])
    session.add(user)
    await session.flush()
    return len(user.posts)


async def appended_before(session: AsyncSession) -> int:
    user = User(name="Cid")
    user.posts.append(Post(title="First"))
    session.add(user)
    await session.commit()
    return len(user.posts)


async def still_pending(session: AsyncSession) -> int:
    user = User(name="Cid")
    session.add(user)
    return len(user.posts)

# fixed: service.py
...
async def untouched(session: AsyncSession) -> int:
    user = User(name="Cid", posts=[])
...
