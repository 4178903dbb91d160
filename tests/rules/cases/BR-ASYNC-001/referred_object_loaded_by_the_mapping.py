"""The object that is referred to came with one which is held, as its mapping says: it is known to the session."""

# file: models.py
from sqlalchemy import ForeignKey
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

engine = create_async_engine("sqlite+aiosqlite://")
Session = async_sessionmaker(engine, expire_on_commit=False)


class Base(DeclarativeBase):
    pass


class Loan(Base):
    __tablename__ = "loans"
    id: Mapped[int] = mapped_column(primary_key=True)
    items: Mapped[list["Item"]] = relationship(secondary="contents", viewonly=True, lazy="selectin")


class Item(Base):
    __tablename__ = "items"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Content(Base):
    __tablename__ = "contents"
    loan_id: Mapped[int] = mapped_column(ForeignKey("loans.id"), primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"), primary_key=True)
    item: Mapped[Item] = relationship()


# file: service.py
from models import Content, Loan
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession


async def contents(session: AsyncSession, loan_id: int) -> list[Content]:
    return list(await session.scalars(select(Content).where(Content.loan_id == loan_id)))


async def names(session: AsyncSession) -> list[str]:
    found = []
    loans = (await session.scalars(select(Loan))).all()
    for loan in loans:
        found += [content.item.name for content in await contents(session, loan.id)]
    return found


async def names_without(session: AsyncSession, loan_id: int) -> list[str]:
    return [content.item.name for content in await contents(session, loan_id)]  # expect: BR-ASYNC-001


# seed
[Loan(id=1), Item(id=1, name="Tent"), Content(loan_id=1, item_id=1)]
