"""Which files hold tests, by the conventions of pytest and unittest."""

from __future__ import annotations

from fnmatch import fnmatchcase

_FOLDERS = frozenset({"test", "tests"})
_FILES = ("test_*.py", "*_test.py", "conftest.py")


def is_test_code(path: str) -> bool:
    """Whether the file at a POSIX path relative to the project belongs to its test suite."""
    *folders, name = path.split("/")
    return not _FOLDERS.isdisjoint(folders) or any(fnmatchcase(name, pattern) for pattern in _FILES)
