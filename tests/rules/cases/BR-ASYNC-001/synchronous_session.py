"""Synchronous sessions load lazily; a thread of its own keeps the event loop free."""

# prelude

# not run: needs a second, synchronous engine

# file: service.py
import asyncio

from models import User
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session, sessionmaker

SyncSession = sessionmaker(create_engine("sqlite://"))


def titles(session: Session) -> list[str]:
    return [post.title for user in session.scalars(select(User)) for post in user.posts]


def all_titles() -> list[str]:
    with SyncSession() as session:
        return titles(session)


async def show() -> list[str]:
    return await asyncio.to_thread(all_titles)
