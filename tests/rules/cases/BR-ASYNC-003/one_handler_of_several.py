"""Of the handlers in a table one is called: what another would have done to the session has not happened."""

# prelude

# file: service.py
from models import Session, User
from sqlalchemy.ext.asyncio import AsyncSession


async def discard(session: AsyncSession, user: User) -> str:
    await session.rollback()
    return "discarded"


async def discard_and_tell(session: AsyncSession, user: User) -> str:
    await session.rollback()
    return user.name  # expect: BR-ASYNC-003


async def show(session: AsyncSession, user: User) -> str:
    return user.name


async def show_number(session: AsyncSession, user: User) -> str:
    return str(user.id)


async def keep(session: AsyncSession, user: User) -> str:
    await session.commit()
    return user.name


HANDLERS = {"discard": discard, "show": show}
MANY = {
    "discard": discard,
    "tell": discard_and_tell,
    "show": show,
    "number": show_number,
    "keep": keep,
}


async def handle(session: AsyncSession, method: str | None) -> str:
    user = await session.get_one(User, 1)
    handler = HANDLERS.get(method or "")
    if handler is None:
        return ""
    return await handler(session, user)


async def handle_many(session: AsyncSession, method: str | None) -> str:
    user = await session.get_one(User, 1)
    return await MANY[method or ""](session, user)


async def read_afterwards(session: AsyncSession, method: str | None) -> str:
    user = await session.get_one(User, 1)
    await HANDLERS[method or ""](session, user)
    return user.name  # expect: BR-ASYNC-003


# use
from models import Session
from service import handle, handle_many, read_afterwards


async def each() -> None:
    for method in ("discard", "show"):
        async with Session() as session:
            await handle(session, method)


async def of_many() -> None:
    for method in ("show", "number", "keep", "discard"):
        async with Session() as session:
            await handle_many(session, method)


async def told() -> None:
    async with Session() as session:
        await handle_many(session, "tell")


async def afterwards() -> None:
    async with Session() as session:
        await read_afterwards(session, "discard")
