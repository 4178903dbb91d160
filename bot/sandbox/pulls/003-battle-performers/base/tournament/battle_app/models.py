"""A tournament: categories, dancers who perform in them, and their battles."""

from enum import StrEnum

from sqlalchemy import Column, ForeignKey, Table
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class BattlePhase(StrEnum):
    PRESELECTION = "preselection"
    POOLS = "pools"
    FINALS = "finals"


class BattleStatus(StrEnum):
    PENDING = "pending"
    ACTIVE = "active"
    COMPLETED = "completed"


battle_performers = Table(
    "battle_performers",
    Base.metadata,
    Column("battle_id", ForeignKey("battles.id"), primary_key=True),
    Column("performer_id", ForeignKey("performers.id"), primary_key=True),
)


class Tournament(Base):
    __tablename__ = "tournaments"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Category(Base):
    __tablename__ = "categories"

    id: Mapped[int] = mapped_column(primary_key=True)
    tournament_id: Mapped[int] = mapped_column(ForeignKey("tournaments.id"))
    name: Mapped[str]


class Dancer(Base):
    __tablename__ = "dancers"

    id: Mapped[int] = mapped_column(primary_key=True)
    blaze: Mapped[str]
    country: Mapped[str]


class Performer(Base):
    __tablename__ = "performers"

    id: Mapped[int] = mapped_column(primary_key=True)
    category_id: Mapped[int] = mapped_column(ForeignKey("categories.id"))
    dancer_id: Mapped[int | None] = mapped_column(ForeignKey("dancers.id"))
    seed: Mapped[int]
    confirmed: Mapped[bool] = mapped_column(default=True)

    dancer: Mapped[Dancer | None] = relationship()
    battles: Mapped[list["Battle"]] = relationship(secondary=battle_performers, back_populates="performers")


class Battle(Base):
    __tablename__ = "battles"

    id: Mapped[int] = mapped_column(primary_key=True)
    category_id: Mapped[int] = mapped_column(ForeignKey("categories.id"))
    phase: Mapped[BattlePhase]
    status: Mapped[BattleStatus] = mapped_column(default=BattleStatus.PENDING)
    position: Mapped[int]

    performers: Mapped[list[Performer]] = relationship(secondary=battle_performers, back_populates="battles")
