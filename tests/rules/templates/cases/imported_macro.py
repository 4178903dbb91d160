"""Macros of other templates, imported by name, as a module, and with the context."""

# prelude

# file: templates/posts.html
{% from "lib/cards.html" import card as show, plain %}
{% import "lib/forms.html" as forms with context %}
{% for post in posts %}
{{ plain(post) }}{# expect: ok #}
{{ show(post) }}{# expect: ok #}
{% endfor %}
{{ forms.chosen() }}{# expect: ok #}

# file: templates/lib/cards.html
{% macro plain(post) %}{{ post.title }}{% endmacro %}{# expect: ok #}
{% macro inner(post) %}
{{ post.author.name }}{# expect: BR-ASYNC-001 #}
{% endmacro %}
{% macro card(post) %}{{ inner(post) }}{% endmacro %}

# file: templates/lib/forms.html
{% set first = posts[0] %}
{% macro chosen() %}
{{ first.comments|length }}{# expect: BR-ASYNC-001 #}
{% endmacro %}

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
