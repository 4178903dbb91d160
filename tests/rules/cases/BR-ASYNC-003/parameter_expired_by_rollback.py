"""The caller's instance is expired by the rollback of a callee in its `except`, and read by a third function."""

# prelude

# file: audit.py
from models import Post
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession


async def record(session: AsyncSession, post_id: int) -> bool:
    try:
        session.add(Post(id=post_id, title="double", author_id=1))
        await session.flush()
    except IntegrityError:
        await session.rollback()  # cause
        return False
    return True

# file: views.py
from models import User


def line(user: User) -> str:
    return f"{user.name} was here"  # expect: BR-ASYNC-003

# file: service.py
from audit import record
from models import User
from sqlalchemy.ext.asyncio import AsyncSession
from views import line


async def visit(session: AsyncSession, user_id: int) -> str:
    user = await session.get_one(User, user_id)
    await record(session, 1)
    return line(user)


async def visit_and_reload(session: AsyncSession, user_id: int) -> str:
    user = await session.get_one(User, user_id)
    if not await record(session, 1):
        user = await session.get_one(User, user_id)
        return user.name
    return ""
