"""What `dump` shows of each stage, on a project of three files."""

from __future__ import annotations

import pytest

from rules.analyze import dump
from rules.project import MemoryProject

MODELS = """\
from sqlalchemy import ForeignKey, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    seen_at: Mapped[str] = mapped_column(server_default=func.now(), onupdate=func.now())
    posts: Mapped[list["Post"]] = relationship(back_populates="user")


class Post(Base):
    __tablename__ = "posts"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    title: Mapped[str]
    user: Mapped["User"] = relationship(back_populates="posts", lazy="joined")
"""
SERVICE = """\
from sqlalchemy.ext.asyncio import AsyncSession
from models import User
import os.path
import logging as log

LIMIT = 3


class Users:
    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def find(self, key: int, *, strict: bool = True) -> User:
        return await self.session.get_one(User, key)


async def show(session: AsyncSession, key: int) -> list[str]:
    from helpers import titles

    user = await Users(session).find(key)
    return titles(user)


def add(left: int, *rest: int, **more: int) -> int:
    return left


def unused() -> None:
    add(LIMIT)
"""
HELPERS = """\
def titles(user):
    é = "é"; return [post.title for post in user.posts]
"""
FILES = {"models.py": MODELS, "service.py": SERVICE, "helpers.py": HELPERS, "broken.py": "x = ("}


@pytest.fixture(scope="module")
def project() -> MemoryProject:
    return MemoryProject(FILES)


def test_facts_are_what_each_file_says(project: MemoryProject) -> None:
    told = dump("facts", project)
    service = told[told.index("service.py (") :].split("\n\n")[0]
    assert service.splitlines() == [
        "service.py (29 lines)",
        "  import AsyncSession from sqlalchemy.ext.asyncio",
        "  import User from models",
        "  import logging as log",
        "  import os.path",
        "  6: LIMIT is assigned",
        "  9: class Users()",
        "    10: def Users.__init__(self, session: AsyncSession) -> None",
        "    13: async def Users.find(self, key: int, strict: bool = True) -> User",
        "  17: async def show(session: AsyncSession, key: int) -> list[str]",
        "  24: def add(left: int, *rest: int, **more: int) -> int",
        "  28: def unused() -> None",
    ]


def test_facts_name_what_was_skipped_and_why(project: MemoryProject) -> None:
    told = dump("facts", project)
    assert "\nbroken.py\n  skipped: " in told


def test_index_has_the_models_and_what_of_them_is_not_the_default(project: MemoryProject) -> None:
    assert dump("index", project).split("\n\n") == [
        "models.py:9 User (table users)\n"
        "  id: column, primary_key\n"
        "  seen_at: column, server_default, server_onupdate\n"
        "  posts: collection of Post, back_populates=user",
        "models.py:16 Post (table posts)\n"
        "  id: column, primary_key\n"
        "  user_id: column, foreign_key=users.id\n"
        "  title: column\n"
        "  user: relationship of User, many_to_one, lazy=joined, back_populates=posts, foreign_keys=user_id\n",
    ]


def test_calls_follow_names_across_files(project: MemoryProject) -> None:
    assert dump("calls", project).split("\n\n") == [
        "service.py:13 Users.find\n  class User models.py:9",
        "service.py:17 show\n  titles helpers.py:1\n  class Users service.py:9",
        "service.py:28 unused\n  add service.py:24\n",
    ]


JOBS = """\
class Jobs:
    def run(self):
        self.log()

    def log(self): ...


jobs = Jobs()
"""
START = """\
import service


def start(log):
    import sys as attr

    log(name=service, attr=attr)
    service.jobs.run()
"""


def test_calls_see_self_dotted_names_and_the_only_instance_of_a_class() -> None:
    assert dump("calls", MemoryProject({"service.py": JOBS, "app.py": START})).split("\n\n") == [
        "app.py:4 start\n  Jobs.run service.py:2",
        "service.py:2 Jobs.run\n  Jobs.log service.py:5\n",
    ]


def test_summaries_tell_what_calls_give_and_do(project: MemoryProject) -> None:
    told = dump("summaries", project).split("\n\n")
    assert "service.py:13 Users.find\n  contexts: 1\n  gives persistent User\n  does to its session: query" in told
    assert any(
        block.startswith("helpers.py:1 titles\n  contexts: 1\n")
        and block.endswith("\n  failing reads of what it was given: 1")
        for block in told
    )
    assert told[-1].startswith("run: 4, left out since they cannot matter: 2, not reached: 0\n")


COMMITS = """\
from sqlalchemy.ext.asyncio import AsyncSession
from models import User


async def touch(session: AsyncSession, user: User) -> User:
    user.seen_at = "now"
    await session.commit()
    return user


async def one(session: AsyncSession) -> None:
    await touch(session, await session.get_one(User, 1))


async def two(session: AsyncSession) -> None:
    await touch(session, User())
"""


def test_summaries_count_the_contexts_of_a_function() -> None:
    told = dump("summaries", MemoryProject({"models.py": MODELS, "service.py": COMMITS}))
    (touch,) = [block for block in told.split("\n\n") if block.startswith("service.py:5 touch\n")]
    assert "  contexts: 2" in touch.splitlines()
    assert "  does to its session: commit" in touch.splitlines()
    assert "  gives persistent User (expired" in touch


def test_accesses_tell_the_cause_and_the_way_from_it(project: MemoryProject) -> None:
    assert dump("accesses", project).splitlines() == [
        "helpers.py:2:45 titles: read User.posts, high",
        "  origin: get at service.py:14:22",
        "  cause: query at service.py:14:22",
        "  refresh: session.refresh(user)",
        "  way 1:",
        "    service.py:20:18 returned by `find`",
        "    service.py:21:12 passed to `titles`",
    ]


@pytest.mark.parametrize("stage", ["facts", "index", "calls", "summaries", "accesses"])
def test_the_order_of_the_files_changes_nothing(stage: str, project: MemoryProject) -> None:
    assert dump(stage, MemoryProject(dict(reversed(FILES.items())))) == dump(stage, project)


@pytest.mark.parametrize("stage", ["facts", "index", "calls", "summaries", "accesses"])
def test_a_project_without_code_is_no_error(stage: str) -> None:
    assert isinstance(dump(stage, MemoryProject({"README.md": "Nothing here."})), str)
