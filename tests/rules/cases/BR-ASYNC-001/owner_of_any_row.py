"""A handler is given a user, as by a middleware; of a query without a condition, not every row is theirs."""

# file: models.py
from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

engine = create_async_engine("sqlite+aiosqlite://")
Session = async_sessionmaker(engine, expire_on_commit=False)


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Role(Base):
    __tablename__ = "roles"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), unique=True)
    user: Mapped[User] = relationship()


# file: handlers.py
from models import Role, User
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession


def names(roles) -> list[str]:
    return [role.user.name for role in roles]  # expect: BR-ASYNC-001 medium


async def every(db: AsyncSession, user: User):
    return names((await db.scalars(select(Role).order_by(Role.id))).all())


async def chosen(db: AsyncSession, user: User, number: int):
    role = (await db.scalars(select(Role).where(Role.id == number))).one()
    return role.user.name


async def own(db: AsyncSession, user: User):
    role = (await db.scalars(select(Role).where(Role.user_id == user.id))).one()
    return role.user.name


# use
import handlers
from models import Session, User


async def call(handler, *given) -> None:
    async with Session() as db:
        user = await db.get_one(User, 1)
        await handler(db, user, *given)


async def of_every() -> None:
    await call(handlers.every)


async def of_chosen() -> None:
    await call(handlers.chosen, 1)


async def of_own() -> None:
    await call(handlers.own)


# seed
[User(id=1, name="Ann"), User(id=2, name="Bob"), Role(id=1, user_id=1), Role(id=2, user_id=2)]
