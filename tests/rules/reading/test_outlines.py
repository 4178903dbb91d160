"""Tests are read as outlines: what their code says is wanted only where other code imports it."""

from __future__ import annotations

import pytest

from rules.analyze import analyze
from rules.project import MemoryProject
from rules.reading import Memory, read_files

APP = b"""
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy import select
from app.models import User

async def show(session: AsyncSession):
    for user in await session.scalars(select(User)):
        posts_of(user)
"""
MODELS = b"""
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

class Base(DeclarativeBase): ...

class Post(Base):
    __tablename__ = "post"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))

class User(Base):
    __tablename__ = "user"
    id: Mapped[int] = mapped_column(primary_key=True)
    posts: Mapped[list[Post]] = relationship()
"""
HELPERS = b"def posts_of(user):\n    return user.posts\n"
IMPORTS = {
    "from tests.helpers import posts_of": "tests/helpers.py",
    "from .tests.helpers import posts_of": "app/tests/helpers.py",
    "from tests.more import *": "tests/helpers.py",
    "from app.test_helpers import posts_of": "app/test_helpers.py",
    "from shop.app.tests.helpers import posts_of": "app/tests/helpers.py",
}


def functions(files: dict[str, bytes]) -> dict[str, list[str]]:
    return {facts.path: list(facts.functions) for facts in read_files(MemoryProject(files), Memory()).facts}


@pytest.mark.parametrize(("statement", "path"), IMPORTS.items())
def test_a_test_that_other_code_imports_is_read_whole(statement: str, path: str) -> None:
    files = {
        "__init__.py": b"",
        "app/main.py": statement.encode() + APP,
        "app/models.py": MODELS,
        "tests/more.py": b"from tests.helpers import posts_of\n",
        path: HELPERS,
    }

    (finding,) = analyze(MemoryProject(files), fixes=False).findings

    assert finding.location.path == path


def test_any_other_test_is_an_outline() -> None:
    assert functions({"app.py": HELPERS, "test_app.py": HELPERS, "tests/deep/conftest.py": b"def (:"}) == {
        "app.py": ["posts_of"],
        "test_app.py": [],
        "tests/deep/conftest.py": [],
    }


def test_a_project_of_nothing_but_tests_is_read_whole() -> None:
    assert functions({"tests/test_app.py": HELPERS, "tests/data.json": b"{}"}) == {"tests/test_app.py": ["posts_of"]}


def test_comments_in_tests_are_known() -> None:
    files = {"app.py": HELPERS, "test_app.py": b"x = 1  # greenlatch: ignore[BR-ASYNC-001] no\n"}

    (finding,) = analyze(MemoryProject(files), fixes=False).findings

    assert (finding.rule, finding.location.path) == ("BR-SUP-001", "test_app.py")
