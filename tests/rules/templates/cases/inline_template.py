"""Templates that stand in the code: in a constant, and in the call."""

# prelude

# file: mails.py
from jinja2 import Environment, Template
from models import User
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

environment = Environment()
DIGEST = """
Dear {{ user.name }},{# ok #}
{% for post in user.posts %}{# expect: BR-ASYNC-001 #}
- {{ post.title }}
{% endfor %}
"""


async def digest(session: AsyncSession) -> str:
    user = await session.get_one(User, 1)
    return environment.from_string(DIGEST).render(user=user)


async def digest_with_posts(session: AsyncSession) -> str:
    user = await session.get_one(User, 1, options=[selectinload(User.posts)])
    return environment.from_string(DIGEST).render(user=user)


async def count(session: AsyncSession) -> str:
    user = await session.get_one(User, 1)
    template = Template("{{ user.name }}: {{ user.posts|length }}")  # expect: BR-ASYNC-001
    return template.render(user=user)

# not run: Jinja tells no line of the Python file
