"""Code that fails on SQLAlchemy, fixed, and run again."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy.exc import NoResultFound, SQLAlchemyError
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

from rules.fixes.recipe import (
    AddLoaderOption,
    AwaitAttribute,
    GiveCollection,
    KeepOnCommit,
    KeepValue,
    Recipe,
    RefreshInstance,
    Statement,
)
from tests.rules.fixes.planning import fixed, step

pytestmark = pytest.mark.filterwarnings("ignore:coroutine 'Connection.cursor' was never awaited:RuntimeWarning")

MODELS = """\
from sqlalchemy import ForeignKey, func, insert, select
from sqlalchemy.ext.asyncio import AsyncAttrs, AsyncSession, async_sessionmaker
from sqlalchemy.orm import DeclarativeBase, Mapped, joinedload, mapped_column, relationship, selectinload


class Base(AsyncAttrs, DeclarativeBase):
    id: Mapped[int] = mapped_column(primary_key=True)


class User(Base):
    __tablename__ = "user"
    name: Mapped[str] = mapped_column(default="a")
    changed: Mapped[str] = mapped_column(server_default=func.now(), onupdate=func.now())
    posts: Mapped[list["Post"]] = relationship(back_populates="user")


class Post(Base):
    __tablename__ = "post"
    title: Mapped[str] = mapped_column(default="t")
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    user: Mapped[User | None] = relationship(back_populates="posts")
    tags: Mapped[list["Tag"]] = relationship()
    notes: Mapped[list["Note"]] = relationship()


class Tag(Base):
    __tablename__ = "tag"
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))


class Note(Base):
    __tablename__ = "note"
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))


"""
POSTS = step("User", "posts", many=True, module="app.repository")
TAGS = step("Post", "tags", many=True, module="app.repository")
NOTES = step("Post", "notes", many=True, module="app.repository")


def load(statement: Statement, *path: Any) -> Callable[..., Recipe]:
    return lambda place: AddLoaderOption(statement, place, path, "id")


CASES = {
    "select": (
        load(Statement.SELECT, POSTS),
        "user = (await db.scalars(«select(User)».where(User.id == 1))).one()\nreturn len(user.posts)",
    ),
    "select with a path": (
        load(Statement.SELECT, POSTS, TAGS),
        "user = (await db.scalars(«select(User)».limit(1))).one()\nreturn len(user.posts[0].tags)",
    ),
    "select, continued": (
        load(Statement.SELECT, POSTS, TAGS),
        "user = await db.scalar(«select(User)».options(selectinload(User.posts).load_only(Post.title)))\n"
        "return len(user.posts[0].tags)",
    ),
    "select, continued beside": (
        load(Statement.SELECT, POSTS, TAGS),
        "user = await db.scalar(«select(User)».options(selectinload(User.posts).selectinload(Post.notes)))\n"
        "return len(user.posts[0].notes) + len(user.posts[0].tags)",
    ),
    "option, continued inside": (
        load(Statement.OPTION, TAGS),
        "option = «selectinload(User.posts)».selectinload(Post.notes)\n"
        "user = await db.scalar(select(User).options(option))\n"
        "return len(user.posts[0].notes) + len(user.posts[0].tags)",
    ),
    "option, into its options": (
        load(Statement.OPTION, TAGS),
        "option = «selectinload(User.posts)».options(selectinload(Post.notes))\n"
        "user = await db.scalar(select(User).options(option))\n"
        "return len(user.posts[0].notes) + len(user.posts[0].tags)",
    ),
    "insert": (
        load(Statement.SELECT, POSTS),
        "user = (await db.scalars(«insert(User)».values(name='b').returning(User))).one()\nreturn len(user.posts)",
    ),
    "get": (load(Statement.GET, POSTS), "user = await «db.get(User, 1)»\nreturn len(user.posts)"),
    "get of a known object": (
        load(Statement.GET_KNOWN, POSTS),
        "known = await db.scalar(select(User).where(User.id == 1))\n"
        "user = await «db.get(User, known.id)»\nreturn len(user.posts)",
    ),
    "get_one of a known object": (
        load(Statement.GET_KNOWN, POSTS, TAGS),
        "known = await db.scalar(select(User).where(User.id == 1))\n"
        "user = await «db.get_one(User, 1, options=[selectinload(User.posts)])»\nreturn len(user.posts[0].tags)",
    ),
    "refresh with names": (
        load(Statement.REFRESH, POSTS),
        "user = await db.get(User, 1)\nawait «db.refresh(user, ['name'])»\nreturn len(user.posts)",
    ),
    "refresh before": (
        lambda place: RefreshInstance("db", "user", before=place),
        "user = await db.get(User, 1)\nuser.name = 'c'\nawait db.flush()\nif user: return «user.changed»",
    ),
    "refresh after": (
        lambda place: RefreshInstance("db", "user", ("posts",), after=place),
        "user = User()\ndb.add(user)\nawait «db.flush()»; x = 1\nreturn len(user.posts)",
    ),
    "keep": (
        lambda place, *reads: KeepValue("user.name", place, reads),
        "user = await db.get(User, 1)\nawait «db.rollback()»\nreturn f'{«user.name»}'",
    ),
    "await": (AwaitAttribute, "user = await db.get(User, 1)\nreturn [post.id for post in «user.posts»]"),
    "give": (
        lambda place: GiveCollection(place, "posts"),
        "user = «User(name='d')»\ndb.add(user)\nawait db.flush()\nreturn len(user.posts)",
    ),
    "factory": (
        KeepOnCommit,
        "async with «async_sessionmaker(db.bind)»() as own:\n"
        "    user = await own.get(User, 1)\n    await own.commit()\nreturn user.name",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_fixed_code_does_not_fail(name: str) -> None:
    recipe, body = CASES[name]
    source = MODELS + "async def show(db: AsyncSession) -> object:\n"
    source += "".join(f"    {line}\n" for line in body.split("\n"))
    result = fixed(recipe, source)
    assert result is not None
    with pytest.raises(SQLAlchemyError, match=r"greenlet_spawn|not bound to a Session"):
        run(source.replace("«", "").replace("»", ""))
    gc.collect()  # the coroutine that SQLAlchemy could not await goes here, and not in another test
    assert run(result) is not None


def test_get_one_still_fails_without_a_row() -> None:
    source = MODELS + "async def show(db: AsyncSession) -> object:\n    return await «db.get_one(User, 99)»\n"
    result = fixed(load(Statement.GET_KNOWN, POSTS), source)
    assert result is not None
    with pytest.raises(NoResultFound):
        run(result)


def run(source: str) -> object:
    """Runs `show` on a database that holds one user with a post."""
    module = ModuleType("repository")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, module.__name__, module)  # where the annotations of the models are looked up
        exec(compile(source, "app/repository.py", "exec", dont_inherit=True), vars(module))
        return asyncio.run(_run(module))


async def _run(module: ModuleType) -> object:
    engine = create_async_engine("sqlite+aiosqlite://")
    sessions = async_sessionmaker(engine)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(module.Base.metadata.create_all)
        async with sessions.begin() as session:
            session.add(module.User(posts=[module.Post(tags=[module.Tag()], notes=[module.Note()])]))
        async with sessions() as session:
            return await module.show(session)
    finally:
        await engine.dispose()
