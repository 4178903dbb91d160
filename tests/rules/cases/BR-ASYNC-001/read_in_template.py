"""The template loops over what the view gives it."""

# prelude

# file: templates/users.html
{% for user in users %}
<h2>{{ user.name }}</h2>
{% for post in user.posts %}{# expect: BR-ASYNC-001 #}
<p>{{ post.title }}</p>
{% endfor %}
{% endfor %}

# file: templates/names.html
{% for user in users %}{{ user.name }}{% endfor %}

# file: views.py
from jinja2 import Environment, FileSystemLoader
from models import User
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

environment = Environment(loader=FileSystemLoader("templates"))


async def users_page(session: AsyncSession) -> str:
    users = (await session.scalars(select(User))).all()
    return environment.get_template("users.html").render(users=users)


async def names_page(session: AsyncSession) -> str:
    users = (await session.scalars(select(User))).all()
    return environment.get_template("names.html").render(users=users)
