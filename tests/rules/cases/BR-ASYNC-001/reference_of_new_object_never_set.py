"""A new object's key was never given, or given as None: its reference is None, before and after a refresh, without SQL."""

# prelude

# file: shelf.py
from models import Base, Post
from sqlalchemy import ForeignKey
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column, relationship


class Shelf(Base):
    __tablename__ = "shelves"
    id: Mapped[int] = mapped_column(primary_key=True)
    first_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id"))
    last_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id"))
    first: Mapped[Post | None] = relationship(foreign_keys=[first_id])
    last: Mapped[Post | None] = relationship(foreign_keys=[last_id])


async def made(session: AsyncSession) -> Shelf:
    shelf = Shelf(last_id=1)
    session.add(shelf)
    await session.commit()
    await session.refresh(shelf)
    return shelf


async def first(session: AsyncSession) -> str:
    shelf = await made(session)
    return shelf.first.title if shelf.first else ""


async def last(session: AsyncSession) -> str:
    shelf = await made(session)
    return shelf.last.title if shelf.last else ""  # expect: BR-ASYNC-001


async def filled(session: AsyncSession, first_id: int | None = None, last_id: int | None = None) -> Shelf:
    shelf = Shelf(first_id=first_id, last_id=last_id)
    session.add(shelf)
    await session.commit()
    await session.refresh(shelf)
    return shelf


async def first_given_as_none(session: AsyncSession) -> str:
    shelf = await filled(session, last_id=1)
    return shelf.first.title if shelf.first else ""


async def last_given(session: AsyncSession) -> str:
    shelf = await filled(session, last_id=1)
    return shelf.last.title if shelf.last else ""  # expect: BR-ASYNC-001


async def emptied(session: AsyncSession) -> str:
    shelf = await filled(session, last_id=1)
    shelf.last_id = None
    await session.commit()
    await session.refresh(shelf)
    return shelf.last.title if shelf.last else ""


async def filled_again(session: AsyncSession) -> str:
    shelf = await filled(session)
    shelf.last_id = 1
    await session.commit()
    await session.refresh(shelf)
    return shelf.last.title if shelf.last else ""  # expect: BR-ASYNC-001
