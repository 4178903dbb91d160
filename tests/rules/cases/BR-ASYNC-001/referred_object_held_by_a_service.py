"""An object that keeps another in one of its attributes keeps it alive, too: the session finds what it refers to there."""

# prelude

# file: api.py
from dataclasses import dataclass, field

from models import Comment, Post, User
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession


class Wall:
    def __init__(self, session: AsyncSession, user: User) -> None:
        self.session = session
        self.user = user

    @classmethod
    async def create(cls, session: AsyncSession, user_id: int) -> "Wall":
        return cls(session, await session.get_one(User, user_id))

    async def lines(self) -> list[str]:
        posts = await self.session.scalars(select(Post).where(Post.author_id == self.user.id))
        return [f"{post.title} by {post.author.name}" for post in posts]


@dataclass
class Found:
    users: list[User] = field(default_factory=list)


class Search:
    def __init__(self, session: AsyncSession) -> None:
        self.session = session
        self.found = Found()

    async def lines(self) -> list[str]:
        self.found.users.extend((await self.session.scalars(select(User))).all())
        posts = await self.session.scalars(select(Post))
        return [f"{post.title} by {post.author.name}" for post in posts]

    async def comments(self) -> list[str]:
        comments = await self.session.scalars(select(Comment))
        return [f"{comment.text} on {comment.post.title}" for comment in comments]  # expect: BR-ASYNC-001 high


async def wall(session: AsyncSession) -> list[str]:
    return await (await Wall.create(session, 1)).lines()


async def search(session: AsyncSession) -> list[str]:
    return await Search(session).lines()


async def search_comments(session: AsyncSession) -> list[str]:
    return await Search(session).comments()
