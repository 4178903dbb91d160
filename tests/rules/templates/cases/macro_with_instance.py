"""Macros of the same template read what they are given; one calls another, one has a caller."""

# prelude

# file: templates/posts.html
{% macro byline(post, prefix="by") %}
<i>{{ prefix }} {{ post.author.name }}</i>{# expect: BR-ASYNC-001 #}
{% endmacro %}
{% macro card(post) %}<h2>{{ post.title }}</h2>{{ byline(post) }}{% endmacro %}
{% macro box(title) %}<h1>{{ title }}</h1>{{ caller(title) }}{% endmacro %}
{% for post in posts %}{{ card(post) }}{% endfor %}{# expect: ok #}
{% for post in posts %}
{% call(text) box(post.title) %}
<b>{{ text }}</b> {{ post.comments|length }}{# expect: BR-ASYNC-001 #}
{% endcall %}
{% endfor %}

# file: views.py
from jinja2 import Environment, FileSystemLoader
from models import Post
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload, selectinload

environment = Environment(loader=FileSystemLoader("templates"))


async def page(session: AsyncSession) -> str:
    posts = (await session.scalars(select(Post))).all()
    return environment.get_template("posts.html").render(posts=posts)


async def page_with_authors(session: AsyncSession) -> str:
    posts = (await session.scalars(select(Post).options(joinedload(Post.author)))).all()
    return environment.get_template("posts.html").render(posts=posts)


async def page_with_all(session: AsyncSession) -> str:
    query = select(Post).options(joinedload(Post.author), selectinload(Post.comments))
    posts = (await session.scalars(query)).all()
    return environment.get_template("posts.html").render(posts=posts)
