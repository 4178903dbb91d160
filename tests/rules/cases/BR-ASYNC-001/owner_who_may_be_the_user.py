"""The user who asks is in the session; that a row refers to them is sure only where the code says so."""

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
    is_admin: Mapped[bool] = mapped_column(default=False)


class Item(Base):
    __tablename__ = "items"
    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    owner: Mapped[User] = relationship()


# file: api.py
from fastapi import Depends, FastAPI, HTTPException, Request
from models import Item, Session, User
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

app = FastAPI()


async def get_session():
    async with Session() as session:
        yield session


async def current_user(session: AsyncSession = Depends(get_session)) -> User:
    return await session.get_one(User, 1)


@app.get("/items")
async def items(request: Request, db: AsyncSession = Depends(get_session), user: User = Depends(current_user)):
    found = (await db.scalars(select(Item).where(Item.id > 0))).all()
    return [item.owner.name for item in found]  # expect: BR-ASYNC-001 medium


@app.get("/own-items")
async def own_items(request: Request, db: AsyncSession = Depends(get_session), user: User = Depends(current_user)):
    found = (await db.scalars(select(Item).where(Item.owner_id == user.id))).all()
    return [item.owner.name for item in found]


@app.get("/own-item")
async def own_item(request: Request, db: AsyncSession = Depends(get_session), user: User = Depends(current_user)):
    item = await db.get_one(Item, 1)
    check(item, user)
    return name(item)


def check(item: Item, user: User) -> None:
    if item.owner_id != user.id:
        raise HTTPException(403)


def name(item: Item) -> str:
    return item.owner.name


@app.get("/item-to-check")
async def checked_by_others(request: Request, db: AsyncSession = Depends(get_session), user: User = Depends(current_user)):
    item = await db.get_one(Item, 2)
    if not user.is_admin and item.owner_id != user.id:
        raise HTTPException(403)
    return item.owner.name  # expect: BR-ASYNC-001 medium


@app.get("/item-of-somebody")
async def of_somebody_else(request: Request, db: AsyncSession = Depends(get_session), user: User = Depends(current_user)):
    item = await db.get_one(Item, 2)
    if item.owner_id == user.id:
        return user.name
    return item.owner.name  # expect: BR-ASYNC-001 medium


@app.get("/item")
async def one_item(request: Request, db: AsyncSession = Depends(get_session), user: User = Depends(current_user)):
    item = await db.get_one(Item, 2)
    return item.owner.name  # expect: BR-ASYNC-001 medium


# use
from api import app
from httpx import ASGITransport, AsyncClient


async def get(path):
    async with AsyncClient(transport=ASGITransport(app), base_url="http://app") as http:
        return (await http.get(path)).raise_for_status()


async def all_items() -> None:
    await get("/items")


async def all_own() -> None:
    await get("/own-items")


async def one_own() -> None:
    await get("/own-item")


async def checked() -> None:
    await get("/item-to-check")


async def of_somebody() -> None:
    await get("/item-of-somebody")


async def one() -> None:
    await get("/item")


# seed
[User(id=1, name="Ann", is_admin=True), User(id=2, name="Bob"), Item(id=1, owner_id=1), Item(id=2, owner_id=2)]
