"""Database URLs in text: how they are found, and what their schemes mean."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from packaging.version import Version

DIALECTS = ("postgresql", "postgres", "mysql", "mariadb", "sqlite", "oracle", "mssql", "cockroachdb")
SCHEME = re.compile(rf"({'|'.join(DIALECTS)})(?:\+(\w+))?")
URL = re.compile(rf"(?<![\w+])({'|'.join(DIALECTS)})(?:\+(\w+))?://")
_ALIASES = {"postgres": "postgresql", "cockroachdb": "postgresql"}


@dataclass(frozen=True, slots=True)
class Driver:
    """What one scheme's second half needs."""

    name: str
    dialects: tuple[str, ...]
    package: str
    """The normalised name of what has to be installed; '' where Python brings it."""
    awaits: bool
    """Works under an asynchronous engine."""
    only: bool
    """Works under nothing else."""


@cache
def drivers() -> dict[str, Driver]:
    """Every driver that is known, by name."""
    return {
        row["name"]: Driver(
            row["name"],
            tuple(row["dialects"]),
            row.get("package", ""),
            row.get("awaits", False),
            row.get("only", False),
        )
        for row in _data()["driver"]
    }


def default_driver(dialect: str, sqlalchemy: str) -> str:
    """The driver of a URL that names none, under a version of SQLAlchemy ('' for the newest); '' when unknown."""
    found = ""
    for row in _data()["default"]:
        since = row.get("since")
        if row["dialect"] == family(dialect) and not (since and sqlalchemy and Version(sqlalchemy) < Version(since)):
            found = row["driver"]
    return found


def family(dialect: str) -> str:
    """`postgres` is `postgresql`."""
    return _ALIASES.get(dialect, dialect)


@cache
def names() -> re.Pattern[str]:
    """Finds the name of an asynchronous driver in any text."""
    wanted = sorted(driver.name for driver in drivers().values() if driver.awaits)
    return re.compile(rf"(?<![A-Za-z0-9])({'|'.join(wanted)})(?![A-Za-z0-9])")


def named_in(text: str) -> Iterator[str]:
    for found in names().finditer(text):
        yield found[1]


@cache
def _data() -> dict[str, list[dict[str, Any]]]:
    text = resources.files("rules.dependencies").joinpath("data", "drivers.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
