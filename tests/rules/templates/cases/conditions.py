"""Asking whether a relationship is there reads it; tests and defaults do not protect."""

# prelude

# file: templates/truth.html
{% if user.posts %}posts{% endif %}{# expect: BR-ASYNC-001 #}

# file: templates/defined.html
{% if user.posts is defined and user.posts is iterable %}posts{% endif %}{# expect: BR-ASYNC-001 #}

# file: templates/default.html
{{ user.posts|default([])|length }}{# expect: BR-ASYNC-001 #}

# file: templates/choice.html
{{ user.posts[0].title if user.posts else "none" }}{# expect: BR-ASYNC-001 #}

# file: templates/contains.html
{% if post in user.posts %}mine{% endif %}{# expect: BR-ASYNC-001 #}

# file: templates/safe.html
{% if user is none %}{{ user.posts }}{% elif user is defined %}{{ user.name }}{% endif %}{# expect: ok #}
{% if not missing %}{{ user.name ~ " " ~ missing }}{% endif %}{# expect: ok #}

# file: views.py
from jinja2 import Environment, FileSystemLoader
from models import Post, User
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

environment = Environment(loader=FileSystemLoader("templates"))


async def truth(session: AsyncSession) -> str:
    user = await session.get_one(User, 1)
    return environment.get_template("truth.html").render(user=user)


async def defined(session: AsyncSession) -> str:
    user = await session.get_one(User, 1)
    return environment.get_template("defined.html").render(user=user)


async def default(session: AsyncSession) -> str:
    user = await session.get_one(User, 1)
    return environment.get_template("default.html").render(user=user)


async def choice(session: AsyncSession) -> str:
    user = await session.get_one(User, 1)
    return environment.get_template("choice.html").render(user=user)


async def contains(session: AsyncSession) -> str:
    user = await session.get_one(User, 1)
    post = await session.get_one(Post, 2)
    return environment.get_template("contains.html").render(user=user, post=post)


async def safe(session: AsyncSession) -> str:
    user = await session.get_one(User, 1)
    return environment.get_template("safe.html").render(user=user)


async def loaded(session: AsyncSession) -> str:
    user = await session.get_one(User, 1, options=[selectinload(User.posts)])
    for name in ["truth.html", "defined.html", "default.html", "choice.html"]:
        environment.get_template(name).render(user=user)
    return environment.get_template("contains.html").render(user=user, post=None)
