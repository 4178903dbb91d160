"""A fragment for htmx, a whole page otherwise: the parent is chosen when the page is rendered."""

# prelude

# file: templates/base.html
<body>{% block content %}{% endblock %}</body>
{{ owner.name }}{# expect: ok #}

# file: templates/choice.html
{% extends "base.html" if whole else "fragment.html" %}
{% block content %}
{{ user.posts|length }}{# expect: BR-ASYNC-001 #}
{% endblock %}

# file: templates/fragment.html
{% block content %}{% endblock %}

# file: templates/guarded.html
{% if whole %}{% extends "base.html" %}{% endif %}
{% block content %}
{{ user.posts|length }}{# expect: BR-ASYNC-001 #}
{% endblock %}

# file: templates/always.html
{% if true %}{% extends "fragment.html" %}{% endif %}
{{ user.posts|length }}

# file: templates/foreign.html
{% extends layout %}
{% block content %}
{{ user.posts|length }}{# expect: BR-ASYNC-001 #}
{% endblock %}

# file: views.py
from jinja2 import Environment, FileSystemLoader
from models import User
from sqlalchemy.ext.asyncio import AsyncSession

environment = Environment(loader=FileSystemLoader("templates"))


async def choice(session: AsyncSession, name: str) -> str:
    user = await session.get(User, 1)
    return environment.get_template("choice.html").render(user=user, owner=user, whole=name == "Ann")


async def fragment(session: AsyncSession, name: str) -> str:
    user = await session.get(User, 1)
    return environment.get_template("guarded.html").render(user=user, owner=user, whole=name != "Ann")


async def always(session: AsyncSession) -> str:
    return environment.get_template("always.html").render(user=await session.get(User, 1))


async def foreign(session: AsyncSession) -> str:
    from use import layout

    user = await session.get(User, 1)
    return environment.get_template("foreign.html").render(user=user, layout=layout())

# use
from models import User
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload
from views import environment


def layout() -> str:
    return "fragment.html"


async def loaded(session: AsyncSession) -> None:
    user = await session.get(User, 1, options=[selectinload(User.posts)])
    for name in ("choice.html", "guarded.html", "foreign.html"):
        environment.get_template(name).render(user=user, owner=user, whole=True, layout="base.html")
