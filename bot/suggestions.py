"""Fixes as GitHub suggestions: the replacement of some lines in one hunk, to be committed with one click."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from bot import markdown
from bot.diff import Diff, Hunk, Side
from bot.findings import Fix, LineChange, Safety

MAX_LINES = 60
"""A suggestion shows every line of its range: beyond this, a patch of the few changed ones is easier to read."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Lines `start` to `end` of `path` at the head become `text`, which holds whole lines with their endings."""

    path: str
    start: int
    end: int
    text: str
    changes: tuple[LineChange, ...]

    def overlaps(self, other: Suggestion) -> bool:
        return self.path == other.path and self.start <= other.end and other.start <= self.end

    def to_markdown(self) -> str:
        return markdown.fence(self.text, "suggestion")


def suggest(fix: Fix, diff: Diff) -> Suggestion | None:
    """The verified fix as a suggestion, or None where a patch has to tell it.

    All its changes must lie in one hunk of one file, and the lines of the hunk must be those that the fix was made for.
    """
    if fix.safety is not Safety.SAFE or len(fix.files) != 1 or not fix.files[0].exact:
        return None
    return _build(fix.files[0].path, fix.files[0].changes, diff)


def combine(first: Suggestion, second: Suggestion, diff: Diff) -> Suggestion | None:
    """One suggestion that does what both do, where their changes do not touch each other.

    A change that is the same in both (the import that both need) is done once.
    """
    if first.path != second.path:
        return None
    changes = sorted({*first.changes, *second.changes}, key=lambda change: (change.start, change.end))
    return _build(first.path, tuple(changes), diff) if _are_apart(changes) else None


def _build(path: str, changes: tuple[LineChange, ...], diff: Diff) -> Suggestion | None:
    if not changes:
        return None
    start, end = min(change.start for change in changes), max(change.end for change in changes)
    found = _range_in_hunk(path, start, end, diff)
    if found is None:
        return None
    hunk, start, end = found
    lines = hunk.text_of(start, end)
    text = _replaced(lines, start, changes)
    if text is None or end - start >= MAX_LINES:
        return None
    return Suggestion(path, start, end, text, changes)


def _range_in_hunk(path: str, start: int, end: int, diff: Diff) -> tuple[Hunk, int, int] | None:
    """The hunk around these lines. A pure insertion has none of its own, so it takes in a neighbour."""
    ranges = [(start, end)] if start <= end else [(start, start), (end, end)]
    for first, last in ranges:
        hunk = diff.hunk_of(path, first, last, Side.RIGHT)
        if hunk is not None:
            return hunk, first, last
    return None


def _replaced(lines: tuple[str, ...], start: int, changes: Iterable[LineChange]) -> str | None:
    """The lines after the changes; None where one of them was made for other lines."""
    result: list[str] = []
    at = 0
    for change in changes:
        first, last = change.start - start, change.end - start + 1
        if lines[first:last] != change.old:
            return None
        result += [*lines[at:first], *change.new]
        at = last
    result += lines[at:]
    return None if tuple(result) == lines else "".join(_with_newlines(result))


def _with_newlines(lines: list[str]) -> Iterator[str]:
    """Only the last line of a file may lack its line feed; after it none may follow on the same line."""
    yield from (line if line.endswith("\n") else line + "\n" for line in lines[:-1])
    yield from lines[-1:]


def _are_apart(changes: list[LineChange]) -> bool:
    """Whether no two changes touch the same lines or insert at the same place."""
    return all(before.end < after.start and before.start < after.start for before, after in pairwise(changes))
