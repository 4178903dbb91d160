"""`model_validate` reads every field of the schema from the instance, the optional one too."""

# prelude

# file: schemas.py
from pydantic import BaseModel, ConfigDict


class Row(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class PostOut(Row):
    id: int
    title: str


class UserOut(Row):
    id: int
    name: str
    posts: list[PostOut] | None = None


class UserLine(Row):
    id: int
    name: str

# file: service.py
from models import User
from schemas import UserLine, UserOut
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload


async def show(session: AsyncSession, user_id: int) -> UserOut:
    user = await session.get_one(User, user_id)
    return UserOut.model_validate(user)  # expect: BR-ASYNC-001 high


async def show_loaded(session: AsyncSession, name: str) -> UserOut:
    statement = select(User).where(User.name == name).options(selectinload(User.posts))
    return UserOut.model_validate((await session.scalars(statement)).one())


async def show_line(session: AsyncSession, user_id: int) -> UserLine:
    return UserLine.model_validate(await session.get_one(User, user_id))
