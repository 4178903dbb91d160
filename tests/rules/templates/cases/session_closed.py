"""The page is rendered after the session was closed, or after a rollback."""

# prelude

# file: templates/user.html
{{ user.name }}{# expect: ok #}
{{ user.posts|length }}{# expect: BR-ASYNC-003 #}

# file: templates/conflict.html
{{ user.name }} is taken{# expect: BR-ASYNC-003 #}

# file: views.py
from jinja2 import Environment, FileSystemLoader
from models import Session, User
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

environment = Environment(loader=FileSystemLoader("templates"))


async def page(user_id: int) -> str:
    async with Session() as session:
        user = await session.get(User, user_id)
    return environment.get_template("user.html").render(user=user)


async def page_with_posts(user_id: int) -> str:
    async with Session() as session:
        user = await session.get(User, user_id, options=[selectinload(User.posts)])
    return environment.get_template("user.html").render(user=user)


async def conflict(session: AsyncSession, user_id: int) -> str:
    user = await session.get(User, user_id)
    await session.rollback()
    return environment.get_template("conflict.html").render(user=user)
