"""Which Python files, and which of their lines, can use asyncio, a driver or a URL: a search before any parsing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rules.dependencies.urls import DIALECTS

_NEEDLES = (
    "ext.asyncio",
    "sqlalchemy.ext import",
    "sqlmodel.ext import",
    "create_async_engine",
    "create_engine",
    "engine_from_config",
    "AsyncSession(",
    "AsyncEngine(",
    "async_sessionmaker(",
    "async_scoped_session(",
    "asyncpg",
    "psycopg",
    "aiosqlite",
    "aiomysql",
    "asyncmy",
    "aioodbc",
    "oracledb",
)
"""Texts without which a file, or a line, is of no interest; the other ones are those of URLs."""
_NEEDLES_AS_BYTES = tuple(needle.encode() for needle in _NEEDLES)
_URL = re.compile(rf"(?:{'|'.join(DIALECTS)})(?:\+\w+)?\Z")
_LONGEST_SCHEME = 40
_OWN_DEPENDENCIES = re.compile(rb"^# /// script\s*$", re.MULTILINE)
"""A script that declares its requirements itself (PEP 723)."""


def may_be_of_interest(data: bytes) -> bool:
    """Whether a Python file can use anything that matters here, judged by its bytes alone."""
    if b"# /// script" in data and _OWN_DEPENDENCIES.search(data):
        return False
    return any(needle in data for needle in _NEEDLES_AS_BYTES) or (b"://" in data and _has_url(data))


def _has_url(data: bytes) -> bool:
    return any(dialect.encode() in data for dialect in DIALECTS)


def lines_of_interest(text: str) -> Iterator[int]:
    """In ascending order, some of them several times."""
    found = sorted(at for needle in (*_NEEDLES, "://") for at in _occurrences(text, needle))
    line, last = 1, 0
    for at in found:
        line += text.count("\n", last, at)
        last = at
        yield line


def _occurrences(text: str, needle: str) -> Iterator[int]:
    at = text.find(needle)
    while at >= 0:
        if needle != "://" or _URL.search(text, max(at - _LONGEST_SCHEME, 0), at):
            yield at
        at = text.find(needle, at + len(needle))
