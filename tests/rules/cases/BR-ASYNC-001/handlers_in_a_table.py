"""The handler is looked up in a dictionary, and its parameter has no annotation."""

# prelude

# file: handlers.py
def titles(user):
    return [post.title for post in user.posts]  # expect: BR-ASYNC-001


def name(user):
    return [user.name]


HANDLERS = {"titles": titles, "name": name}

# file: service.py
from handlers import HANDLERS
from models import User
from sqlalchemy.ext.asyncio import AsyncSession


async def handle_titles(session: AsyncSession, user_id: int) -> list[str]:
    user = await session.get_one(User, user_id)
    return HANDLERS["titles"](user)


async def handle_name(session: AsyncSession, user_id: int) -> list[str]:
    user = await session.get_one(User, user_id)
    return HANDLERS["name"](user)
