"""How long a line of a project may be: as it configures ruff or black."""

from __future__ import annotations

import re

from rules.dependencies.parse import NoManifest
from rules.dependencies.toml_text import load
from rules.project import Project

_DEFAULT_WIDTH, _WIDEST = 88, 120


def line_width(project: Project, path: str, text: str) -> int:
    """What the nearest configuration says; else the longest line of code that the file has, from 88 to 120."""
    paths = set(project.paths())
    folder = path
    while folder:
        folder = folder.rpartition("/")[0]
        for name in ("ruff.toml", ".ruff.toml", "pyproject.toml"):
            settings = f"{folder}/{name}".lstrip("/")
            if settings in paths and (width := _configured(project.read(settings))):
                return width
    longest = max((len(line) for line in text.split("\n") if not _is_text(line)), default=0)
    return max(_DEFAULT_WIDTH, min(longest, _WIDEST))


def _configured(data: bytes) -> int | None:
    try:
        settings = load(data.decode())
    except (NoManifest, UnicodeDecodeError):
        return None
    tool = settings.get("tool", {})
    for found in (settings, *(tool.get(name, {}) for name in ("ruff", "black") if isinstance(tool, dict))):
        width = found.get("line-length") if isinstance(found, dict) else None
        if isinstance(width, int) and width > 0:
            return width
    return None


def _is_text(line: str) -> bool:
    """Comments and long strings tell nothing about the width of code."""
    return bool(re.match(r"""\s*(?:#|[rbfuRBFU]{0,2}["'])""", line)) or "://" in line
