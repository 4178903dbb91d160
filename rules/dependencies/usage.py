"""What the files of a tree use; `usage_of` reads one of them and can be cached by its blob id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rules.dependencies.extract import python_usage
from rules.dependencies.places import is_place, place_usage
from rules.dependencies.used import EMPTY, AsyncUse, EngineCall, FileUsage, Rewrite, UrlRole, UrlUse
from rules.project import Project
from rules.source.syntax import Parsed

__all__ = [
    "AsyncUse",
    "EngineCall",
    "FileUsage",
    "Rewrite",
    "UrlRole",
    "UrlUse",
    "Usage",
    "collect",
    "is_used",
    "usage_of",
]


@dataclass(frozen=True, slots=True)
class Usage:
    """What each file uses, by path. Files that use nothing need not be named."""

    files: Mapping[str, FileUsage] = field(default_factory=dict)

    def replaced(self, changed: Mapping[str, FileUsage]) -> Usage:
        return Usage({**self.files, **changed})


def is_used(path: str) -> bool:
    """Whether `usage_of` finds anything in files of that name."""
    return path.endswith(".py") or is_place(path)


def usage_of(path: str, data: bytes, parsed: Parsed | None = None) -> FileUsage:
    """What one file uses. Of `path`, only the name matters: whether it is Python or a place for URLs.

    `parsed` spares parsing a Python file again. A file that cannot be read uses nothing.
    """
    if path.endswith(".py"):
        return python_usage(data, parsed)
    return place_usage(data) if is_place(path) else EMPTY


def collect(project: Project) -> Usage:
    """Reads every file of a tree, without a cache."""
    return Usage({path: usage_of(path, project.read(path)) for path in project.paths() if is_used(path)})
