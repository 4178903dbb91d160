"""A refresh expires what the object cascades to (`cascade="all"`), and reads again what it loads eagerly alone."""

# file: models.py
from sqlalchemy import ForeignKey
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

engine = create_async_engine("sqlite+aiosqlite://")
Session = async_sessionmaker(engine, expire_on_commit=False)


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    lines: Mapped[list["Line"]] = relationship(back_populates="order", cascade="all, delete-orphan")
    notes: Mapped[list["Note"]] = relationship()
    stamps: Mapped[list["Stamp"]] = relationship(cascade="all", lazy="selectin")


class Line(Base):
    __tablename__ = "lines"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    order: Mapped[Order] = relationship(back_populates="lines")
    parts: Mapped[list["Part"]] = relationship(cascade="all")


class Part(Base):
    __tablename__ = "parts"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
    line_id: Mapped[int] = mapped_column(ForeignKey("lines.id"))


class Note(Base):
    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))


class Stamp(Base):
    __tablename__ = "stamps"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))


# file: service.py
from models import Line, Note, Order, Part, Stamp
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload


async def made(session: AsyncSession) -> str:
    line = Line(text="Tea")
    order = Order(lines=[line])
    session.add(order)
    await session.commit()
    await session.refresh(order)
    return line.text  # expect: BR-ASYNC-003 high


async def made_with_parts(session: AsyncSession) -> str:
    part = Part(text="Leaves")
    order = Order(lines=[Line(text="Tea", parts=[part])])
    session.add(order)
    await session.commit()
    await session.refresh(order)
    return part.text  # expect: BR-ASYNC-003 high


async def made_without_cascade(session: AsyncSession) -> str:
    note = Note(text="Quick")
    order = Order(notes=[note])
    session.add(order)
    await session.commit()
    await session.refresh(order)
    return note.text


async def made_and_loaded_eagerly(session: AsyncSession) -> str:
    stamp = Stamp(text="Paid")
    order = Order(stamps=[stamp])
    session.add(order)
    await session.commit()
    await session.refresh(order)
    return stamp.text


async def made_and_loaded_by_name(session: AsyncSession) -> str:
    line = Line(text="Tea")
    order = Order(lines=[line])
    session.add(order)
    await session.commit()
    await session.refresh(order)
    await session.refresh(order, ["lines"])
    return line.text


async def loaded_by_the_query(session: AsyncSession) -> str:
    order = (await session.scalars(select(Order).where(Order.id == 1).options(selectinload(Order.lines)))).one()
    line = order.lines[0]
    await session.refresh(order)
    return line.text


async def loaded_by_name(session: AsyncSession) -> str:
    order = await session.get_one(Order, 1)
    await session.refresh(order, ["lines"])
    line = order.lines[0]
    await session.refresh(order)
    return line.text  # expect: BR-ASYNC-003


async def expired(session: AsyncSession) -> str:
    order = await session.get_one(Order, 1)
    await session.refresh(order, ["lines"])
    line = order.lines[0]
    session.expire(order)
    return line.text  # expect: BR-ASYNC-003


async def refreshed_in_part(session: AsyncSession) -> str:
    line = Line(text="Tea")
    order = Order(lines=[line])
    session.add(order)
    await session.commit()
    await session.refresh(order, ["id"])
    return line.text


async def held_beside_it(session: AsyncSession) -> str:
    line = await session.get_one(Line, 1)
    order = await session.get_one(Order, 1)
    await session.refresh(order)
    return line.text


# seed
[Order(id=1, lines=[Line(id=1, text="Milk")])]
