"""The user that fastapi-users gives comes from its own query, which loads nothing but columns."""

# prelude

# file: api.py
from fastapi import APIRouter, Depends
from fastapi_users import FastAPIUsers
from models import User
from sqlalchemy.ext.asyncio import AsyncSession

from database import get_session, get_user_manager

users = FastAPIUsers(get_user_manager, [])
current_user = users.current_user(active=True)
router = APIRouter()


def titles(user: User) -> list[str]:
    return [post.title for post in user.posts]  # expect: BR-ASYNC-001 medium


@router.get("/")
async def show(session: AsyncSession = Depends(get_session), user: User = Depends(current_user)) -> list[str]:
    return titles(user)


@router.get("/loaded")
async def loaded(session: AsyncSession = Depends(get_session), user: User = Depends(current_user)) -> list[str]:
    await session.refresh(user, ["posts"])
    return [post.title for post in user.posts]


@router.get("/name")
async def name(user: User = Depends(current_user)) -> str:
    return user.name


# not run: fastapi-users is not installed
