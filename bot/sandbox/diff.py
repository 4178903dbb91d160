"""The diff of a pull request as GitHub shows it: files with their patches, hunks, and the lines one may comment on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bot.sandbox.git import GitRepository

MAX_FILE_LINES = 20_000
MAX_FILE_BYTES = 500_000
MAX_TOTAL_LINES = 20_000
MAX_TOTAL_BYTES = 1_000_000
MAX_FILES = 300
"""What the diff media type serves at most."""

_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_STATUS = {"A": "added", "D": "removed", "M": "modified", "R": "renamed", "C": "copied", "T": "changed"}
_OPTIONS = ("--no-color", "--no-ext-diff", "--no-textconv", "--full-index", "--find-renames", "--unified=3")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a patch. `left` and `right` are its numbers in the old and the new file."""

    kind: str
    """' ', '+' or '-'."""
    left: int | None
    right: int | None
    text: str
    position: int
    """Lines below the first hunk header of the file."""


@dataclass(frozen=True, slots=True)
class Hunk:
    header: str
    lines: tuple[Line, ...]
    raw: tuple[str, ...]
    """The patch's own lines, header first, with the marks of a missing newline."""

    def find(self, side: str, number: int) -> Line | None:
        for line in self.lines:
            if number == (line.left if side == "LEFT" else line.right):
                return line
        return None

    def up_to(self, line: Line) -> str:
        """The part of the hunk that GitHub shows above a comment."""
        shown = (f"{each.kind}{each.text}" for each in self.lines if each.position <= line.position)
        return "\n".join((self.header, *shown))


@dataclass(frozen=True, slots=True)
class FileDiff:
    path: str
    previous_path: str | None
    status: str
    blob: str
    additions: int
    deletions: int
    patch: str | None
    """None for binary files, for files without changed lines, and beyond GitHub's limits."""
    hunks: tuple[Hunk, ...] = ()

    def hunk_of(self, side: str, number: int) -> Hunk | None:
        return next((hunk for hunk in self.hunks if hunk.find(side, number)), None)


@dataclass(frozen=True, slots=True)
class Diff:
    files: tuple[FileDiff, ...]
    raw: bytes

    def file(self, path: str) -> FileDiff | None:
        return next((file for file in self.files if file.path == path), None)

    @property
    def lines(self) -> int:
        return self.raw.count(b"\n")


def diff_of(git: GitRepository, old: str, new: str) -> Diff:
    """The diff between two commits (no merge base is looked for)."""
    return _diff_of(str(git.path), old, new)


@lru_cache(maxsize=256)
def _diff_of(path: str, old: str, new: str) -> Diff:
    git = GitRepository(Path(path))
    raw = git.run("diff", *_OPTIONS, old, new)
    entries = _raw_entries(git.run("diff", "-z", "--raw", "--numstat", "--full-index", "--find-renames", old, new))
    patches = _split(raw)
    return Diff(tuple(_within_limits(entries, patches)), raw)


@dataclass(slots=True)
class _Entry:
    status: str
    blob: str
    path: str
    previous_path: str | None
    additions: int = 0
    deletions: int = 0


def _raw_entries(output: bytes) -> list[_Entry]:
    """Both parts of `git diff -z --raw --numstat`; they list the files in one order."""
    tokens = iter(output.decode("utf-8", "replace").split("\0"))
    entries: list[_Entry] = []
    counted = 0
    for token in tokens:
        if token.startswith(":"):
            entries.append(_raw_entry(token, tokens))
        elif token:
            added, deleted, path = token.split("\t", 2)
            if not path:  # a rename: both paths follow
                next(tokens), next(tokens)
            entry = entries[counted]
            entry.additions, entry.deletions = (0 if count == "-" else int(count) for count in (added, deleted))
            counted += 1
    return entries


def _raw_entry(token: str, tokens: Iterator[str]) -> _Entry:
    _, _, old_blob, new_blob, status = token.split(" ")
    path = next(tokens)
    previous, path = (path, next(tokens)) if status[0] in "RC" else (None, path)
    return _Entry(_STATUS[status[0]], old_blob if status == "D" else new_blob, path, previous)


def _split(raw: bytes) -> list[str]:
    """The text of each file's part, from its first hunk header on ('' where there is none)."""
    parts = re.split(rb"(?m)^diff --git ", raw)[1:]
    patches = []
    for part in parts:
        start = re.search(rb"(?m)^@@ ", part)
        patches.append(part[start.start() :].decode("utf-8", "replace").removesuffix("\n") if start else "")
    return patches


def _within_limits(entries: list[_Entry], patches: list[str]) -> Iterator[FileDiff]:
    total_lines = total_bytes = 0
    for entry, patch in zip(entries, patches, strict=True):
        lines, size = patch.count("\n"), len(patch)
        total_lines, total_bytes = total_lines + lines, total_bytes + size
        shown = 0 < size <= MAX_FILE_BYTES and lines <= MAX_FILE_LINES
        shown = shown and total_bytes <= MAX_TOTAL_BYTES and total_lines <= MAX_TOTAL_LINES
        yield FileDiff(
            path=entry.path,
            previous_path=entry.previous_path,
            status=entry.status,
            blob=entry.blob,
            additions=entry.additions,
            deletions=entry.deletions,
            patch=patch if shown else None,
            hunks=tuple(_hunks(patch)) if shown else (),
        )


def _hunks(patch: str) -> Iterator[Hunk]:
    position = 0
    for block in re.split(r"(?m)^(?=@@ )", patch)[1:]:
        raw = block.removesuffix("\n").split("\n")
        match = _HUNK.match(raw[0])
        if match is None:
            raise ValueError(f"git wrote a hunk header of a new kind: {raw[0]!r}")
        lines = list(_lines(raw[1:], int(match[1]), int(match[3]), position))
        yield Hunk(raw[0], tuple(lines), tuple(raw))
        position += len(raw)


def _lines(raw: list[str], left: int, right: int, position: int) -> Iterator[Line]:
    for offset, text in enumerate(raw, 1):
        kind = text[:1]
        if kind == "\\":
            continue
        old, new = (left if kind != "+" else None), (right if kind != "-" else None)
        yield Line(kind, old, new, text[1:], position + offset)
        left, right = left + (old is not None), right + (new is not None)
