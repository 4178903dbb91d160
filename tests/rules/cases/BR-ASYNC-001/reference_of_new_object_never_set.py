"""A new object's key was never given: its reference is None, before and after a refresh, and needs no SQL."""

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
