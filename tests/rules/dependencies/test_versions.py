"""Which SQLAlchemy the engine takes code to run on, by what manifests and locks say."""

from __future__ import annotations

import pytest

from rules.dependencies import DeclaredVersions, Tree
from rules.project import MemoryProject

LOCK = """\
version = 1

[[package]]
name = "app"
version = "1"
source = {{ virtual = "." }}
dependencies = [{{ name = "sqlalchemy" }}]

[[package]]
name = "sqlalchemy"
version = "{version}"
source = {{ registry = "https://pypi.org/simple" }}
"""
PYPROJECT = '[project]\nname = "app"\nversion = "1"\ndependencies = ["sqlalchemy>=2.0"]\n'


def version_of(path: str, files: dict[str, str]) -> tuple[int, int] | None:
    return DeclaredVersions(Tree(MemoryProject(files))).of(path)


@pytest.mark.parametrize(
    ("line", "version"),
    [
        ("sqlalchemy==2.0.58", (2, 0)),
        ("sqlalchemy==2.1.9", (2, 1)),
        ("sqlalchemy~=2.1.0", (2, 1)),
        ("sqlalchemy>=2.0", (2, 0)),
        ("sqlalchemy>=2.1,<3", (2, 1)),
        ("sqlalchemy>=1.4", (1, 4)),
        ("sqlalchemy>=2.0,!=2.0.*", (2, 1)),
        ("sqlalchemy==2.2.0", (2, 2)),
        ("sqlalchemy>=2.1; python_version >= '3.11'", (2, 1)),
        ("sqlmodel==0.0.40", (2, 0)),
        ("sqlmodel>=0.0.48\nsqlalchemy>=2.1", (2, 1)),
        ("sqlalchemy", None),
        ("sqlalchemy @ git+https://github.com/sqlalchemy/sqlalchemy", None),
        ("django", None),
    ],
)
def test_oldest_version_that_a_line_admits(line: str, version: tuple[int, int] | None) -> None:
    assert version_of("main.py", {"requirements.txt": f"{line}\n"}) == version


@pytest.mark.parametrize(("locked", "version"), [("2.0.58", (2, 0)), ("2.1.9", (2, 1))])
def test_lock_is_exact(locked: str, version: tuple[int, int]) -> None:
    files = {"pyproject.toml": PYPROJECT, "uv.lock": LOCK.format(version=locked)}
    assert version_of("src/app/main.py", files) == version


def test_constraints_narrow() -> None:
    files = {"requirements.txt": "-c limits.txt\nsqlalchemy>=2.0\n", "limits.txt": "sqlalchemy>=2.1\n"}
    assert version_of("main.py", files) == (2, 1)


def test_oldest_of_several_ways_to_install() -> None:
    files = {"requirements.txt": "sqlalchemy==2.1.9\n", "requirements-legacy.txt": "sqlalchemy==2.0.58\n"}
    assert version_of("main.py", files) == (2, 0)


def test_development_counts_where_nothing_else_tells() -> None:
    assert version_of("main.py", {"requirements-dev.txt": "sqlalchemy==2.0.58\n"}) == (2, 0)
    files = {"requirements.txt": "sqlalchemy==2.1.9\n", "requirements-dev.txt": "sqlalchemy==2.0.58\n"}
    assert version_of("main.py", files) == (2, 1)


def test_nearest_manifest_that_tells_governs() -> None:
    files = {
        "requirements.txt": "sqlalchemy==2.0.58\n",
        "new/requirements.txt": "sqlalchemy==2.1.9\n",
        "new/tools/pyproject.toml": "[tool.ruff]\nline-length = 100\n",
    }
    assert version_of("old/main.py", files) == (2, 0)
    assert version_of("new/tools/main.py", files) == (2, 1)


def test_code_that_no_manifest_governs_has_to_suit_all() -> None:
    files = {"a/requirements.txt": "sqlalchemy==2.1.9\n", "b/requirements.txt": "sqlalchemy==2.0.58\n"}
    assert version_of("shared/main.py", files) == (2, 0)


def test_no_manifest_says_nothing() -> None:
    assert version_of("main.py", {"main.py": ""}) is None
