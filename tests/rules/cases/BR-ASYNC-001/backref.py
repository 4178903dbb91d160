"""`backref` makes an attribute which stands in no class body."""

# file: models.py
from sqlalchemy import Column, ForeignKey, Integer, String
from sqlalchemy.orm import declarative_base, relationship

Base = declarative_base()


class Owner(Base):
    __tablename__ = "owners"
    id = Column(Integer, primary_key=True)
    name = Column(String)


class Dog(Base):
    __tablename__ = "dogs"
    id = Column(Integer, primary_key=True)
    owner_id = Column(ForeignKey("owners.id"))
    owner = relationship("Owner", backref="dogs")

# file: service.py
from models import Owner
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload


async def count(session: AsyncSession, owner_id: int) -> int:
    owner = await session.get_one(Owner, owner_id)
    return len(owner.dogs)  # expect: BR-ASYNC-001 high


async def loaded(session: AsyncSession, owner_id: int) -> int:
    owner = (await session.scalars(select(Owner).options(selectinload(Owner.dogs)))).first()
    return len(owner.dogs)

# seed
[Dog(id=1, owner=Owner(id=1, name="Ann"))]
