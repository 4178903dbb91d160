"""Attributes are set one by one, by names which are only known when it happens."""

# prelude

# file: crud.py
from typing import Any

from models import Base
from sqlalchemy.ext.asyncio import AsyncSession


def without_empty(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


async def create(session: AsyncSession, model: type[Base], **values: Any) -> Any:
    instance = model()
    for name, value in without_empty(values).items():
        setattr(instance, name, value)
    session.add(instance)
    await session.commit()
    return instance

# file: service.py
from crud import create
from models import User
from sqlalchemy.ext.asyncio import AsyncSession


async def register(session: AsyncSession, name: str) -> int:
    user = await create(session, User, name=name, posts=[])
    return len(user.posts)
