"""A dynamic relationship is a query: to name it, filter it or ask for its truth runs nothing, and it has no length."""

# file: models.py
from sqlalchemy import ForeignKey
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, DynamicMapped, Mapped, mapped_column, relationship

engine = create_async_engine("sqlite+aiosqlite://")
Session = async_sessionmaker(engine, expire_on_commit=False)


class Base(DeclarativeBase):
    pass


class Plan(Base):
    __tablename__ = "plans"
    id: Mapped[int] = mapped_column(primary_key=True)
    steps: DynamicMapped["Step"] = relationship()


class Step(Base):
    __tablename__ = "steps"
    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"))


async def counted(session: AsyncSession) -> int:
    plan = await session.get_one(Plan, 1)
    try:
        return len(plan.steps)
    except TypeError:
        return 0


async def there(session: AsyncSession) -> bool:
    plan = await session.get_one(Plan, 1)
    return bool(plan.steps)


async def iterated(session: AsyncSession) -> list[int]:
    plan = await session.get_one(Plan, 1)
    return [step.id for step in plan.steps]  # expect: BR-ASYNC-001

# seed
[Plan(id=1)]
