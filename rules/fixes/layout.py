"""Breaks lines that an edit made too long, the way that black and ruff would.

Only a change of layout may come out of here: the caller compares the syntax trees.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

_TOKEN = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|#.*|[\[({]|[\])}]|,|(?<=[\])])\.(?=[^\W\d]\w*\()")
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")
_FROM_IMPORT = re.compile(r"([ \t]*from[ \t]+[\w.]+[ \t]+import[ \t]+)([^(#]*?)([ \t]*#.*)?")


@dataclass(frozen=True, slots=True)
class Style:
    """How wide a line may be, and by what a level is indented."""

    width: int
    unit: str


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    start: int
    depth: int
    """Brackets that are open around it; an opening bracket stands outside itself, as its closing one does."""


def fitted(line: str, focus: tuple[int, int], style: Style) -> list[str]:
    """The lines that a physical line becomes; itself alone when it is short enough, or cannot be broken well.

    `focus` is the part of the line that made it too long: brackets around or in it are opened, the outermost first,
    and of those beside one another the last first.
    """
    if _length(line) <= style.width:
        return [line]
    best = [line]
    for candidate in _candidates(line, focus, style):
        if _width(candidate) <= style.width:
            return candidate
        if _width(candidate) < _width(best):
            best = candidate
    return best


def _fitted_whole(line: str, style: Style) -> list[str]:
    return fitted(line, (0, len(line)), style)


def _width(lines: list[str]) -> int:
    """The longest line, without the comments at the ends of lines: these stay where they are."""
    return max(_length(line) for line in lines)


def _length(line: str) -> int:
    comment = (
        next((token.start for token in _tokens(line) if token.text.startswith("#")), None) if "#" in line else None
    )
    return len(line if comment is None else line[:comment].rstrip())


def _candidates(line: str, focus: tuple[int, int], style: Style) -> Iterator[list[str]]:
    if names := _FROM_IMPORT.fullmatch(line):
        yield _parenthesised_import(line, names, style)
        return
    if value := _chain_value(line):
        yield from _parenthesised_chain(line, value, style)
    for opening, closing in _pairs(line):
        if opening < focus[1] and focus[0] <= closing and line[opening + 1 : closing].strip():
            yield _opened(line, opening, closing, style)


def _parenthesised_import(line: str, names: re.Match[str], style: Style) -> list[str]:
    indent = _indent(line)
    inside = [f"{indent}{style.unit}{name.strip()}," for name in names[2].split(",") if name.strip()]
    return [f"{names[1].rstrip()} (", *inside, f"{indent}){names[3] or ''}"]


def _chain_value(line: str) -> tuple[int, int] | None:
    """Where a value of at least two chained calls stands, when the line is a whole assignment or return."""
    stripped = line.lstrip()
    try:
        (statement,) = ast.parse(stripped).body
    except (SyntaxError, ValueError):
        return None
    value = statement.value if isinstance(statement, ast.Assign | ast.AnnAssign | ast.Return) else None
    if not isinstance(value, ast.Call) or not stripped.isascii() or value.end_col_offset is None:
        return None
    offset = len(line) - len(stripped)
    start, end = value.col_offset + offset, value.end_col_offset + offset
    return (start, end) if len(_links(line[start:end])) >= 2 else None


def _parenthesised_chain(line: str, value: tuple[int, int], style: Style) -> Iterator[list[str]]:
    start, end = value
    indent = _indent(line)
    inside = _split(line[start:end], indent + style.unit, style, at_dots=True)
    yield [f"{line[:start]}(", *inside, f"{indent}){line[end:]}"]


def _opened(line: str, opening: int, closing: int, style: Style) -> list[str]:
    """The content of one pair of brackets on lines of its own."""
    indent = _indent(line)
    body = line[opening + 1 : closing].strip()
    inner = indent + style.unit
    lines = [inner + body]
    if _length(lines[0]) > style.width or body.endswith(","):
        if len(parts := _parts(body)) > 1 or body.endswith(","):
            lines = [piece for part in parts for piece in _fitted_whole(f"{inner}{part},", style)]
        else:
            lines = _split(body, inner, style, at_dots=len(_links(body)) >= 2)
    return [line[: opening + 1].rstrip(), *lines, indent + line[closing:]]


def _split(body: str, indent: str, style: Style, *, at_dots: bool) -> list[str]:
    cuts = [0, *_links(body), len(body)] if at_dots else [0, len(body)]
    pieces = [body[start:end].strip() for start, end in pairwise(cuts)]
    return [line for piece in pieces for line in _fitted_whole(indent + piece, style)]


def _parts(body: str) -> list[str]:
    cuts = [token.start for token in _tokens(body) if token.text == "," and token.depth == 0]
    starts = [0, *(cut + 1 for cut in cuts)]
    parts = (body[start:end].strip() for start, end in zip(starts, [*cuts, len(body)], strict=True))
    return [part for part in parts if part]


def _links(body: str) -> list[int]:
    """The dots of the calls that are chained in no bracket: two of `select(A).where(b).limit(1)`."""
    if body.startswith(("await ", "not ", "lambda ", "*")):
        return []
    return [token.start for token in _tokens(body) if token.text == "." and token.depth == 0]


def _pairs(line: str) -> list[tuple[int, int]]:
    """The brackets that are opened and closed in the line: outer ones first, and later ones first."""
    pairs: list[tuple[int, int, int]] = []
    opened: list[int] = []
    for token in _tokens(line):
        if token.text in _OPENING:
            opened.append(token.start)
        elif token.text in _CLOSING and opened:
            start = opened.pop()
            pairs.append((token.depth, -start, token.start))
    return [(-negative, end) for _, negative, end in sorted(pairs)]


def _tokens(line: str) -> Iterator[_Token]:
    depth = 0
    for match in _TOKEN.finditer(line):
        depth -= match[0] in _CLOSING
        yield _Token(match[0], match.start(), depth)
        depth += match[0] in _OPENING


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]
