"""A base class that a decorator makes declarative: its heirs are mapped, their tables named by a method."""

# file: models.py
from sqlalchemy import Column, ForeignKey, Integer, String
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import as_declarative, declared_attr, relationship

engine = create_async_engine("sqlite+aiosqlite://")
Session = async_sessionmaker(engine, expire_on_commit=False)


@as_declarative()
class Base:
    id = Column(Integer, primary_key=True)

    @declared_attr
    def __tablename__(cls) -> str:
        return cls.__name__.lower()


class Shift(Base):
    title = Column(String)
    members = relationship("Member", back_populates="shift")


class Member(Base):
    name = Column(String)
    shift_id = Column(Integer, ForeignKey("shift.id"))
    shift = relationship("Shift", back_populates="members")


# file: service.py
from models import Member, Shift
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload


async def names(session: AsyncSession) -> list[str]:
    shift = (await session.scalars(select(Shift))).first()
    return [member.name for member in shift.members]  # expect: BR-ASYNC-001


async def title(session: AsyncSession) -> str:
    member = (await session.scalars(select(Member).options(joinedload(Member.shift)))).one()
    return member.shift.title


# seed
[Shift(id=1, title="Morning", members=[Member(id=1, name="Ann")])]
