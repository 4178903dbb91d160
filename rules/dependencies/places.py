"""Database URLs outside of Python: environment files, `alembic.ini`, compose files, Dockerfiles and workflows."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rules.dependencies.urls import URL, family, named_in
from rules.dependencies.used import EMPTY, FileUsage, UrlRole, UrlUse

_PLACE = re.compile(
    r"(?:[\w.-]*\.)?env(?:\.[\w.-]+)?|[\w-]*\.env[\w.-]*|alembic[\w.-]*\.ini|[\w.-]*compose[\w.-]*\.ya?ml"
    r"|(?:[\w.-]*[-_.])?Dockerfile(?:[-_.][\w.-]*)?|[\w.-]*config[\w.-]*\.ya?ml|settings\.(?:toml|ya?ml)"
)
_WORKFLOW = re.compile(r"(^|/)\.github/workflows/[^/]+\.ya?ml$")
_LARGEST = 256 * 1024
_KEY = re.compile(r"([A-Za-z_][\w.]*)[\"']?\s*[:=]\s*[\"']?(?:\$\{\w+:-)?$")


def is_place(path: str) -> bool:
    """Whether a path names a file in which applications write their URL."""
    return bool(_PLACE.fullmatch(path.rpartition("/")[2]) or _WORKFLOW.search(path))


def place_usage(data: bytes) -> FileUsage:
    """The URLs of one such file; what is commented out is only a mention."""
    if len(data) > _LARGEST or (b"://" not in data and b"async" not in data and b"aio" not in data):
        return EMPTY
    urls: list[UrlUse] = []
    mentions: set[str] = set()
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), start=1):
        urls.extend(_urls(line, number))
        mentions.update(named_in(line))
    return FileUsage(urls=tuple(urls), mentions=tuple(sorted(mentions)))


def _urls(line: str, number: int) -> Iterator[UrlUse]:
    for found in URL.finditer(line):
        before = line[: found.start()]
        key = _KEY.search(before)
        comment = before.lstrip().startswith(("#", ";", "//")) or " #" in before
        role = UrlRole.VALUE if key and not comment else UrlRole.MENTION
        yield UrlUse(family(found[1]), found[2] or "", role, key[1].lower() if key else "", number, found.start() + 1)
