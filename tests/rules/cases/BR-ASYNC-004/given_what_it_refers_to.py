"""A row is looked up by the object that it is given then: nothing changes, and no UPDATE unloads anything."""

# prelude

# file: models_too.py
from datetime import datetime

from models import Base, User
from sqlalchemy import ForeignKey, func
from sqlalchemy.orm import Mapped, mapped_column, relationship


class Link(Base):
    __tablename__ = "links"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    user: Mapped[User] = relationship()
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())


# file: service.py
from models import User
from models_too import Link
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload


async def linked(session: AsyncSession, user_id: int) -> str:
    user = await session.get_one(User, user_id)
    query = select(Link).where(Link.user_id == user.id).options(selectinload(Link.user))
    link = (await session.scalars(query)).first()
    if link:
        link.user = user
    else:
        link = Link(user_id=user.id)
        link.user = user
        session.add(link)
    await session.commit()
    return str(link.updated_at)


async def handed_over(session: AsyncSession, link_id: int) -> str:
    session.add(Link(id=7, user_id=1))
    await session.commit()
    link = await session.get_one(Link, 7)
    link.user = await session.get_one(User, 2)
    await session.commit()
    return str(link.updated_at)  # expect: BR-ASYNC-004
