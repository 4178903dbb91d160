"""What is expunged first survives the rollback, although a handler stands ready in case expunging should fail."""

# prelude

# file: service.py
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from models import Session, User
from sqlalchemy.ext.asyncio import AsyncSession

log = logging.getLogger(__name__)


@asynccontextmanager
async def safe_session() -> AsyncIterator[AsyncSession]:
    async with Session() as session:
        try:
            yield session
        finally:
            try:
                session.expunge_all()
            except Exception as error:
                log.debug("not expunged: %s", error)
            try:
                await session.rollback()
            except Exception as error:
                log.debug("not rolled back: %s", error)


@asynccontextmanager
async def plain_session() -> AsyncIterator[AsyncSession]:
    async with Session() as session:
        try:
            yield session
        finally:
            await session.rollback()


async def name() -> str:
    async with safe_session() as session:
        user = await session.get_one(User, 1)
    return user.name


async def plain_name() -> str:
    async with plain_session() as session:
        user = await session.get_one(User, 1)
    return user.name  # expect: BR-ASYNC-003
