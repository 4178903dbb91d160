"""The identity of a new row is read after the commit that expired it."""

# prelude

# file: service.py
from models import User, engine
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

Expiring = async_sessionmaker(engine, class_=AsyncSession)


async def create(name: str) -> int:
    async with Expiring() as session:
        user = User(name=name)
        session.add(user)
        await session.commit()  # cause
        return user.id  # expect: BR-ASYNC-003 high
