"""Runs `check` in process, on the tests' small engine, as a user would type it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from rules.cli.arguments import check_options, parser
from rules.cli.check import check
from rules.cli.checked import Analyze
from tests.rules.cli.engine import analyze

SNAPSHOTS = Path(__file__).with_name("snapshots")
SERVICE = """\
async def show(session, user_id):
    user = await session.get(User, user_id)
    return titles(user)


def titles(user):
    return [post.title for post in user.posts]
"""
REPAIRED = SERVICE.replace("user_id)\n    return", "user_id, options=[selectinload(User.posts)])\n    return")


@dataclass(frozen=True)
class Ran:
    status: int
    out: str
    err: str


class Command:
    """`check` in a folder of its own."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys

    def __call__(self, *arguments: str, engine: Analyze = analyze) -> Ran:
        status = check(check_options(parser().parse_args(["check", *arguments])), engine)
        captured = self._capsys.readouterr()
        return Ran(status, captured.out, captured.err)

    def write(self, path: str, content: str | bytes) -> Path:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file


def assert_snapshot(name: str, text: str) -> None:
    """Compares with the file beside the tests; `UPDATE_SNAPSHOTS=1` writes what is seen now, to be reviewed."""
    file = SNAPSHOTS / name
    if os.environ.get("UPDATE_SNAPSHOTS"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert file.read_text(encoding="utf-8") == text
