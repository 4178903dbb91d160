"""`lazy="selectin"` on the relationship loads with every SELECT, but never with an INSERT."""

# file: models.py
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Cart(Base):
    __tablename__ = "carts"
    id: Mapped[int] = mapped_column(primary_key=True)
    lines: Mapped[list["Line"]] = relationship(lazy="selectin")


class Line(Base):
    __tablename__ = "lines"
    id: Mapped[int] = mapped_column(primary_key=True)
    cart_id: Mapped[int] = mapped_column(ForeignKey("carts.id"))

# file: service.py
from models import Cart
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession


async def sizes(session: AsyncSession) -> list[int]:
    return [len(cart.lines) for cart in await session.scalars(select(Cart))]


async def refreshed(session: AsyncSession) -> int:
    cart = Cart()
    session.add(cart)
    await session.commit()
    await session.refresh(cart)
    return len(cart.lines)


async def created(session: AsyncSession) -> int:
    cart = Cart()
    session.add(cart)
    await session.commit()
    return len(cart.lines)  # expect: BR-ASYNC-001 high

# seed
[Cart(id=1, lines=[Line(id=1)])]
