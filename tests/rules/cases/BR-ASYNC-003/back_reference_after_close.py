"""The way back from an eagerly loaded collection costs no SQL while the session is open, and is never loaded by itself."""

# prelude

# file: service.py
from models import Post, Session, User
from sqlalchemy import select
from sqlalchemy.orm import selectinload


async def find(user_id: int) -> User:
    async with Session() as session:
        query = select(User).where(User.id == user_id).options(selectinload(User.posts))
        return (await session.scalars(query)).one()


def line(post: Post) -> str:
    return f"{post.title} by {post.author.name}"  # expect: BR-ASYNC-003


async def closed(user_id: int) -> list[str]:
    user = await find(user_id)
    return [line(post) for post in user.posts]


async def read_before(user_id: int) -> list[str]:
    async with Session() as session:
        query = select(User).where(User.id == user_id).options(selectinload(User.posts))
        user = (await session.scalars(query)).one()
        names = [post.author.name for post in user.posts]
    return [*names, *(post.author.name for post in user.posts)]


async def chained(user_id: int) -> list[str]:
    async with Session() as session:
        option = selectinload(User.posts).selectinload(Post.author)
        user = (await session.scalars(select(User).where(User.id == user_id).options(option))).one()
    return [post.author.name for post in user.posts]


async def held_when_read(user_id: int) -> str:
    async with Session() as session:
        user = (await session.scalars(select(User).where(User.id == user_id))).one()
        post = (await session.scalars(select(Post).where(Post.author_id == user_id))).one()
        name = post.author.name
    return f"{user.name}{name}{post.author.name}"
