"""The refresh loads what the mapping loads: the object that the endpoint held, which has more loaded than the rest."""

# file: models.py
from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

engine = create_async_engine("sqlite+aiosqlite://")
Session = async_sessionmaker(engine, expire_on_commit=False)


class Base(DeclarativeBase):
    pass


class Role(Base):
    __tablename__ = "roles"
    id: Mapped[int] = mapped_column(primary_key=True)
    scopes: Mapped[list[Scope]] = relationship()


class Scope(Base):
    __tablename__ = "scopes"
    id: Mapped[int] = mapped_column(primary_key=True)
    role_id: Mapped[int] = mapped_column(ForeignKey("roles.id"))


class Assignment(Base):
    __tablename__ = "assignments"
    id: Mapped[int] = mapped_column(primary_key=True)
    role_id: Mapped[int] = mapped_column(ForeignKey("roles.id"))
    role: Mapped[Role] = relationship(lazy="selectin")


# file: api.py
from fastapi import Depends, FastAPI
from models import Assignment, Role, Session
from pydantic import BaseModel, ConfigDict
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

app = FastAPI()


class ScopeOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: int


class RoleOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    scopes: list[ScopeOut]


class AssignmentOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    role: RoleOut


async def get_session():
    async with Session() as session:
        yield session


@app.post("/assignments", response_model=AssignmentOut)
async def assign(session: AsyncSession = Depends(get_session)):
    role = await session.scalar(select(Role).where(Role.id == 1).options(selectinload(Role.scopes)))
    if role is None:
        raise ValueError
    assignment = Assignment(role_id=role.id)
    session.add(assignment)
    await session.commit()
    await session.refresh(assignment)
    return assignment


@app.post("/plain-assignments", response_model=AssignmentOut)
async def assign_plainly(session: AsyncSession = Depends(get_session)):
    assignment = Assignment(role_id=1)
    session.add(assignment)
    await session.commit()
    await session.refresh(assignment)
    return assignment  # expect: BR-ASYNC-002 response


# use
from api import app
from httpx import ASGITransport, AsyncClient


async def post(path):
    async with AsyncClient(transport=ASGITransport(app), base_url="http://app") as http:
        return (await http.post(path)).raise_for_status()


async def assigned() -> None:
    await post("/assignments")


async def assigned_plainly() -> None:
    await post("/plain-assignments")


# seed
[Role(id=1, scopes=[Scope(id=1)])]
