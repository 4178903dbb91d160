"""Callables and given values are known without the database."""

# file: models.py
from datetime import UTC, datetime

from sqlalchemy import DateTime, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


def now() -> datetime:
    return datetime.now(UTC)


class Base(DeclarativeBase):
    pass


class Ticket(Base):
    __tablename__ = "tickets"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    changed_at: Mapped[datetime] = mapped_column(DateTime, default=now, onupdate=now)
    seen_at: Mapped[datetime] = mapped_column(DateTime, server_default=func.now(), onupdate=func.now())

# file: service.py
from models import Ticket, now
from sqlalchemy.ext.asyncio import AsyncSession


async def by_python(session: AsyncSession, ticket_id: int) -> str:
    ticket = await session.get_one(Ticket, ticket_id)
    ticket.title = "new"
    await session.commit()
    return f"{ticket.changed_at}"


async def given(session: AsyncSession, ticket_id: int) -> str:
    ticket = await session.get_one(Ticket, ticket_id)
    ticket.title = "new"
    ticket.seen_at = now()
    await session.commit()
    return f"{ticket.seen_at}"


async def by_database(session: AsyncSession, ticket_id: int) -> str:
    ticket = await session.get_one(Ticket, ticket_id)
    ticket.title = "new"
    await session.commit()
    return f"{ticket.seen_at}"  # expect: BR-ASYNC-004 high

# seed
[Ticket(id=1, title="old")]
