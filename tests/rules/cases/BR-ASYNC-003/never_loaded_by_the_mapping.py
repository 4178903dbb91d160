"""`lazy="noload"` stays empty whatever happens to the instance: no commit and no refresh makes it ask the database."""

# file: models.py
from sqlalchemy import ForeignKey
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

engine = create_async_engine("sqlite+aiosqlite://")
Session = async_sessionmaker(engine)


class Base(DeclarativeBase):
    pass


class Shop(Base):
    __tablename__ = "shops"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    shelves: Mapped[list["Shelf"]] = relationship()
    orders: Mapped[list["Order"]] = relationship(back_populates="shop", lazy="noload")


class Shelf(Base):
    __tablename__ = "shelves"
    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shops.id"))


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shops.id"))
    shop: Mapped[Shop] = relationship(back_populates="orders", lazy="noload")


# file: service.py
from models import Order, Shop
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import noload, selectinload


async def after_commit(session: AsyncSession) -> int:
    shop = await session.get_one(Shop, 1)
    await session.commit()
    return len(shop.orders)


async def column_after_commit(session: AsyncSession) -> str:
    shop = await session.get_one(Shop, 1)
    await session.commit()
    return shop.name  # expect: BR-ASYNC-003


async def loaded_before_the_commit(session: AsyncSession) -> int:
    shop = (await session.scalars(select(Shop).options(selectinload(Shop.orders)))).one()
    count = len(shop.orders)
    await session.commit()
    return count + len(shop.orders)


async def expired_by_name(session: AsyncSession) -> int:
    shop = await session.get_one(Shop, 1)
    session.expire(shop, ["orders"])
    return len(shop.orders)


async def reference_refreshed(session: AsyncSession) -> bool:
    shop = (await session.scalars(select(Shop).options(selectinload(Shop.orders)))).one()
    order = shop.orders[0]
    await session.refresh(order)
    return order.shop is None


async def left_out_by_the_query(session: AsyncSession) -> int:
    shop = (await session.scalars(select(Shop).options(noload(Shop.shelves)))).one()
    return len(shop.shelves)


async def left_out_until_the_commit(session: AsyncSession) -> int:
    shop = (await session.scalars(select(Shop).options(noload(Shop.shelves)))).one()
    await session.commit()
    return len(shop.shelves)  # expect: BR-ASYNC-003


# seed
[Shop(id=1, name="Corner", orders=[Order(id=1)])]
