"""A child fills its parent's blocks; `super()` shows the parent's own; what nobody shows is not read."""

# prelude

# file: templates/base.html
<title>{% block title %}{{ user.name }}{% endblock %}</title>{# expect: ok #}
{% block head %}
{{ user.posts|length }}{# expect: BR-ASYNC-001 #}
{% endblock %}
{% block body required %}{% endblock %}
{% block foot %}{{ user.posts|length }}{% endblock %}

# file: templates/layout.html
{% extends "base.html" %}
{% block body %}<main>{% block main %}{% endblock %}</main>{% endblock %}
{% block foot %}{% endblock %}

# file: templates/user.html
{% extends "layout.html" %}
{% set author = user %}
{{ user.posts[0].comments }}
{% block head %}{% endblock %}
{% block main %}
{% for post in author.posts %}
{{ post.comments|length }}{# expect: BR-ASYNC-002 #}
{% endfor %}
{{ self.title() }}{# expect: ok #}
{% endblock %}
{% block unused %}{{ user.posts[0].comments }}{% endblock %}

# file: templates/profile.html
{% extends "layout.html" %}
{% block head %}{{ super() }}{% endblock %}{# expect: ok #}

# file: views.py
from jinja2 import Environment, FileSystemLoader
from models import Post, User
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

environment = Environment(loader=FileSystemLoader("templates"))


async def profile(session: AsyncSession) -> str:
    user = (await session.scalars(select(User))).first()
    return environment.get_template("profile.html").render(user=user)


async def page_with_posts(session: AsyncSession) -> str:
    user = (await session.scalars(select(User).options(selectinload(User.posts)))).first()
    return environment.get_template("user.html").render(user=user)


async def page_with_all(session: AsyncSession) -> str:
    query = select(User).options(selectinload(User.posts).selectinload(Post.comments))
    user = (await session.scalars(query)).first()
    return environment.get_template("user.html").render(user=user)
