"""The condition under which the query loads something is asked again before it is read."""

# prelude

# file: service.py
from models import User
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload


async def both(session: AsyncSession, wanted: frozenset[str] | None = frozenset({"posts"})) -> int:
    query = select(User)
    if wanted and "posts" in wanted:
        query = query.options(selectinload(User.posts))
    user = (await session.scalars(query)).first()
    if user and wanted and "posts" in wanted:
        return len(user.posts)
    return 0


async def in_one_expression(session: AsyncSession, full: bool = True, fast: bool = False) -> int:
    query = select(User)
    if full and not fast:
        query = query.options(selectinload(User.posts))
    user = (await session.scalars(query.limit(1))).one()
    return len(user.posts) if full and not fast else 0


async def by_key(session: AsyncSession, name: str, wanted: tuple[tuple[str, bool], ...] = ()) -> int:
    flags = dict(wanted) | {"posts": len(name) > 1}
    query = select(User)
    if flags["posts"]:
        query = query.options(selectinload(User.posts))
    user = (await session.scalars(query)).first()
    return len(user.posts) if user and flags["posts"] else 0


async def by_get(session: AsyncSession, name: str, wanted: tuple[tuple[str, bool], ...] = ()) -> int:
    flags = dict(wanted) | {"posts": len(name) > 1}
    query = select(User)
    if flags.get("posts"):
        query = query.options(selectinload(User.posts))
    user = (await session.scalars(query)).first()
    return len(user.posts) if user and flags.get("posts") else 0


async def one_of_both(session: AsyncSession, full: bool = True, fast: bool = True) -> int:
    query = select(User)
    if full and not fast:
        query = query.options(selectinload(User.posts))
    user = (await session.scalars(query)).first()
    return len(user.posts) if user and full else 0  # expect: BR-ASYNC-001
