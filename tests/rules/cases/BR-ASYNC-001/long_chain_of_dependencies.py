"""However long the chain of dependencies: all of one request have the same session, and what they found is held."""

# prelude

# file: deps.py
from collections.abc import AsyncGenerator
from typing import Annotated

from fastapi import Depends
from models import Session, User
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession


async def get_session() -> AsyncGenerator[AsyncSession, None]:
    async with Session() as session:
        yield session


Db = Annotated[AsyncSession, Depends(get_session)]


async def find_user(session: AsyncSession) -> User:
    return (await session.scalars(select(User).where(User.id == 1))).one()


async def get_user(session: Db) -> User:
    return await find_user(session)


async def get_member(user: Annotated[User, Depends(get_user)]) -> User:
    return user


async def get_member_session(session: Db, user: Annotated[User, Depends(get_member)]) -> AsyncSession:
    return session


Member = Annotated[User, Depends(get_member)]
MemberDb = Annotated[AsyncSession, Depends(get_member_session)]


# file: api.py
from deps import Db, Member, MemberDb
from fastapi import APIRouter
from models import Comment, Post
from sqlalchemy import select

router = APIRouter()


@router.get("/")
async def show(session: MemberDb, user: Member) -> str:
    post = (await session.scalars(select(Post).where(Post.author_id == user.id))).one()
    return post.author.name


@router.get("/other")
async def show_other(session: MemberDb, user: Member) -> str:
    comment = (await session.scalars(select(Comment).where(Comment.id == 1))).one()
    return comment.post.title  # expect: BR-ASYNC-001


@router.get("/anonymous")
async def show_anonymous(session: Db) -> str:
    post = (await session.scalars(select(Post).where(Post.id == 1))).one()
    return post.author.name  # expect: BR-ASYNC-001


# use
from api import show, show_anonymous, show_other
from deps import find_user
from sqlalchemy.ext.asyncio import AsyncSession


async def showing(session: AsyncSession) -> str:
    return await show(session, await find_user(session))


async def showing_other(session: AsyncSession) -> str:
    return await show_other(session, await find_user(session))


async def showing_anonymous(session: AsyncSession) -> str:
    return await show_anonymous(session)
