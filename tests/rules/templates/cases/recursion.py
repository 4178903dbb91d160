"""A tree: a recursive loop, and a template that includes itself."""

# file: models.py
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Folder(Base):
    __tablename__ = "folders"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("folders.id"))
    children: Mapped[list["Folder"]] = relationship()

# file: templates/loop.html
{% for folder in folders recursive %}
{{ folder.name }}{# expect: ok #}
{{ loop(folder.children) }}{# expect: BR-ASYNC-001 #}
{% endfor %}

# file: templates/include.html
{% for folder in folders %}
{{ folder.name }}{# expect: ok #}
{% set children = folder.children %}{# expect: BR-ASYNC-001 #}
{% with folders = children %}
{% include "include.html" %}
{% endwith %}
{% endfor %}

# file: views.py
from jinja2 import Environment, FileSystemLoader
from models import Folder
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

environment = Environment(loader=FileSystemLoader("templates"))


async def looped(session: AsyncSession) -> str:
    folders = (await session.scalars(select(Folder))).all()
    return environment.get_template("loop.html").render(folders=folders)


async def included(session: AsyncSession) -> str:
    folders = (await session.scalars(select(Folder))).all()
    return environment.get_template("include.html").render(folders=folders)


async def loaded(session: AsyncSession) -> str:
    query = select(Folder).options(selectinload(Folder.children, recursion_depth=-1))
    folders = (await session.scalars(query)).all()
    environment.get_template("include.html").render(folders=folders)
    return environment.get_template("loop.html").render(folders=folders)

# seed
[Folder(id=1, name="root", children=[Folder(id=2, name="leaf")])]
