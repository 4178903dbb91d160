"""The factory keeps `expire_on_commit`: the commit expires everything, the primary key too."""

# prelude

# file: database.py
from models import engine
from sqlalchemy.ext.asyncio import async_sessionmaker

Expiring = async_sessionmaker(engine)

# file: service.py
from database import Expiring
from models import User


async def name_after(user_id: int) -> str:
    async with Expiring() as session:
        user = await session.get_one(User, user_id)
        await session.commit()  # cause
        return user.name  # expect: BR-ASYNC-003 high

# file: lookalikes.py
from database import Expiring
from models import Session, User
from sqlalchemy import select


async def key_of_new() -> int:
    async with Expiring() as session:
        user = User(name="Cid")
        session.add(user)
        await session.flush()
        key = user.id
        await session.commit()
        return key


async def refreshed(user_id: int) -> str:
    async with Expiring() as session:
        user = await session.get_one(User, user_id)
        await session.commit()
        await session.refresh(user)
        return user.name


async def selected_again(user_id: int) -> str:
    async with Expiring() as session:
        user = await session.get_one(User, user_id)
        await session.commit()
        user = (await session.scalars(select(User).where(User.id == user_id))).one()
        return user.name


async def written(user_id: int) -> None:
    async with Expiring() as session:
        user = await session.get_one(User, user_id)
        await session.commit()
        user.name = "Eve"
        await session.commit()


async def factory_keeps(user_id: int) -> str:
    async with Session() as session:
        user = await session.get_one(User, user_id)
        await session.commit()
        return user.name
