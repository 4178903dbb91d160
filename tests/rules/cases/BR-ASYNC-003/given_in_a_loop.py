"""Every element of a list is given what was not loaded; then the list is read. Where it is empty, nothing is read."""

# prelude

# file: service.py
from models import Comment, Post, Session
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import set_committed_value


async def posts_of(session: AsyncSession, author_id: int | None) -> list[Post]:
    if author_id is None:
        return []
    return list((await session.scalars(select(Post).where(Post.author_id == author_id))).all())


def give(post: Post, comment: Comment) -> None:
    set_committed_value(post, "author", comment.writer)


def first(posts: list[Post]) -> Post | None:
    if not posts:
        return None
    return posts[0]


async def given(author_id: int | None, comment: Comment) -> tuple[list[Post], Post | None]:
    async with Session() as session:
        posts = await posts_of(session, author_id)
    for post in posts:
        give(post, comment)
    return posts, first(posts)


async def name(author_id: int) -> str:
    async with Session() as session:
        comment = (await session.scalars(select(Comment).options(joinedload(Comment.writer)))).first()
    if comment is None:
        return ""
    posts, post = await given(author_id, comment)
    names = [found.author.name for found in posts]
    return post.author.name if post else "".join(names)


async def comments() -> int:
    async with Session() as session:
        posts = await posts_of(session, 1)
    for post in posts:
        set_committed_value(post, "author", None)
    return len(posts[0].comments)  # expect: BR-ASYNC-003
