"""Globals, context processors, filters and functions that the project does not show are silent."""

# prelude

# file: templates/page.html
{% if current_user %}{{ current_user().posts|length }}{% endif %}{# expect: ok #}
{% for post in latest(user) %}{{ post.author.name }}{% endfor %}{# expect: ok #}
{{ user|shout }} {{ _("Hello") }} {% trans name=user.name %}Dear {{ name }}{% endtrans %}{# expect: ok #}
{% for key, value in counts|dictsort %}{{ key }}{{ value }}{% endfor %}{# expect: ok #}
{% for key, one in by_name.items() %}{{ key }}{{ one.posts|length }}{% endfor %}{# expect: BR-ASYNC-001 #}

# file: templates/orphan.html
{{ user.posts|length }}

# file: views.py
from models import User
from sqlalchemy.ext.asyncio import AsyncSession
from use import environment


async def page(session: AsyncSession) -> str:
    user = await session.get_one(User, 1)
    context = {"user": user, "counts": {"b": 1, "a": 2}, "by_name": {user.name: user}}
    return await environment.get_template("page.html").render_async(context)

# use
from typing import Any

from jinja2 import Environment, FileSystemLoader
from models import User

environment = Environment(loader=FileSystemLoader("templates"), extensions=["jinja2.ext.i18n"], enable_async=True)
environment.install_null_translations()
environment.globals["current_user"] = lambda: User(posts=[])
environment.globals["latest"] = lambda user: []
environment.filters["shout"] = lambda user: user.name.upper()
