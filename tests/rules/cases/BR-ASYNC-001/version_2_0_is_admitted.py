"""The oldest SQLAlchemy that is admitted decides: with 2.0 a factory's value is loaded, and the read is caught."""

# not run: it takes SQLAlchemy 2.0

# file: requirements.txt
sqlalchemy[asyncio]>=2.0.30

# file: models.py
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column, relationship


class Base(MappedAsDataclass, DeclarativeBase):
    pass


class Ticket(Base):
    __tablename__ = "tickets"
    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    title: Mapped[str]
    labels: Mapped[list["Label"]] = relationship(default_factory=list)


class Label(Base):
    __tablename__ = "labels"
    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"), init=False)

# file: service.py
from models import Ticket
from sqlalchemy.exc import MissingGreenlet, StatementError
from sqlalchemy.ext.asyncio import AsyncSession


async def new_collection(session: AsyncSession) -> int:
    ticket = Ticket(title="a")
    session.add(ticket)
    await session.flush()
    return len(ticket.labels)


async def guarded_by_the_old_error(session: AsyncSession) -> int:
    ticket = await session.get_one(Ticket, 1)
    try:
        return len(ticket.labels)
    except MissingGreenlet:
        return 0


async def guarded_by_the_new_error(session: AsyncSession) -> int:
    ticket = await session.get_one(Ticket, 1)
    try:
        return len(ticket.labels)  # expect: BR-ASYNC-001 high
    except StatementError:
        return 0
