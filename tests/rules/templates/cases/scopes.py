"""What a loop, a `with` or a macro binds is gone behind it; a namespace stays."""

# file: models.py
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "authors"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    books: Mapped[list["Book"]] = relationship()


class Shelf(Base):
    __tablename__ = "shelves"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    books: Mapped[list["Book"]] = relationship()


class Book(Base):
    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("authors.id"))
    shelf_id: Mapped[int] = mapped_column(ForeignKey("shelves.id"))

# file: templates/page.html
{% for owner in shelves %}{{ owner.name }}{% endfor %}{# expect: ok #}
{{ owner.books|length }}{# expect: ok #}
{% for shelf in shelves %}{% set owner = shelf %}{% endfor %}
{{ owner.books|length }}{# expect: ok #}
{% with owner = shelves[0] %}{{ owner.name }}{% endwith %}{# expect: ok #}
{{ owner.books|length }}{# expect: ok #}
{% macro show(owner) %}{{ owner.name }}{% endmacro %}
{{ show(shelves[0]) }}{{ owner.books|length }}{# expect: ok #}
{% set found = namespace(owner=none) %}
{% for shelf in shelves %}{% set found.owner = shelf %}{% endfor %}
{{ found.owner.books|length }}{# expect: BR-ASYNC-001 #}

# file: templates/set.html
{% if true %}{% set owner = shelves[0] %}{% endif %}
{% set text %}{{ owner.books|length }}{% endset %}{# expect: BR-ASYNC-001 #}
{{ text }}

# file: templates/with.html
{% with owner = shelves[0], again = owner %}{{ again.books|length }}{# expect: ok #}
{{ owner.books|length }}{% endwith %}{# expect: BR-ASYNC-001 #}

# file: views.py
from jinja2 import Environment, FileSystemLoader
from models import Author, Shelf
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

environment = Environment(loader=FileSystemLoader("templates"))


async def page(session: AsyncSession) -> str:
    owner = await session.get_one(Author, 1, options=[selectinload(Author.books)])
    shelves = (await session.scalars(select(Shelf))).all()  # cause
    return environment.get_template("page.html").render(owner=owner, shelves=shelves)


async def top_level_set(session: AsyncSession) -> str:
    owner = await session.get_one(Author, 1, options=[selectinload(Author.books)])
    shelves = (await session.scalars(select(Shelf))).all()  # cause
    return environment.get_template("set.html").render(owner=owner, shelves=shelves)


async def inside_with(session: AsyncSession) -> str:
    owner = await session.get_one(Author, 1, options=[selectinload(Author.books)])
    shelves = (await session.scalars(select(Shelf))).all()  # cause
    return environment.get_template("with.html").render(owner=owner, shelves=shelves)

# seed
[Author(id=1, name="Ann"), Shelf(id=1, name="Left"), Book(id=1, author_id=1, shelf_id=1)]
