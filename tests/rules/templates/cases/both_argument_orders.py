"""`TemplateResponse` as it was called before Starlette 0.29, as it is now, and with keywords."""

# prelude

# file: templates/old.html
{{ user.posts|length }}{# expect: BR-ASYNC-001 #}

# file: templates/new.html
{{ user.posts|length }}{# expect: BR-ASYNC-001 #}

# file: templates/keywords.html
{{ user.posts|length }}{# expect: BR-ASYNC-001 #}

# file: templates/state.html
{{ user.posts|length }}{# expect: BR-ASYNC-001 #}

# file: views.py
from fastapi import Request
from fastapi.responses import HTMLResponse
from models import User
from sqlalchemy.ext.asyncio import AsyncSession
from use import templates


async def old(request: Request, session: AsyncSession) -> HTMLResponse:
    user = await session.get(User, 1)
    return templates.TemplateResponse("old.html", {"request": request, "user": user}, status_code=201)


async def new(request: Request, session: AsyncSession) -> HTMLResponse:
    user = await session.get(User, 1)
    return templates.TemplateResponse(request, "new.html", {"user": user}, 201)


async def keywords(request: Request, session: AsyncSession) -> HTMLResponse:
    user = await session.get(User, 1)
    return templates.TemplateResponse(name="keywords.html", context={"user": user}, request=request)


async def of_the_application(request: Request, session: AsyncSession) -> HTMLResponse:
    user = await session.get(User, 1)
    return request.app.state.templates.TemplateResponse(request, "state.html", dict(user=user))

# use
from types import SimpleNamespace
from typing import Any

from fastapi import Request
from fastapi.templating import Jinja2Templates
from sqlalchemy.ext.asyncio import AsyncSession


class BothOrders(Jinja2Templates):
    def TemplateResponse(self, *args: Any, **options: Any) -> Any:
        if args and isinstance(args[0], str):
            name, context = args
            return super().TemplateResponse(context["request"], name, context, **options)
        return super().TemplateResponse(*args, **options)


templates = BothOrders(directory="templates")
request = Request({"type": "http", "app": SimpleNamespace(state=SimpleNamespace(templates=templates))})


async def get_old(session: AsyncSession) -> None:
    from views import old

    await old(request, session)


async def get_new(session: AsyncSession) -> None:
    from views import new

    await new(request, session)


async def get_keywords(session: AsyncSession) -> None:
    from views import keywords

    await keywords(request, session)


async def get_state(session: AsyncSession) -> None:
    from views import of_the_application

    await of_the_application(request, session)
