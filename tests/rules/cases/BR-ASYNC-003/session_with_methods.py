"""The project's own subclass of the session has methods that query."""

# prelude

# file: database.py
from models import Post, User, engine
from sqlalchemy import Result, Select, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlalchemy.orm import selectinload


class Store(AsyncSession):
    async def user(self, user_id: int, posts: bool = False) -> User:
        query = select(User).where(User.id == user_id)
        if posts:
            query = query.options(selectinload(User.posts))
        return (await self.scalars(query)).one()

    async def post(self, post_id: int) -> Post:
        return (await self.run(select(Post).where(Post.id == post_id))).scalar_one()

    async def run(self, query: Select[tuple[Post]]) -> Result[tuple[Post]]:
        return await super().execute(query)


stores = async_sessionmaker(engine, class_=Store, expire_on_commit=False)


def store() -> Store:
    return Store(engine, expire_on_commit=False)


maker: async_sessionmaker | None = None


def start() -> None:
    global maker
    maker = async_sessionmaker(engine, class_=Store, expire_on_commit=False)


def checked(value, kind):
    if not isinstance(value, kind):
        raise TypeError(value)
    return value


def opened() -> Store:
    if maker is None:
        raise RuntimeError("not started")
    return checked(maker(), Store)


# file: service.py
from database import Store, opened, start, store, stores


async def made(user_id: int) -> list[str]:
    async with stores() as data:
        user = await data.user(user_id)
    return [post.title for post in user.posts]  # expect: BR-ASYNC-003


async def constructed(user_id: int) -> str:
    async with store() as data:
        post = await data.post(user_id)
    return post.author.name  # expect: BR-ASYNC-003


async def promised(user_id: int) -> list[str]:
    start()
    async with opened() as data:
        user = await data.user(user_id)
    return [post.title for post in user.posts]  # expect: BR-ASYNC-003


async def loaded(user_id: int) -> list[str]:
    async with stores() as data:
        user = await data.user(user_id, posts=True)
    return [post.title for post in user.posts]


async def given(data: Store, user_id: int) -> list[str]:
    user = await data.user(user_id)
    return [post.title for post in user.posts]  # expect: BR-ASYNC-001


# use
from database import stores
from service import given


async def giving(user_id: int) -> list[str]:
    async with stores() as data:
        return await given(data, user_id)
