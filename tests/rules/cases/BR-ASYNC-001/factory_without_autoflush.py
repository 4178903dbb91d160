"""The project's sessions do not flush before a query: a new object stays pending, and its empty list is readable."""

# file: models.py
from sqlalchemy import ForeignKey
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

engine = create_async_engine("sqlite+aiosqlite://")
Session = async_sessionmaker(engine, expire_on_commit=False, autoflush=False)


class Base(DeclarativeBase):
    pass


class Scene(Base):
    __tablename__ = "scenes"
    id: Mapped[int] = mapped_column(primary_key=True)
    tags: Mapped[list["Tag"]] = relationship(lazy="selectin")


class Tag(Base):
    __tablename__ = "tags"
    id: Mapped[int] = mapped_column(primary_key=True)
    scene_id: Mapped[int | None] = mapped_column(ForeignKey("scenes.id"))


# file: service.py
from models import Scene, Tag
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession


async def clear(session: AsyncSession, scene: Scene) -> None:
    (await session.scalars(select(Tag))).all()
    scene.tags.clear()


async def clear_flushed(session: AsyncSession, scene: Scene) -> None:
    await session.flush()
    scene.tags.clear()  # expect: BR-ASYNC-001


async def queried(session: AsyncSession) -> None:
    scene = Scene(id=2)
    session.add(scene)
    await clear(session, scene)


async def flushed(session: AsyncSession) -> None:
    scene = Scene(id=2)
    session.add(scene)
    await clear_flushed(session, scene)


# seed
[Scene(id=1, tags=[Tag(id=1)])]
