"""An object that was made is true, so that `if not unit:` is not taken; one that may be missing leaves both ways open."""

# file: models.py
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

engine = create_async_engine("sqlite+aiosqlite://")
Session = async_sessionmaker(engine)


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Unit:
    def __init__(self, session: AsyncSession) -> None:
        self.session = session


class Sized(Unit):
    def __len__(self) -> int:
        return 0


# file: service.py
from models import Sized, Unit, User
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession


async def rename(session: AsyncSession, name: str, unit: Unit | None = None) -> None:
    user = (await session.scalars(select(User).where(User.id == 2))).one()
    user.name = name
    if not unit:
        await session.commit()


async def in_a_unit(session: AsyncSession) -> str:
    user = (await session.scalars(select(User).where(User.id == 1))).one()
    unit = Unit(session)
    await rename(session, "Bob", unit)
    return user.name


async def empty(session: AsyncSession) -> str:
    user = (await session.scalars(select(User).where(User.id == 1))).one()
    await rename(session, "Bob", Sized(session))
    return user.name  # expect: BR-ASYNC-003


async def alone(session: AsyncSession) -> str:
    user = (await session.scalars(select(User).where(User.id == 1))).one()
    await rename(session, "Bob")
    return user.name  # expect: BR-ASYNC-003


async def found(session: AsyncSession, user_id: int) -> str:
    user = (await session.scalars(select(User).where(User.id == user_id))).first()
    if not user:
        await session.commit()
        user = User(name="Ann")
        session.add(user)
    return user.name


async def in_its_place(session: AsyncSession) -> str:
    user = (await session.scalars(select(User).where(User.id == 1))).one()
    unit = Unit(session)
    _ = unit or await session.commit()
    return user.name


# seed
[User(id=1, name="Ann"), User(id=2, name="Bob")]
