"""Outside of Python: database URLs in environment files, `alembic.ini`, compose files, Dockerfiles and workflows, and
drivers that the last two and `tox.ini` install by name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from rules.dependencies.parse import normalise
from rules.dependencies.urls import URL, drivers, family, named_in
from rules.dependencies.used import EMPTY, FileUsage, UrlRole, UrlUse

_PLACE = re.compile(
    r"(?:[\w.-]*\.)?env(?:\.[\w.-]+)?|[\w-]*\.env[\w.-]*|alembic[\w.-]*\.ini|[\w.-]*compose[\w.-]*\.ya?ml"
    r"|tox\.ini|(?:[\w.-]*[-_.])?Dockerfile(?:[-_.][\w.-]*)?|[\w.-]*config[\w.-]*\.ya?ml|settings\.(?:toml|ya?ml)"
)
_WORKFLOW = re.compile(r"(^|/)\.github/workflows/[^/]+\.ya?ml$")
_LARGEST = 256 * 1024
_NEEDLES = (b"://", b"async", b"aio", b"psycopg", b"oracledb")
_INSTALL = re.compile(r"(?:pip3?\s+install|(?:uv|poetry|pdm)\s+add|conda\s+install|--with)[\s=]([^\n;&|]*)")
_ALONE = re.compile(
    r"^[ \t]+(?:[\w,-]+:[ \t]*)?([A-Za-z][\w.-]*(?:\[[^\]\n]*\])?)(?:[ \t]*[<>=~!][^\n]*)?[ \t]*$", re.MULTILINE
)
"""A line of `deps` in `tox.ini`."""
_CONTINUED = re.compile(r"\\\r?\n")
_NAME = re.compile(r"[\"']?([A-Za-z][\w.-]*)")
_KEY = re.compile(r"([A-Za-z_][\w.]*)[\"']?\s*[:=]\s*[\"']?(?:\$\{\w+:-)?$")


def is_place(path: str) -> bool:
    """Whether a path names a file in which applications write their URL."""
    return bool(_PLACE.fullmatch(path.rpartition("/")[2]) or _WORKFLOW.search(path))


def place_usage(data: bytes) -> FileUsage:
    """The URLs of one such file; what is commented out is only a mention."""
    if len(data) > _LARGEST or not any(needle in data for needle in _NEEDLES):
        return EMPTY
    urls: list[UrlUse] = []
    mentions: set[str] = set()
    text = data.decode("utf-8", "replace")
    for number, line in enumerate(text.splitlines(), start=1):
        urls.extend(_urls(line, number))
        mentions.update(named_in(line))
    return FileUsage(urls=tuple(urls), mentions=tuple(sorted(mentions)), installs=tuple(sorted(set(_installed(text)))))


def _installed(text: str) -> Iterator[str]:
    """The packages of asynchronous drivers that `pip install` and its kin are given by name."""
    joined = _CONTINUED.sub(" ", text)
    for command in (*_INSTALL.finditer(joined), *_ALONE.finditer(joined)):
        for word in command[1].split():
            name = _NAME.match(word)
            if name and normalise(name[1]) in _packages():
                yield normalise(name[1])


@cache
def _packages() -> frozenset[str]:
    return frozenset(driver.package for driver in drivers().values() if driver.awaits)


def _urls(line: str, number: int) -> Iterator[UrlUse]:
    for found in URL.finditer(line):
        before = line[: found.start()]
        key = _KEY.search(before)
        comment = before.lstrip().startswith(("#", ";", "//")) or " #" in before
        role = UrlRole.VALUE if key and not comment else UrlRole.MENTION
        yield UrlUse(family(found[1]), found[2] or "", role, key[1].lower() if key else "", number, found.start() + 1)
