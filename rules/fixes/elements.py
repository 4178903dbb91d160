"""Adds an element to what stands in brackets: arguments, list elements, imported names."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rules.fixes.source_file import Change, SourceFile

_SKIPPED = re.compile(r"(?:[ \t\f\n]|\\\n|#[^\n]*)*")
_REST_OF_LINE = re.compile(r"[ \t]*(?:#[^\n]*)?(?=\n|\Z)")

Span = tuple[int, int]
"""Offsets of an element, without the comma behind it."""


def append(file: SourceFile, elements: Sequence[Span], opening: int, closing: int, new: str) -> list[Change]:
    """Adds `new` behind the last element, in the layout of the list.

    `opening` is the offset behind the opening bracket, `closing` the one of the closing bracket.
    """
    if not elements:
        return [Change(opening, opening, new)]
    last, end = elements[-1]
    comma = _comma(file.text, end, closing)
    if not file.begins_line(last):
        return [Change(end, end, f", {new}")] if comma is None else [Change(comma, comma, f" {new}")]
    own_line = "\n" in file.text[end:closing]
    line = f"\n{file.indentation(last)}{new}{',' if own_line else ''}"
    behind = end if comma is None else comma
    rest = _REST_OF_LINE.match(file.text, behind)
    if comma is not None:
        at = rest.end() if rest else behind
        return [Change(at, at, line if rest else f" {new},")]
    if rest and rest.end() > behind and rest[0].strip():
        return [Change(end, end, ","), Change(rest.end(), rest.end(), line)]
    return [Change(end, end, f",{line}")]


def insert(file: SourceFile, elements: Sequence[Span], index: int, new: str) -> Change:
    """Adds `new` before the element with that index."""
    start = elements[index][0]
    behind = f"\n{file.indentation(start)}" if file.begins_line(start) else " "
    return Change(start, start, f"{new},{behind}")


def _comma(text: str, end: int, closing: int) -> int | None:
    """The offset behind a trailing comma."""
    skipped = _SKIPPED.match(text, end, closing)
    at = skipped.end() if skipped else end
    return at + 1 if text[at:closing].startswith(",") else None
