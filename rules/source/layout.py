"""The definitions of one file as pieces of its text, each by a name of its own and a digest.

What was found out by looking at some definitions can be used for another version of the file in which these are the
same, wherever they stand in it. A piece is a number of lines:

| piece | its lines | its key |
|---|---|---|
| the head of a function of the module | decorators and signature | `def load` |
| a class | all but the bodies of its methods, with the classes in it | `class Service` |
| the body of a function or method | with what is nested in it | `body Service.load` |
| a statement of the module that binds names | all | `let factory` |

Comments and blank lines between them, imports, and statements that bind nothing are no piece. A function that is
written on one line is all head.
"""

from __future__ import annotations

import ast
import hashlib
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from rules.source.facts import Class, FileFacts
from rules.source.ir import Position
from rules.source.lower import flatten

_SIZE = 12
_WORD = re.compile(r"[^\W\d]\w*")

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True, slots=True)
class Piece:
    key: str
    digest: bytes
    """Of its text."""
    names: tuple[str, ...]
    """Names of the module's level that it mentions, sorted; more than there are, where a star import hides some."""
    spans: tuple[int, ...]
    """First and last line of each stretch of it, in turn."""

    @property
    def binds(self) -> tuple[str, ...]:
        """The names of the module's level that it is looked up by."""
        kind, _, names = self.key.partition(" ")
        return () if kind == "body" else tuple(names.partition("#")[0].split(","))

    def lines(self) -> Iterator[int]:
        for start, end in zip(self.spans[::2], self.spans[1::2], strict=True):
            yield from range(start, end + 1)


class Layout:
    """The pieces of one file."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self.pieces = tuple(pieces)

    def at(self, line: int) -> int | None:
        """The number of the piece that a line belongs to."""
        starts, ends, numbers = self._lines
        found = bisect_right(starts, line) - 1
        return numbers[found] if found >= 0 and line <= ends[found] else None

    @cached_property
    def _lines(self) -> tuple[list[int], list[int], list[int]]:
        found = sorted(
            (start, end, number)
            for number, piece in enumerate(self.pieces)
            for start, end in zip(piece.spans[::2], piece.spans[1::2], strict=True)
        )
        return [one[0] for one in found], [one[1] for one in found], [one[2] for one in found]

    def binding(self, number: int) -> set[int]:
        """The pieces that bind the names by which a piece is looked up."""
        return {other for name in self.pieces[number].binds for other in self.by_name[name]}

    @cached_property
    def by_key(self) -> dict[str, int]:
        return {piece.key: number for number, piece in enumerate(self.pieces)}

    @cached_property
    def by_name(self) -> dict[str, tuple[int, ...]]:
        """The pieces that bind each name of the module's level."""
        found: dict[str, tuple[int, ...]] = {}
        for number, piece in enumerate(self.pieces):
            for name in piece.binds:
                found[name] = (*found.get(name, ()), number)
        return found


class Shift:
    """From one version of a file to another."""

    def __init__(self, before: Layout, after: Layout) -> None:
        self._before = before
        self._after = after
        self._same: dict[int, int | None] = {}

    def pieces(self, numbers: Iterable[int]) -> list[int] | None:
        """The numbers that pieces have now; None where one of them is not what it was."""
        found: list[int] = []
        for number in numbers:
            now = self._piece(number)
            if now is None:
                return None
            found.append(now)
        return found

    def _piece(self, number: int) -> int | None:
        if number not in self._same:
            self._same[number] = self._find(number)
        return self._same[number]

    def _find(self, number: int) -> int | None:
        before, after = self._before, self._after
        now = self._of_the_same_text(number)
        if now is None:
            return None
        others = [self._of_the_same_text(other) for other in before.binding(number)]
        return now if None not in others and set(others) == after.binding(now) else None

    def _of_the_same_text(self, number: int) -> int | None:
        piece = self._before.pieces[number]
        now = self._after.by_key.get(piece.key)
        return now if now is not None and self._after.pieces[now].digest == piece.digest else None

    def position(self, position: Position) -> Position:
        """Where a range is now. Raises `KeyError` where its first or last line is in no piece that is as it was."""
        first, column, last, end = position
        return self._line(first), column, self._line(last), end

    def roughly(self, position: Position) -> Position:
        """Where a function is now, by its name: its text may have changed."""
        first, column, last, end = position
        number = self._before.at(last)
        now = None if number is None else self._after.by_key.get(self._before.pieces[number].key)
        if number is None or now is None:
            return position
        before, after = self._before.pieces[number].spans, self._after.pieces[now].spans
        return first + after[0] - before[0], column, last + after[-1] - before[-1], end

    def _line(self, line: int) -> int:
        number = self._before.at(line)
        now = None if number is None else self._piece(number)
        if number is None or now is None:
            raise KeyError(line)
        before, after = self._before.pieces[number].spans, self._after.pieces[now].spans
        passed = 0
        for start, end in zip(before[::2], before[1::2], strict=True):
            if start <= line <= end:
                passed += line - start
                break
            passed += end - start + 1
        for start, end in zip(after[::2], after[1::2], strict=True):
            if passed <= end - start:
                return start + passed
            passed -= end - start + 1
        raise KeyError(line)


