"""A session that comes from somewhere unknown refreshes what another function loaded with it."""

# prelude

# file: service.py
from typing import Any

from models import Post
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession


async def posts_of(session: AsyncSession, author_id: int) -> list[Post]:
    return list((await session.scalars(select(Post).where(Post.author_id == author_id))).all())


async def texts(context: dict[str, Any]) -> list[str]:
    session = context["request"].session
    posts = await posts_of(session, 1)
    for post in posts:
        await session.refresh(post, ["comments"])
    return [comment.text for post in posts for comment in post.comments]


async def names(context: dict[str, Any]) -> list[str]:
    session = context["request"].session
    posts = await posts_of(session, 1)
    for post in posts:
        await session.refresh(post, ["comments"])
    return [post.author.name for post in posts]  # expect: BR-ASYNC-001


# use
from types import SimpleNamespace

import service
from sqlalchemy.ext.asyncio import AsyncSession


async def texts(session: AsyncSession) -> None:
    await service.texts({"request": SimpleNamespace(session=session)})


async def names(session: AsyncSession) -> None:
    await service.names({"request": SimpleNamespace(session=session)})
