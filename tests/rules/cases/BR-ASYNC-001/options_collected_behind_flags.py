"""Options are collected in a list, as flags say; the query gets them when there are any."""

# prelude

# file: service.py
from models import Post
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload


async def find(
    session: AsyncSession, post_id: int, *, with_author: bool = False, with_comments: bool = False
) -> Post | None:
    query = select(Post).where(Post.id == post_id)
    options = []
    if with_author:
        options.append(selectinload(Post.author))
    if with_comments:
        options.append(selectinload(Post.comments))
    if options:
        query = query.options(*options)
    return (await session.scalars(query)).one_or_none()


async def texts(session: AsyncSession, post_id: int) -> list[str]:
    post = await find(session, post_id, with_comments=True)
    return [comment.text for comment in post.comments] if post else []


async def author(session: AsyncSession, post_id: int) -> str:
    post = await find(session, post_id, with_author=True)
    return post.author.name if post else ""


async def without(session: AsyncSession, post_id: int) -> int:
    post = await find(session, post_id)
    return len(post.comments) if post else 0  # expect: BR-ASYNC-001


async def every(session: AsyncSession, given: tuple[int, ...] = ()) -> int:
    options = [selectinload(Post.comments), *(selectinload(Post.author) for _ in given)]
    query = select(Post)
    if options:
        query = query.options(*options)
    return sum(len(post.comments) for post in await session.scalars(query))
