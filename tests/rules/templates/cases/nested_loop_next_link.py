"""The inner loop reads one link further than the query loaded."""

# prelude

# file: templates/blog/show.html
{% for post in user.posts %}{# expect: ok #}
<h2>{{ post.title }}</h2>{# expect: ok #}
{% for comment in post.comments %}{# expect: BR-ASYNC-002 #}
<p>{{ comment.text }}</p>{# expect: ok #}
{% endfor %}
{% endfor %}

# file: views.py
from jinja2 import Environment, FileSystemLoader
from models import Post, User
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

environment = Environment(loader=FileSystemLoader("templates"), enable_async=True)


async def page(session: AsyncSession, name: str) -> str:
    query = select(User).where(User.name == name).options(selectinload(User.posts))
    user = (await session.scalars(query)).one()
    return await environment.get_template("blog/show.html").render_async(user=user)


async def page_with_comments(session: AsyncSession, name: str) -> str:
    query = select(User).where(User.name == name).options(selectinload(User.posts).selectinload(Post.comments))
    user = (await session.scalars(query)).one()
    return await environment.get_template("blog/show.html").render_async(user=user)
