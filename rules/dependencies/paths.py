"""Paths inside the checked tree: POSIX, relative to its root, never outside of it."""

from __future__ import annotations

import posixpath

OUTSIDE = ".."
"""What stands for every path that leaves the tree."""


def folder_of(path: str) -> str:
    return path.rpartition("/")[0]


def join(path: str, relative: str) -> str:
    """The path that `relative` names in the file `path`; `OUTSIDE` when it leaves the tree, '.' for its root."""
    relative = relative.replace("\\", "/")
    if relative.startswith(("/", "~")) or ":" in relative.partition("/")[0] or "\0" in relative:
        return OUTSIDE
    joined = posixpath.normpath(posixpath.join(folder_of(path), relative))
    return OUTSIDE if joined == ".." or joined.startswith("../") else joined


def is_below(path: str, folder: str) -> bool:
    """Whether a path lies in a folder ('' or '.' is the root) or below it."""
    return folder in {"", "."} or path == folder or path.startswith(f"{folder}/")
