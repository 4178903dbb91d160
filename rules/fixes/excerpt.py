"""What of a file an edit has to see: libcst takes a hundred times as long as `ast` for what nobody asks for.

All but the bodies of functions that hold none of the lines to be edited; of these the statements that import something,
since what a file imports anywhere decides how an edit writes a name.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from rules.source.syntax import decode

Lines = tuple[int, int]
"""The first and the last."""
_DECORATED = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_IMPORTS = ast.Import | ast.ImportFrom


def unseen(data: bytes, lines: Sequence[int]) -> tuple[Lines, ...]:
    """What an edit at some lines need not see. Raises `NotPython` for what is not even text."""
    others = [found for (first, last), found in _bodies(data) if not any(first <= line <= last for line in lines)]
    return tuple([one for found in others for one in found])


@lru_cache(maxsize=4)
def _bodies(data: bytes) -> tuple[tuple[Lines, tuple[Lines, ...]], ...]:
    """The bodies of functions and methods, with the statements in each that import nothing."""
    text = decode(data)
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):  # libcst reads newer syntax than this Python
        return ()
    lines = text.split("\n")
    found: list[tuple[Lines, tuple[Lines, ...]]] = []
    stack: list[ast.stmt] = [*tree.body]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.ClassDef):
            stack.extend(node.body)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = _start(node.body[0])[0]
            found.append(((first, node.end_lineno or first), tuple(_stretches(node.body, lines))))
    return tuple(found)


def _stretches(block: Sequence[ast.stmt], lines: Sequence[str]) -> Iterator[Lines]:
    """The stretches of a block that import nothing."""
    starts = [*(_start(one) for one in block), ((block[-1].end_lineno or 0) + 1, 0)]
    run: Lines | None = None
    for number, one in enumerate(block):
        line, column = starts[number]
        end = one.end_lineno or line
        own = end < starts[number + 1][0] and not lines[line - 1].encode()[:column].strip(b" \t\f@")
        if own and not any(isinstance(inner, _IMPORTS) for inner in ast.walk(one)):
            run = (run[0] if run else line, end)
            continue
        if run:
            yield run
            run = None
        for name in ("body", "orelse", "finalbody"):
            if inner_block := getattr(one, name, ()):
                yield from _stretches(inner_block, lines)
        for handler in getattr(one, "handlers", ()):
            yield from _stretches(handler.body, lines)
    if run:
        yield run


def _start(node: ast.stmt) -> tuple[int, int]:
    """The line and the column, in bytes, of a statement or its first decorator."""
    decorators = node.decorator_list if isinstance(node, _DECORATED) else []
    return min([(node.lineno, node.col_offset), *((one.lineno, one.col_offset) for one in decorators)])


def without(text: str, left_out: Iterable[Lines]) -> tuple[str, list[int]]:
    """The text with `pass` for each stretch of lines, and for each line that is left the number that it had."""
    lines = text.split("\n")
    numbers = list(range(1, len(lines) + 1))
    for first, last in sorted(left_out, reverse=True):
        begin = lines[first - 1]
        lines[first - 1 : last] = [f"{begin[: len(begin) - len(begin.lstrip())]}pass"]
        numbers[first - 1 : last] = [first]
    return "\n".join(lines), numbers