def layout_of(tree: ast.Module, text: str, facts: FileFacts) -> Layout:
    """Of a parsed file; `facts` are what was made of the tree, and `text` is what it was parsed from."""
    return _Pieces(text, facts).of(tree)


class _Pieces:
    def __init__(self, text: str, facts: FileFacts) -> None:
        self._lines = text.split("\n")
        self._names = frozenset((*facts.imports, *facts.functions, *facts.classes, *facts.assignments))
        self._any_name = bool(facts.stars)
        self._mentions = {
            one.position[:2]: frozenset(one.mentions)
            for functions in (facts.functions, *(found.methods for found in _classes(facts.classes.values())))
            for one in functions.values()
        }
        self._bound: dict[tuple[int, int], list[str]] = {}
        for name, bound in facts.assignments.items():
            for statement in bound:
                self._bound.setdefault(statement[1][:2], []).append(name)
        self._found: list[Piece] = []
        self._times: Counter[str] = Counter()
        self._last = 0
        """The last line that belongs to a piece."""

    def of(self, tree: ast.Module) -> Layout:
        for node in flatten(tree.body):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = _first_line(node, self._lines)
                self._add(f"def {node.name}", [self._upto(node, body)], self._mentioned(node))
                self._body(node, node.name, body)
            elif isinstance(node, ast.ClassDef):
                spans: list[tuple[int, int]] = []
                self._class(node, node.name, spans)
                self._add(f"class {node.name}", spans)
            elif bound := self._bound.get((node.lineno, node.col_offset)):
                self._add(f"let {','.join(sorted(set(bound)))}", [self._upto(node, None)])
        return Layout(self._found)

    def _class(self, node: ast.ClassDef, qualname: str, spans: list[tuple[int, int]]) -> None:
        """Adds the lines of a class, and of those in it, to `spans`, and the bodies of its methods to the pieces."""
        spans.append(self._upto(node, _first_line(node, self._lines)))
        for item in flatten(node.body):
            if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef):
                body = _first_line(item, self._lines)
                spans.append(self._upto(item, body))
                self._body(item, f"{qualname}.{item.name}", body)
            elif isinstance(item, ast.ClassDef):
                self._class(item, f"{qualname}.{item.name}", spans)
            else:
                spans.append(self._upto(item, None))

    def _upto(self, node: ast.stmt, body: int | None) -> tuple[int, int]:
        """The lines of a statement that are in no piece yet: all, or those before its body."""
        decorators = node.decorator_list if isinstance(node, Definition) else []
        first = max(min([node.lineno, *(one.lineno for one in decorators)]), self._last + 1)
        last = (node.end_lineno or node.lineno) if body is None else body - 1
        self._last = max(self._last, last)
        return first, last

    def _body(self, node: ast.FunctionDef | ast.AsyncFunctionDef, qualname: str, first: int | None) -> None:
        if first is not None:
            last = self._last = node.end_lineno or node.lineno
            self._add(f"body {qualname}", [(first, last)], self._mentioned(node))

    def _mentioned(self, node: ast.stmt) -> frozenset[str] | None:
        return None if self._any_name else self._mentions.get((node.lineno, node.col_offset))

    def _add(self, key: str, spans: list[tuple[int, int]], mentioned: frozenset[str] | None = None) -> None:
        spans = [span for span in spans if span[0] <= span[1]]
        text = "\n".join([line for first, last in spans for line in self._lines[first - 1 : last]])
        words = frozenset(_WORD.findall(text)) if mentioned is None else mentioned
        self._times[key] += 1
        if self._times[key] > 1:
            key = f"{key}#{self._times[key]}"
        digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_SIZE).digest()
        names = sorted(words if self._any_name else words & self._names)
        self._found.append(Piece(key, digest, tuple(names), tuple([line for span in spans for line in span])))


def _classes(classes: Iterable[Class]) -> Iterator[Class]:
    for one in classes:
        yield one
        yield from _classes(one.classes.values())


def _first_line(node: Definition, lines: Sequence[str]) -> int | None:
    """The first line of the body; None where the head, or some of it, is on that line."""
    first = node.body[0]
    line, column = first.lineno, first.col_offset
    for decorator in first.decorator_list if isinstance(first, Definition) else ():
        if decorator.lineno < line:
            line, column = decorator.lineno, decorator.col_offset
    return line if lines[line - 1][:column].strip() in ("", "@") else None
