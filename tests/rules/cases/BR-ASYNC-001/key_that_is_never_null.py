"""A key that cannot be NULL is true: what stands behind `or` is not reached. One that can be NULL proves nothing."""

# file: models.py
from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Team(Base):
    __tablename__ = "teams"
    id: Mapped[int] = mapped_column(primary_key=True)


class Player(Base):
    __tablename__ = "players"
    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id"))
    loan_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id"))
    home_id = Column(Integer, ForeignKey("teams.id"))
    team: Mapped[Team] = relationship(foreign_keys=[team_id])
    loan: Mapped[Team | None] = relationship(foreign_keys=[loan_id])
    home = relationship(Team, foreign_keys=[home_id])


# file: service.py
from models import Player
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession


async def find(session: AsyncSession) -> Player:
    return (await session.scalars(select(Player).where(Player.id == 1))).one()


async def behind_or(session: AsyncSession) -> int:
    player = await find(session)
    return player.team_id or player.team.id


async def behind_else(session: AsyncSession) -> int:
    player = await find(session)
    if player.team_id is None:
        return player.team.id
    return player.team_id if player.team_id else player.team.id


async def may_be_null(session: AsyncSession) -> int:
    player = await find(session)
    return player.loan.id if player.loan_id else 0  # expect: BR-ASYNC-001


async def may_be_null_by_default(session: AsyncSession) -> int:
    player = await find(session)
    if player.home_id is not None:
        return player.home.id  # expect: BR-ASYNC-001
    return 0


async def is_true(session: AsyncSession) -> int:
    player = await find(session)
    return player.team_id and player.team.id  # expect: BR-ASYNC-001


async def is_there(session: AsyncSession) -> int:
    player = await find(session)
    if player.team_id is not None:
        return player.team.id  # expect: BR-ASYNC-001
    return player.loan.id


# seed
[Team(id=1), Team(id=2), Player(id=1, team_id=1, loan_id=2, home_id=2)]
