"""Battles load their performers alone; a service, a page and a fragment read each performer's dancer."""

# file: app/__init__.py
"""Battles and who dances in them."""

# file: app/models.py
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Dancer(Base):
    __tablename__ = "dancers"
    id: Mapped[int] = mapped_column(primary_key=True)
    blaze: Mapped[str]


class Battle(Base):
    __tablename__ = "battles"
    id: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[str]
    performers: Mapped[list["Performer"]] = relationship(back_populates="battle")


class Performer(Base):
    __tablename__ = "performers"
    id: Mapped[int] = mapped_column(primary_key=True)
    seed: Mapped[int]
    battle_id: Mapped[int] = mapped_column(ForeignKey("battles.id"))
    dancer_id: Mapped[int] = mapped_column(ForeignKey("dancers.id"))
    battle: Mapped[Battle] = relationship(back_populates="performers")
    dancer: Mapped[Dancer] = relationship()

# file: app/repositories.py
from collections.abc import Sequence

from app.models import Battle, Performer
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload


class BattleRepository:
    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def by_status(self, status: str) -> list[Battle]:
        result = await self.session.execute(
            select(Battle).options(selectinload(Battle.performers)).where(Battle.status == status)  # cause
        )
        return list(result.scalars().all())

    async def everything(self) -> Sequence[Battle]:
        query = select(Battle).options(selectinload(Battle.performers).selectinload(Performer.dancer))
        return (await self.session.scalars(query)).all()

    async def unused(self) -> Sequence[Battle]:
        return (await self.session.scalars(select(Battle).options(selectinload(Battle.performers)))).all()

# file: app/templates/base.html
<!doctype html>
{% from "macros.html" import name_of %}
<title>{% block title %}Battles{% endblock %}</title>
<main>{% block content %}{% endblock %}</main>

# file: app/templates/macros.html
{%- macro name_of(performer) -%}
{% if performer %}
<b>{{ performer.dancer.blaze if performer.dancer else "TBD" }}</b>{# expect: BR-ASYNC-002 #}
{% endif %}
{%- endmacro -%}

# file: app/templates/battles/list.html
{% extends "base.html" %}
{% from "macros.html" import name_of %}
{% block title %}{{ battles|length }} battles{% endblock %}{# expect: ok #}
{% block content %}
<table>
{% for battle in battles|sort(attribute="id") %}
  <tr><td>{{ battle.performers|map(attribute="seed")|join("-") }}</td>{# expect: ok #}
  <td>{% include "battles/_names.html" %}</td></tr>
{% endfor %}
</table>
{% endblock %}

# file: app/templates/battles/_names.html
{% for performer in battle.performers %}
{{ name_of(performer) }}{{ ", " if not loop.last }}{# expect: ok #}
{% endfor %}

# file: app/routes.py
from app.repositories import BattleRepository
from fastapi import Request
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates
from sqlalchemy.ext.asyncio import AsyncSession

templates = Jinja2Templates(directory="app/templates")


class BattleService:
    def __init__(self, session: AsyncSession) -> None:
        self.battles = BattleRepository(session)

    async def queue(self) -> dict[str, object]:
        pending = await self.battles.by_status("pending")
        return {"battles": [battle for battle in pending if len(battle.performers) > 1]}


async def queue(request: Request, session: AsyncSession) -> HTMLResponse:
    return templates.TemplateResponse(request, "battles/list.html", await BattleService(session).queue())


async def all_battles(request: Request, session: AsyncSession) -> HTMLResponse:
    battles = await BattleRepository(session).everything()
    return templates.TemplateResponse(request, "battles/list.html", {"battles": battles})

# use
from app.routes import all_battles, queue
from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession


async def get_queue(session: AsyncSession) -> None:
    await queue(Request({"type": "http"}), session)


async def get_all(session: AsyncSession) -> None:
    await all_battles(Request({"type": "http"}), session)

# seed
[
    Dancer(id=1, blaze="Lou"),
    Dancer(id=2, blaze="Kim"),
    Battle(id=1, status="pending", performers=[Performer(id=1, seed=1, dancer_id=1), Performer(id=2, seed=2, dancer_id=2)]),
]
