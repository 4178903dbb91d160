"""A generic repository sets what it is given, commits and returns the instance; the caller reads `updated_at`."""

# prelude

# file: repository.py
from typing import Any, Generic, TypeVar

from models import Base, User
from sqlalchemy.ext.asyncio import AsyncSession

T = TypeVar("T", bound=Base)


class Repository(Generic[T]):
    model: type[T]

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def update(self, key: int, **values: Any) -> T:
        found = await self.session.get_one(self.model, key)
        for name, value in values.items():
            setattr(found, name, value)
        await self.session.commit()
        return found

    async def update_and_refresh(self, key: int, **values: Any) -> T:
        found = await self.update(key, **values)
        await self.session.refresh(found)
        return found


class UserRepository(Repository[User]):
    model = User

# file: service.py
from datetime import datetime

from repository import UserRepository
from sqlalchemy.ext.asyncio import AsyncSession


async def rename(session: AsyncSession, user_id: int) -> datetime:
    user = await UserRepository(session).update(user_id, name="Eve")
    return user.updated_at  # expect: BR-ASYNC-004


async def rename_and_refresh(session: AsyncSession, user_id: int) -> datetime:
    user = await UserRepository(session).update_and_refresh(user_id, name="Eve")
    return user.updated_at


async def rename_and_tell_name(session: AsyncSession, user_id: int) -> str:
    user = await UserRepository(session).update(user_id, name="Eve")
    return user.name
