"""`awaitable_attrs` loads, and what it loaded stays."""

# file: models.py
from sqlalchemy import ForeignKey
from sqlalchemy.ext.asyncio import AsyncAttrs
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(AsyncAttrs, DeclarativeBase):
    pass


class Shelf(Base):
    __tablename__ = "shelves"
    id: Mapped[int] = mapped_column(primary_key=True)
    books: Mapped[list["Book"]] = relationship(back_populates="shelf")


class Book(Base):
    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True)
    shelf_id: Mapped[int] = mapped_column(ForeignKey("shelves.id"))
    shelf: Mapped[Shelf] = relationship(back_populates="books")

# file: service.py
from models import Shelf
from sqlalchemy.ext.asyncio import AsyncSession


async def awaited(session: AsyncSession, shelf_id: int) -> list[int]:
    shelf = await session.get_one(Shelf, shelf_id)
    return [book.id for book in await shelf.awaitable_attrs.books]


async def read_later(session: AsyncSession, shelf_id: int) -> int:
    shelf = await session.get_one(Shelf, shelf_id)
    await shelf.awaitable_attrs.books
    return len(shelf.books)


async def plain(session: AsyncSession, shelf_id: int) -> int:
    shelf = await session.get_one(Shelf, shelf_id)
    return len(shelf.books)  # expect: BR-ASYNC-001 high

# seed
[Shelf(id=1, books=[Book(id=1)])]
