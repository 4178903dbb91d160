"""A loop over the mapper's relationships reads those alone of which its condition is true."""

# file: models.py
from sqlalchemy import ForeignKey
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

engine = create_async_engine("sqlite+aiosqlite://")
Session = async_sessionmaker(engine, expire_on_commit=False)


class Base(DeclarativeBase):
    pass


class Shelf(Base):
    __tablename__ = "shelves"
    id: Mapped[int] = mapped_column(primary_key=True)
    books: Mapped[list["Book"]] = relationship(back_populates="shelf", cascade="all, delete-orphan", lazy="selectin")


class Book(Base):
    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True)
    shelf_id: Mapped[int] = mapped_column(ForeignKey("shelves.id"))
    shelf: Mapped[Shelf] = relationship(back_populates="books")
    pages: Mapped[list["Page"]] = relationship(back_populates="book", lazy="selectin")
    notes: Mapped[list["Note"]] = relationship(cascade="save-update, merge, delete")
    last_note: Mapped["Note | None"] = relationship(viewonly=True, lazy="joined")


class Page(Base):
    __tablename__ = "pages"
    id: Mapped[int] = mapped_column(primary_key=True)
    book_id: Mapped[int] = mapped_column(ForeignKey("books.id"))
    book: Mapped[Book] = relationship(back_populates="pages")


class Note(Base):
    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    book_id: Mapped[int] = mapped_column(ForeignKey("books.id"))


# file: service.py
from models import Book, Page, Shelf
from sqlalchemy import inspect, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload


async def those_that_go_with_the_shelf(session: AsyncSession) -> list[object]:
    shelf = (await session.scalars(select(Shelf))).one()
    return [getattr(shelf, rel.key) for rel in inspect(Shelf).relationships if rel.cascade.delete]


async def what_does_not_go_with_the_page(session: AsyncSession) -> list[object]:
    page = (await session.scalars(select(Page))).one()
    return [getattr(page, rel.key) for rel in inspect(Page).relationships if rel.cascade.delete]


async def what_goes_with_the_book(session: AsyncSession) -> list[object]:
    book = (await session.scalars(select(Book))).one()
    found = []
    for rel in Book.__mapper__.relationships:
        if not rel.cascade.delete:
            continue
        found.append(getattr(book, rel.key))  # expect: BR-ASYNC-001
    return found


async def loaded_before_it_goes(session: AsyncSession) -> list[object]:
    book = (await session.scalars(select(Book).options(selectinload(Book.notes)))).one()
    return [getattr(book, rel.key) for rel in Book.__mapper__.relationships if rel.cascade.delete]


async def lists(session: AsyncSession) -> int:
    page = (await session.scalars(select(Page))).one()
    return sum(len(getattr(page, rel.key)) for rel in Page.__mapper__.relationships if rel.uselist)


async def references(session: AsyncSession) -> list[object]:
    page = (await session.scalars(select(Page))).one()
    return [getattr(page, rel.key) for rel in Page.__mapper__.relationships if not rel.uselist]  # expect: BR-ASYNC-001


async def views(session: AsyncSession) -> list[object]:
    book = (await session.scalars(select(Book))).one()
    return [getattr(book, rel.key) for rel in Book.__mapper__.relationships if rel.viewonly]


async def named(session: AsyncSession) -> list[object]:
    page = (await session.scalars(select(Page))).one()
    found = []
    for rel in Page.__mapper__.relationships:
        if rel.key == "book":
            continue
        found.append(getattr(page, rel.key))
    return found


async def not_excluded(session: AsyncSession) -> list[object]:
    book = (await session.scalars(select(Book))).one()
    excluded = {"shelf", "notes"}
    return [getattr(book, rel.key) for rel in Book.__mapper__.relationships if rel.key not in excluded]


async def excluded_too_late(session: AsyncSession) -> list[object]:
    book = (await session.scalars(select(Book))).one()
    return [getattr(book, rel.key) for rel in Book.__mapper__.relationships if rel.key != "shelf"]  # expect: BR-ASYNC-001


# seed
[Shelf(id=1, books=[Book(id=1, pages=[Page(id=1)], notes=[Note(id=1)])])]
