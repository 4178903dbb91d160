"""The session is new, so `get` surely emits a SELECT, and it may take the option itself."""

# prelude

# file: service.py
from models import Session, User
from sqlalchemy.orm import selectinload


async def titles(user_id: int) -> list[str]:
    async with Session() as session:
        user = await session.get(User, user_id)  # cause
        return [post.title for post in user.posts]  # expect: BR-ASYNC-001 high


async def titles_with_option(user_id: int) -> list[str]:
    async with Session() as session:
        user = await session.get(User, user_id, options=[selectinload(User.posts)])
        return [post.title for post in user.posts]

# fixed: service.py
...
async def titles(user_id: int) -> list[str]:
    async with Session() as session:
        user = await session.get(User, user_id, options=[selectinload(User.posts)])
        return [post.title for post in user.posts]
...
