"""A decorator names the template; the function returns the context."""

# prelude

# file: templates/user.html
{{ user.posts|length }}{# expect: BR-ASYNC-001 #}

# file: templates/names.html
{{ user.name }}{# expect: ok #}

# file: views.py
from models import User
from sqlalchemy.ext.asyncio import AsyncSession
from use import template


@template("user.html")
async def user(session: AsyncSession) -> dict[str, object]:
    return {"user": await session.get(User, 1)}


@template("names.html", status=201)
async def names(session: AsyncSession) -> dict[str, object]:
    context = dict(user=await session.get(User, 1))
    return context

# use
from functools import wraps
from typing import Any

from jinja2 import Environment, FileSystemLoader

environment = Environment(loader=FileSystemLoader("templates"))


def template(name: str, **options: Any) -> Any:
    def decorated(function: Any) -> Any:
        @wraps(function)
        async def view(*args: Any, **given: Any) -> str:
            return environment.get_template(name).render(await function(*args, **given))

        return view

    return decorated
