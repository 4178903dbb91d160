"""The command as a process: exit statuses, messages, and what is imported."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from rules.__main__ import main

ROOT = Path(__file__).parents[3]
APPLICATION = """\
from sqlalchemy import ForeignKey
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    posts: Mapped[list["Post"]] = relationship()


class Post(Base):
    __tablename__ = "posts"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    title: Mapped[str]


async def show(session: AsyncSession, user_id: int) -> list[str]:
    user = await session.get_one(User, user_id)
    return titles(user)


def titles(user: User) -> list[str]:
    # 日本
    return [post.title for post in user.posts]
"""
HEAVY = {"libcst", "rich", "jinja2", "tree_sitter", "tomlkit", "packaging", "sqlalchemy", "pydantic"}


def run(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100"}
    command = [sys.executable, "-m", "rules", *arguments]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["check", "nowhere"], "greenlatch: error: `nowhere` does not exist [no-such-path]\n  hint: give a file or "),
        (["check", "--format", "xml"], "invalid choice: 'xml'"),
        (["explain", "BR-SUP-002"], "greenlatch: error: `BR-SUP-002` is not a rule of Greenlatch [unknown-rule]\n"),
        ([], "the following arguments are required: COMMAND"),
        (["fly"], "invalid choice: 'fly'"),
    ],
)
def test_what_cannot_be_done_is_status_2_and_a_message(arguments: list[str], message: str) -> None:
    ran = run(*arguments)
    assert ran.returncode == 2
    assert message in ran.stderr
    assert "Traceback" not in ran.stderr
    assert ran.stdout == ""


def test_version_is_the_projects(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert capsys.readouterr().out == f"greenlatch {project['version']}\n"


def test_help_names_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["check", "--help"])
    shown = capsys.readouterr().out
    options = "format select ignore base fix unsafe-fixes diff output min-confidence exit-zero statistics color"
    assert [name for name in options.split() if f"--{name} " not in shown and f"--{name}\n" not in shown] == []


def test_starting_imports_nothing_heavy() -> None:
    script = (
        "import sys, rules.__main__ as m, rules.cli.check, rules.cli.formats.text, rules.cli.formats.json\n"
        f"print(*({HEAVY!r} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == ""


@pytest.fixture
def application(tmp_path: Path) -> Path:
    (tmp_path / "requirements.txt").write_text("sqlalchemy[asyncio]==2.0.44\n")
    (tmp_path / "app.py").write_text(APPLICATION)
    return tmp_path


def test_check_finds_a_bug(application: Path) -> None:
    """The real engine through the real command."""
    ran = run("check", str(application))
    assert f"{application}/app.py:30:36 BR-ASYNC-001 " in ran.stdout, ran.stderr
    assert ran.returncode == 1


def test_repaired_bug_is_found_no_more(application: Path) -> None:
    assert run("check", "--fix", str(application)).returncode == 0
    assert (application / "app.py").read_text() != APPLICATION
    assert run("check", str(application)).returncode == 0


def test_reader_that_leaves_early_is_no_error() -> None:
    command = [sys.executable, "-c", "import sys, rules.__main__ as m; sys.exit(m.main(['explain', 'BR-SUP-001']))"]
    reading, writing = os.pipe()
    os.close(reading)
    ran = subprocess.run(command, cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, text=True, timeout=60)
    os.close(writing)
    assert (ran.returncode, ran.stderr) == (141, "")


def test_disk_that_is_full_is_one_clear_error() -> None:
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run([sys.executable, "-m", "rules", "list"], cwd=ROOT, stdout=full, stderr=subprocess.PIPE)
    message = b"greenlatch: error: standard output cannot be written: No space left on device [cannot-write]\n"
    assert (ran.returncode, ran.stderr) == (2, message)


def test_closed_output_is_no_error() -> None:
    ran = subprocess.run(
        ["sh", "-c", '"$0" -m rules list >&-', sys.executable], cwd=ROOT, stderr=subprocess.PIPE, timeout=60
    )
    assert (ran.returncode, ran.stderr) == (0, b"")


def test_encoding_without_the_characters_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "日本.py").write_text("x = (")
    ran = subprocess.run(
        [sys.executable, "-m", "rules", "check", "."],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        timeout=60,
    )
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert b"\\u65e5\\u672c.py: " in ran.stdout


def test_interrupt_ends_quietly(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(arguments: object) -> int:
        signal.raise_signal(signal.SIGINT)
        return 0

    monkeypatch.setattr("rules.__main__.run", interrupted)
    assert main(["check"]) == 130
    assert capsys.readouterr() == ("", "")


def test_crash_of_ours_is_never_status_1(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def crash(arguments: object) -> int:
        raise LookupError("a bug")

    monkeypatch.setattr("rules.__main__.run", crash)
    assert main(["check"]) == 2
    shown = capsys.readouterr().err
    assert "LookupError: a bug" in shown
    assert "[internal-error]" in shown
