"""A reference by a UNIQUE key is not found in the identity map; once it is loaded, it is the object that was there."""

# file: models.py
from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

engine = create_async_engine("sqlite+aiosqlite://")
Session = async_sessionmaker(engine, expire_on_commit=False)


class Base(DeclarativeBase):
    pass


class Table(Base):
    __tablename__ = "tables"
    number: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    columns: Mapped[list[Column]] = relationship(back_populates="table")


class Column(Base):
    __tablename__ = "columns"
    id: Mapped[int] = mapped_column(primary_key=True)
    table_name: Mapped[str] = mapped_column(ForeignKey("tables.name"))
    table: Mapped[Table] = relationship(back_populates="columns")


# file: service.py
from models import Column, Table
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload


def siblings(column: Column) -> list[int]:
    return [one.id for one in column.table.columns]


async def loaded_both_ways(session: AsyncSession) -> list[int]:
    query = select(Table).options(selectinload(Table.columns).selectinload(Column.table))
    table = (await session.scalars(query)).one()
    return siblings(table.columns[0])


async def refreshed(session: AsyncSession) -> list[int]:
    table = (await session.scalars(select(Table).options(selectinload(Table.columns)))).one()
    column = {column.id: column for column in table.columns}[1]
    await session.refresh(column, ["table"])
    return siblings(column)


async def loaded_one_way(session: AsyncSession) -> int:
    table = (await session.scalars(select(Table).options(selectinload(Table.columns)))).one()
    return table.columns[0].table.number  # expect: BR-ASYNC-002


# seed
[Table(number=5, name="a", columns=[Column(id=1), Column(id=2)])]
