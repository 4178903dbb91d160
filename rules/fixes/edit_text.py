"""Applies edits to text, puts the edits of several fixes together, and shows what they change."""

from __future__ import annotations

import codecs
import difflib
import re
from collections.abc import Iterable, Sequence

from rules.finding import Edit, Fix

_LINE_END = re.compile(r"\r\n|\r|\n")


class EditConflict(ValueError):
    """Two edits change the same place in different ways, or one lies outside its file."""


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """The text after all edits, which are of one file and must not overlap; equal edits count once.

    Lines end as the file's lines do: a line feed in a replacement becomes the line end that the file uses.
    """
    starts = line_starts(text)
    newline = _newline(text)
    pieces: list[str] = []
    position = 0
    for edit in _in_order(edits):
        start = _offset(text, starts, edit.path, edit.start_line, edit.start_column)
        end = _offset(text, starts, edit.path, edit.end_line, edit.end_column)
        if start < position or end < start:
            raise EditConflict(f"{edit.path}, line {edit.start_line}: edits overlap")
        pieces += (text[position:start], edit.replacement.replace("\n", newline))
        position = end
    return "".join((*pieces, text[position:]))


def apply_to_bytes(data: bytes, edits: Iterable[Edit], encoding: str = "utf-8") -> bytes:
    """As `apply_edits`, on a file as it is stored; a byte order mark stays and takes no column."""
    mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    name = "utf-8" if encoding == "utf-8-sig" else encoding
    return mark + apply_edits(data[len(mark) :].decode(name), edits).encode(name)


def compatible(fixes: Sequence[Fix]) -> tuple[list[Fix], list[Fix]]:
    """The fixes that can be applied together, each whole, in their order; and those that are in the way of these.

    Edits that are equal (the same import, added by two fixes) are no conflict. Two insertions at one place are.
    """
    chosen: list[Fix] = []
    left: list[Fix] = []
    taken: list[Edit] = []
    for fix in fixes:
        if any(_clash(edit, other) for edit in fix.edits for other in taken):
            left.append(fix)
        else:
            chosen.append(fix)
            taken.extend(edit for edit in fix.edits if edit not in taken)
    return chosen, left


def merged(fixes: Sequence[Fix]) -> dict[str, list[Edit]]:
    """All edits of fixes that are compatible, each once, by their path and in their order."""
    by_path: dict[str, list[Edit]] = {}
    for edit in _in_order(edit for fix in fixes for edit in fix.edits):
        by_path.setdefault(edit.path, []).append(edit)
    return by_path


def unified_diff(path: str, before: str, after: str) -> str:
    """The change of one file as `git diff` prints it, with three lines of context; '' when there is none.

    That of an absolute path is to be applied from the root.
    """
    if before == after:
        return ""
    below = path.removeprefix("/")
    lines = difflib.unified_diff(_lines(before), _lines(after), f"a/{below}", f"b/{below}", lineterm="\n")
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def line_starts(text: str) -> list[int]:
    """The offset of every line; lines end with LF, CRLF or CR, as they do for Python."""
    return [0, *(match.end() for match in _LINE_END.finditer(text))]


def _lines(text: str) -> list[str]:
    starts = line_starts(text)
    return [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True) if start < end]


def _newline(text: str) -> str:
    first = _LINE_END.search(text)
    return first[0] if first else "\n"


def _offset(text: str, starts: list[int], path: str, line: int, column: int) -> int:
    if not 1 <= line <= len(starts):
        raise EditConflict(f"{path} has no line {line}")
    offset = starts[line - 1] + column - 1
    end = starts[line] if line < len(starts) else len(text)
    if column < 1 or offset > end:
        raise EditConflict(f"{path}, line {line} has no column {column}")
    return offset


def _span(edit: Edit) -> tuple[tuple[int, int], tuple[int, int]]:
    return (edit.start_line, edit.start_column), (edit.end_line, edit.end_column)


def _in_order(edits: Iterable[Edit]) -> list[Edit]:
    return sorted(dict.fromkeys(edits), key=lambda edit: (edit.path, *_span(edit)))


def _clash(one: Edit, other: Edit) -> bool:
    if one.path != other.path or one == other:
        return False
    (start, end), (other_start, other_end) = _span(one), _span(other)
    return start == other_start or (start < other_end and other_start < end)
