"""The user who asks has it loaded; somebody else, to whom a row's foreign key leads, does not."""

# file: models.py
from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.ext.associationproxy import AssociationProxy, association_proxy
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

engine = create_async_engine("sqlite+aiosqlite://")
Session = async_sessionmaker(engine, expire_on_commit=False)


class Base(DeclarativeBase):
    pass


class Account(Base):
    __tablename__ = "accounts"
    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str]


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    account: Mapped[Account] = relationship()
    login: AssociationProxy[str] = association_proxy("account", "login")
    items: Mapped[list[Item]] = relationship(back_populates="owner")


class Item(Base):
    __tablename__ = "items"
    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    owner: Mapped[User] = relationship(back_populates="items")


# file: api.py
from fastapi import Depends, FastAPI, HTTPException, Request
from models import Item, Session, User
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

app = FastAPI()


async def get_session():
    async with Session() as session:
        yield session


async def current_user(session: AsyncSession = Depends(get_session)) -> User:
    query = select(User).where(User.id == 1).options(selectinload(User.account), selectinload(User.items))
    return (await session.scalars(query)).one()


@app.get("/owner-of-item")
async def owner(request: Request, db: AsyncSession = Depends(get_session), user: User = Depends(current_user)):
    item = await db.get_one(Item, 2)
    found = (await db.scalars(select(User).where(User.id == item.owner_id))).one()
    return found.login  # expect: BR-ASYNC-001 medium


@app.get("/items-of-owner")
async def siblings(request: Request, db: AsyncSession = Depends(get_session), user: User = Depends(current_user)):
    item = await db.get_one(Item, 2)
    found = (await db.scalars(select(User).where(User.id == item.owner_id))).one()
    return [one.id for one in found.items]  # expect: BR-ASYNC-001 medium


@app.get("/own-siblings")
async def own_siblings(request: Request, db: AsyncSession = Depends(get_session), user: User = Depends(current_user)):
    item = await db.get_one(Item, 1)
    if item.owner_id != user.id:
        raise HTTPException(403)
    found = (await db.scalars(select(User).where(User.id == item.owner_id))).one()
    return [one.id for one in found.items]


@app.get("/same-user")
async def same_user(request: Request, db: AsyncSession = Depends(get_session), user: User = Depends(current_user)):
    found = (await db.scalars(select(User).where(User.id == user.id))).one()
    return [found.login, *(one.id for one in found.items)]


# use
from api import app
from httpx import ASGITransport, AsyncClient


async def get(path):
    async with AsyncClient(transport=ASGITransport(app), base_url="http://app") as http:
        return (await http.get(path)).raise_for_status()


async def the_owner() -> None:
    await get("/owner-of-item")


async def the_siblings() -> None:
    await get("/items-of-owner")


async def the_own_siblings() -> None:
    await get("/own-siblings")


async def the_same_user() -> None:
    await get("/same-user")


# seed
[
    Account(id=1, login="ann"),
    Account(id=2, login="bob"),
    User(id=1, account_id=1),
    User(id=2, account_id=2),
    Item(id=1, owner_id=1),
    Item(id=2, owner_id=2),
]
