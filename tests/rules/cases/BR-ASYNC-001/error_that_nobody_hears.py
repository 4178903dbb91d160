"""What fails where every error is taken without a word may fail: less is made of it."""

# prelude

# file: service.py
import logging

from models import Post
from sqlalchemy.ext.asyncio import AsyncSession

log = logging.getLogger(__name__)


async def hushed(session: AsyncSession, post_id: int) -> str:
    post = await session.get_one(Post, post_id)
    try:
        return post.author.name  # expect: BR-ASYNC-001 medium
    except Exception:
        return ""


async def hushed_below(session: AsyncSession, post_id: int) -> int:
    post = await session.get_one(Post, post_id)
    try:
        return count(post)
    except Exception as error:
        log.debug("no comments: %s", error)
        return 0


def count(post: Post) -> int:
    return len(post.comments)  # expect: BR-ASYNC-001 medium


async def told(session: AsyncSession, post_id: int) -> str:
    post = await session.get_one(Post, post_id)
    try:
        return post.author.name  # expect: BR-ASYNC-001 high
    except Exception:
        log.exception("no author")
        return ""


async def passed_on(session: AsyncSession, post_id: int) -> str:
    post = await session.get_one(Post, post_id)
    try:
        return post.author.name  # expect: BR-ASYNC-001 high
    except Exception as error:
        raise ValueError("no author") from error


# not run: what fails is taken by handlers, so that nobody sees it
