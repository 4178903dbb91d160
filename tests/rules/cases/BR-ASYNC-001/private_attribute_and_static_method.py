"""A private attribute holds the repository; a static method builds the result."""

# prelude

# file: service.py
from typing import Any

from models import User
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession


class Users:
    def __init__(self, session: AsyncSession) -> None:
        self.__session = session

    async def named(self, name: str) -> list[User]:
        found = await self.__session.execute(select(User).filter_by(name=name))
        return list(found.scalars())


class Cards:
    def __init__(self, session: AsyncSession) -> None:
        self.__users = Users(session)

    async def build(self, name: str) -> list[dict[str, Any]]:
        return [self._card(user) for user in await self.__users.named(name)]

    @staticmethod
    def _card(user: User) -> dict[str, Any]:
        return {"name": user.name, "posts": len(user.posts)}  # expect: BR-ASYNC-001


async def cards(session: AsyncSession, name: str) -> list[dict[str, Any]]:
    return await Cards(session).build(name)
