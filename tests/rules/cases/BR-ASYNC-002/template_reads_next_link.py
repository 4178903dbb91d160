"""The page loops over loaded posts and reads their comments."""

# prelude

# file: templates/user.html
<h1>{{ user.name }}</h1>
{% for post in user.posts %}
<h2>{{ post.title }}</h2>
{% for comment in post.comments %}{# expect: BR-ASYNC-002 #}
<p>{{ comment.text }}</p>
{% endfor %}
{% endfor %}

# file: views.py
from jinja2 import Environment, FileSystemLoader
from models import User
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

environment = Environment(loader=FileSystemLoader("templates"))


async def page(session: AsyncSession, name: str) -> str:
    statement = select(User).options(selectinload(User.posts)).where(User.name == name)  # cause
    user = (await session.scalars(statement)).one()
    return environment.get_template("user.html").render({"user": user})
