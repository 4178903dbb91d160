"""A flag decides whether the query defers a column; the helper that reads the column gets the same flag."""

# prelude

# file: service.py
from models import Post
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer


async def found(session: AsyncSession, options: list | None) -> list[Post]:
    query = select(Post)
    if options:
        query = query.options(*options)
    return list((await session.scalars(query)).all())


async def rows(session: AsyncSession, full: bool) -> list[dict]:
    options = None if full else [defer(Post.title)]
    return [row(post, full=full) for post in await found(session, options)]


def row(post: Post, full: bool) -> dict:
    return {"id": post.id, "title": post.title if full else None}


async def wrong_way_round(session: AsyncSession, brief: bool) -> list[dict]:
    options = [defer(Post.title)] if brief else None
    return [brief_row(post, brief) for post in await found(session, options)]


def brief_row(post: Post, brief: bool) -> dict:
    return {"id": post.id, "title": post.title if brief else None}  # expect: BR-ASYNC-004 high


# use
from service import rows, wrong_way_round
from sqlalchemy.ext.asyncio import AsyncSession


async def with_all(session: AsyncSession) -> None:
    await rows(session, full=True)


async def without(session: AsyncSession) -> None:
    await rows(session, full=False)


async def brief(session: AsyncSession) -> None:
    await wrong_way_round(session, brief=True)
