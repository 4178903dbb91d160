"""A property of the model reads the relationship, and whoever uses the property pays."""

# file: models.py
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Team(Base):
    __tablename__ = "teams"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    members: Mapped[list["Member"]] = relationship(back_populates="team")

    @property
    def size(self) -> int:
        return len(self.members)  # expect: BR-ASYNC-001 high

    @property
    def label(self) -> str:
        return f"{self.id}: {self.name}"


class Member(Base):
    __tablename__ = "members"
    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id"))
    team: Mapped[Team] = relationship(back_populates="members")

# file: service.py
from models import Team
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload


async def sizes(session: AsyncSession) -> list[int]:
    return [team.size for team in await session.scalars(select(Team))]


async def loaded_sizes(session: AsyncSession) -> list[int]:
    return [team.size for team in await session.scalars(select(Team).options(selectinload(Team.members)))]


async def labels(session: AsyncSession) -> list[str]:
    return [team.label for team in await session.scalars(select(Team))]

# seed
[Team(id=1, name="Blue", members=[Member(id=1)])]
