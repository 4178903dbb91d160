"""Patterns of paths, with the meaning that they have in `.gitignore`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from pathspec import GitIgnoreSpec
from pydantic_core import PydanticCustomError

MAX_GLOB = 200
"""Characters."""
MAX_STARS = 10
"""In one pattern: each of them multiplies what a long path costs."""
STARS = re.compile(r"\*+")


def check_glob(pattern: str) -> str:
    """A pattern that can match something; for pydantic."""
    if len(pattern) > MAX_GLOB or len(STARS.findall(pattern)) > MAX_STARS:
        raise PydanticCustomError("glob", "is too long or has too many stars")
    try:
        compiled = _compiled((pattern,))
    except (ValueError, re.error):
        raise PydanticCustomError("glob", "is no pattern as in `.gitignore`") from None
    if not any(part.include is not None for part in compiled.patterns):
        raise PydanticCustomError("glob", "matches nothing")
    return pattern


class Globs:
    """`include` without `exclude`; paths are POSIX and relative to the root of the repository."""

    def __init__(self, include: Iterable[str], exclude: Iterable[str]) -> None:
        self._include = _compiled(tuple(include))
        self._exclude = _compiled(tuple(exclude))

    def __contains__(self, path: str) -> bool:
        return self._include.match_file(path) and not self._exclude.match_file(path)


@lru_cache(maxsize=64)
def _compiled(patterns: tuple[str, ...]) -> GitIgnoreSpec:
    return GitIgnoreSpec.from_lines(patterns)
