"""The context is put together in several places."""

# prelude

# file: templates/page.html
{{ title }} {{ count }}{# expect: ok #}
{% for post in posts %}
{{ post.comments|length }}{# expect: BR-ASYNC-001 #}
{% endfor %}
{{ owner.name }}{# expect: ok #}
{{ owner.posts|length }}{# expect: BR-ASYNC-001 #}

# file: context.py
from typing import Any

from models import Post, User
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload


def base(title: str) -> dict[str, Any]:
    return {"title": title, "count": 0}


async def context_for(session: AsyncSession, with_comments: bool) -> dict[str, Any]:
    query = select(Post)
    if with_comments:
        query = query.options(selectinload(Post.comments))
    context = base("Posts")
    context["posts"] = (await session.scalars(query)).all()
    context.update(count=len(context["posts"]))
    return {**context, "owner": await session.get(User, 2)}

# file: views.py
from context import context_for
from jinja2 import Environment, FileSystemLoader
from sqlalchemy.ext.asyncio import AsyncSession

environment = Environment(loader=FileSystemLoader("templates"))


async def page(session: AsyncSession) -> str:
    context = await context_for(session, False)
    return environment.get_template("page.html").render(**context)


async def page_with_comments(session: AsyncSession) -> str:
    context = await context_for(session, True)
    return environment.get_template("page.html").render(context | {"title": "All posts"})

# use
from models import Post, User
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload
from views import environment


async def all_loaded(session: AsyncSession) -> None:
    posts = (await session.scalars(select(Post).options(selectinload(Post.comments)))).all()
    owner = await session.get(User, 2, options=[selectinload(User.posts)], populate_existing=True)
    environment.get_template("page.html").render(posts=posts, owner=owner)
