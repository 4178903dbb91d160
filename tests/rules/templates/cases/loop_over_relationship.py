"""A page loops over what the query did not load; the one next to it loads it."""

# prelude

# file: templates/users.html
{% for user in users %}
<h2>{{ user.name }}</h2>{# expect: ok #}
{% for post in user.posts %}{# expect: BR-ASYNC-001 #}
<p>{{ loop.index }}. {{ post.title }}</p>{# expect: ok #}
{% else %}
<p>none</p>
{% endfor %}
{% endfor %}

# file: views.py
from fastapi import Request
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates
from models import User
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

templates = Jinja2Templates(directory="templates")


async def users(request: Request, session: AsyncSession) -> HTMLResponse:
    found = (await session.scalars(select(User))).all()  # cause
    return templates.TemplateResponse(request, "users.html", {"users": found})


async def authors(request: Request, session: AsyncSession) -> HTMLResponse:
    found = await session.scalars(select(User).options(selectinload(User.posts)))
    return templates.TemplateResponse(request=request, name="users.html", context={"users": found.all()})

# use
from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession
from views import authors, users


async def get_users(session: AsyncSession) -> None:
    await users(Request({"type": "http"}), session)


async def get_authors(session: AsyncSession) -> None:
    await authors(Request({"type": "http"}), session)
