"""After a rollback a query reads the rows again, and with them what the mapping loads beside them."""

# file: models.py
from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

engine = create_async_engine("sqlite+aiosqlite://")
Session = async_sessionmaker(engine, expire_on_commit=False)


class Base(DeclarativeBase):
    pass


class Studio(Base):
    __tablename__ = "studios"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    tags: Mapped[list[Tag]] = relationship()


class Tag(Base):
    __tablename__ = "tags"
    id: Mapped[int] = mapped_column(primary_key=True)
    studio_id: Mapped[int] = mapped_column(ForeignKey("studios.id"))


class Scene(Base):
    __tablename__ = "scenes"
    id: Mapped[int] = mapped_column(primary_key=True)
    studio_id: Mapped[int] = mapped_column(ForeignKey("studios.id"))
    studio: Mapped[Studio] = relationship(lazy="joined")


# file: service.py
from models import Scene, Tag
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession


async def name(session: AsyncSession) -> str:
    scene = (await session.scalars(select(Scene))).one()
    studio = scene.studio
    await session.rollback()
    await session.scalars(select(Scene))
    return studio.name


async def name_without(session: AsyncSession) -> str:
    scene = (await session.scalars(select(Scene))).one()
    studio = scene.studio
    await session.rollback()
    await session.scalars(select(Tag))
    return studio.name  # expect: BR-ASYNC-003


# seed
[Studio(id=1, name="a", tags=[Tag(id=1)]), Scene(id=1, studio_id=1)]
