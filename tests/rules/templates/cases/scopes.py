"""What a loop, a `with` or a macro binds is gone behind it; a namespace stays."""

# prelude

# file: templates/page.html
{% for user in others %}{{ user.name }}{% endfor %}{# expect: ok #}
{{ user.posts|length }}{# expect: ok #}
{% for other in others %}{% set user = other %}{% endfor %}
{{ user.posts|length }}{# expect: ok #}
{% with user = others[0] %}{{ user.name }}{% endwith %}{# expect: ok #}
{{ user.posts|length }}{# expect: ok #}
{% macro show(user) %}{{ user.name }}{% endmacro %}
{{ show(others[0]) }}{{ user.posts|length }}{# expect: ok #}
{% set found = namespace(user=none) %}
{% for other in others %}{% set found.user = other %}{% endfor %}
{{ found.user.posts|length }}{# expect: BR-ASYNC-001 #}

# file: templates/set.html
{% if true %}{% set user = others[0] %}{% endif %}
{% set text %}{{ user.posts|length }}{% endset %}{# expect: BR-ASYNC-001 #}
{{ text }}

# file: templates/with.html
{% with user = others[0], again = user %}{{ again.posts|length }}{# expect: ok #}
{{ user.posts|length }}{% endwith %}{# expect: BR-ASYNC-001 #}

# file: views.py
from jinja2 import Environment, FileSystemLoader
from models import User
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

environment = Environment(loader=FileSystemLoader("templates"))


async def page(session: AsyncSession) -> str:
    user = await session.get_one(User, 1, options=[selectinload(User.posts)])
    others = (await session.scalars(select(User).where(User.id != 1))).all()  # cause
    return environment.get_template("page.html").render(user=user, others=others)


async def top_level_set(session: AsyncSession) -> str:
    user = await session.get_one(User, 1, options=[selectinload(User.posts)])
    others = (await session.scalars(select(User).where(User.id != 1))).all()  # cause
    return environment.get_template("set.html").render(user=user, others=others)


async def inside_with(session: AsyncSession) -> str:
    user = await session.get_one(User, 1, options=[selectinload(User.posts)])
    others = (await session.scalars(select(User).where(User.id != 1))).all()  # cause
    return environment.get_template("with.html").render(user=user, others=others)
