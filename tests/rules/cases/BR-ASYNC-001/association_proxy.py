"""The proxy reads the relationship behind it."""

# file: models.py
from sqlalchemy import ForeignKey
from sqlalchemy.ext.associationproxy import AssociationProxy, association_proxy
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Identity(Base):
    __tablename__ = "identities"
    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str]


class Account(Base):
    __tablename__ = "accounts"
    id: Mapped[int] = mapped_column(primary_key=True)
    identity_id: Mapped[int] = mapped_column(ForeignKey("identities.id"))
    identity: Mapped[Identity] = relationship()
    username: AssociationProxy[str] = association_proxy("identity", "username")

# file: service.py
from models import Account
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload


async def username(session: AsyncSession, account_id: int) -> str:
    account = await session.get_one(Account, account_id)
    return account.username  # expect: BR-ASYNC-001


async def loaded_username(session: AsyncSession) -> str:
    account = (await session.scalars(select(Account).options(joinedload(Account.identity)))).one()
    return account.username

# seed
[Account(id=1, identity=Identity(id=1, username="ann"))]
