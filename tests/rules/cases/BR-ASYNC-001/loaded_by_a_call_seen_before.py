"""Two functions begin alike: what the first is seen to call is remembered, with a query that may not run."""

# prelude

# file: service.py
from models import Post
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession


class Posts:
    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def find(self, post_id: int) -> Post:
        return (await self.session.scalars(select(Post).where(Post.id == post_id))).one()

    async def alike(self, post_id: int, title: str | None) -> list[int]:
        found: list[int] = []
        if title:
            query = select(Post).where(Post.title == title)
            found = [post.id for post in (await self.session.scalars(query)).all()]
        return found


async def similar(session: AsyncSession, post_id: int) -> int:
    posts = Posts(session)
    post = await posts.find(post_id)
    return len(await posts.alike(post.id, post.title))


async def with_similar(session: AsyncSession, post_id: int) -> str:
    posts = Posts(session)
    post = await posts.find(post_id)
    await posts.alike(post.id, post.title)
    return post.author.name  # expect: BR-ASYNC-001
