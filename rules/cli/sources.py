"""The text of the checked files, line by line, for excerpts and diffs."""

from __future__ import annotations

import io
import re
import tokenize
from functools import cached_property

from rules.project import Project

_NEWLINE = re.compile(r"\r\n|\r|\n")


class SourceText:
    """One file's text with its own line ends, and the way back to bytes in its own encoding."""

    def __init__(self, path: str, data: bytes) -> None:
        self._encoding = _encoding(path, data)
        self.text = data.decode(self._encoding, "surrogateescape")

    @cached_property
    def lines(self) -> list[str]:
        """Line 1 is at index 0; without line ends."""
        return _NEWLINE.split(self.text)

    def encode(self, text: str) -> bytes:
        return text.encode(self._encoding, "surrogateescape")


class Sources:
    """The files of a project, and how their paths are shown."""

    def __init__(self, project: Project, prefix: str = "") -> None:
        self._project = project
        self._prefix = prefix
        self._known = frozenset(project.paths())
        self._read: dict[str, SourceText] = {}

    def __contains__(self, path: str) -> bool:
        return path in self._known

    def shown(self, path: str) -> str:
        return f"{self._prefix}{path}"

    def __getitem__(self, path: str) -> SourceText:
        """Empty for a path that is not a file of the project, such as a missing manifest."""
        if path not in self._read:
            self._read[path] = SourceText(path, self._project.read(path) if path in self._known else b"")
        return self._read[path]

    def line(self, path: str, number: int) -> str | None:
        lines = self[path].lines
        return lines[number - 1] if path in self and 0 < number <= len(lines) else None


def _encoding(path: str, data: bytes) -> str:
    if path.endswith((".py", ".pyi")):
        try:
            return tokenize.detect_encoding(io.BytesIO(data).readline)[0]
        except SyntaxError:
            return "utf-8"
    return "utf-8-sig" if data.startswith(b"\xef\xbb\xbf") else "utf-8"
