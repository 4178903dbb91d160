"""Where the analysis begins: the code's own functions, and tests only where there is nothing else."""

from __future__ import annotations

import pytest

from rules.analyze import analyze
from rules.library.testing import is_test_code
from rules.project import MemoryProject
from tests.rules.models import MODELS

READ = """\
from sqlalchemy.ext.asyncio import AsyncSession

from models import User


async def {name}(session: AsyncSession) -> list[object]:
    user = await session.get(User, 1)
    return list(user.posts)
"""


@pytest.mark.parametrize(
    ("path", "is_test"),
    [
        ("tests/users.py", True),
        ("app/test/users.py", True),
        ("app/test_users.py", True),
        ("app/users_test.py", True),
        ("conftest.py", True),
        ("app/users.py", False),
        ("app/contest.py", False),
        ("testing/users.py", False),
        ("latest/users.py", False),
    ],
)
def test_tests_are_told_by_their_place_and_name(path: str, is_test: bool) -> None:
    assert is_test_code(path) is is_test


def test_code_is_told_and_its_tests_are_not() -> None:
    files = {"models.py": MODELS, "users.py": READ.format(name="show"), "tests/test_users.py": READ.format(name="test")}
    assert {finding.location.path for finding in analyze(MemoryProject(files)).findings} == {"users.py"}


def test_tests_alone_are_code_like_any_other() -> None:
    files = {
        "tests/models.py": MODELS,
        "tests/test_users.py": READ.format(name="test").replace("models", "tests.models"),
    }
    assert {finding.location.path for finding in analyze(MemoryProject(files)).findings} == {"tests/test_users.py"}


def test_what_a_test_calls_is_checked_from_the_code() -> None:
    """The helper is an entry point of its own; the test that gives it a loaded user changes nothing."""
    files = {
        "models.py": MODELS,
        "users.py": READ.format(name="show"),
        "tests/test_users.py": "from users import show\n\n\nasync def test(session):\n    await show(session)\n",
    }
    found = analyze(MemoryProject(files)).findings
    assert [(finding.location.path, len(finding.reads)) for finding in found] == [("users.py", 1)]
