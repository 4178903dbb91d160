"""One file that is to be edited: its text, its libcst tree, and the way from places to nodes and back."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cache, cached_property, lru_cache
from typing import TypeVar

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider

from rules.finding import Location
from rules.fixes.edit_text import line_starts
from rules.fixes.excerpt import Lines, unseen, without
from rules.project import Project
from rules.source.syntax import NotPython, decode

Node = TypeVar("Node", bound=cst.CSTNode)


class Unfixable(Exception):
    """No good edit can be made here; the reason is for those who work on the engine."""


@dataclass(frozen=True, slots=True)
class Change:
    """Replaces the text between two offsets."""

    start: int
    end: int
    text: str


class SourceFile:
    """A file with LF line ends; offsets count characters from 0.

    Only what an edit has to see is in the tree (`rules.fixes.excerpt`).
    """

    def __init__(self, path: str, text: str, left_out: Iterable[Lines] = ()) -> None:
        seen, self._line_of = without(text, left_out)
        try:
            tree = cst.parse_module(seen)
        except cst.ParserSyntaxError as error:
            raise Unfixable(f"{path} cannot be edited: {error}") from None
        self.path = path
        self.text = text
        self._wrapper = MetadataWrapper(tree, unsafe_skip_copy=True)
        self.module = self._wrapper.module

    @cached_property
    def _ranges(self) -> dict[cst.CSTNode, CodeRange]:
        """In the lines of the tree (`_line_of`)."""
        return dict(self._wrapper.resolve(PositionProvider))

    @cached_property
    def _parents(self) -> dict[cst.CSTNode, cst.CSTNode]:
        """As libcst's own provider, by the fields of the nodes: to visit them takes many times as long."""
        found: dict[cst.CSTNode, cst.CSTNode] = {}
        stack: list[cst.CSTNode] = [self.module]
        while stack:
            node = stack.pop()
            for name in _fields(type(node)):
                value = getattr(node, name)
                for child in value if isinstance(value, list | tuple) else (value,):
                    if isinstance(child, cst.CSTNode):
                        found[child] = node
                        stack.append(child)
        return found

    @cached_property
    def _starts(self) -> list[int]:
        return line_starts(self.text)

    @cached_property
    def _by_range(self) -> dict[tuple[int, int, int, int], list[cst.CSTNode]]:
        found: dict[tuple[int, int, int, int], list[cst.CSTNode]] = {}
        for node, place in self._ranges.items():
            key = (place.start.line, place.start.column, place.end.line, place.end.column)
            found.setdefault(key, []).append(node)
        return found

    def at(self, place: Location, kind: type[Node]) -> Node:
        """The node of a kind that is exactly at a place."""
        first, last = bisect_left(self._line_of, place.line) + 1, bisect_left(self._line_of, place.end_line) + 1
        key = (first, place.column - 1, last, place.end_column - 1)
        for node in self._by_range.get(key, ()):
            if isinstance(node, kind):
                return node
        raise Unfixable(f"{place.path}, line {place.line}: no {kind.__name__} is there")

    def statement_at(self, place: Location) -> cst.BaseSmallStatement | cst.BaseCompoundStatement:
        """The innermost statement that holds a place."""
        start, end = self.offset(place.line, place.column), self.offset(place.end_line, place.end_column)
        best: cst.BaseSmallStatement | cst.BaseCompoundStatement | None = None
        for node in self._ranges:
            if isinstance(node, cst.BaseSmallStatement | cst.BaseCompoundStatement):
                first, last = self.span(node)
                if first <= start and end <= last and (best is None or first >= self.span(best)[0]):
                    best = node
        if best is None:
            raise Unfixable(f"{place.path}, line {place.line}: no statement is there")
        return best

    def parent(self, node: cst.CSTNode) -> cst.CSTNode | None:
        return self._parents.get(node)

    def ancestors(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """From the node's parent to the module."""
        parent = self._parents.get(node)
        while parent is not None:
            yield parent
            parent = self._parents.get(parent)

    def function(self, node: cst.CSTNode) -> cst.FunctionDef | cst.Lambda | None:
        """The innermost function whose body holds the node."""
        below = node
        for above in self.ancestors(node):
            if isinstance(above, cst.FunctionDef | cst.Lambda) and below is above.body:
                return above
            below = above
        return None

    def nodes(self, kind: type[Node]) -> Iterator[Node]:
        return (node for node in self._ranges if isinstance(node, kind))

    def span(self, node: cst.CSTNode) -> tuple[int, int]:
        """The offsets of a node without the parentheses around it."""
        place = self._ranges[node]
        return (
            self._starts[self._line_of[place.start.line - 1] - 1] + place.start.column,
            self._starts[self._line_of[place.end.line - 1] - 1] + place.end.column,
        )

    def code(self, node: cst.CSTNode) -> str:
        start, end = self.span(node)
        return self.text[start:end]

    def line(self, node: cst.CSTNode) -> int:
        return self._line_of[self._ranges[node].start.line - 1]

    def offset(self, line: int, column: int) -> int:
        return self._starts[line - 1] + column - 1

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column, both from 1."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def line_start(self, offset: int) -> int:
        return self.text.rfind("\n", 0, offset) + 1

    def line_end(self, offset: int) -> int:
        """The offset of the line's LF, or of the end of the file."""
        end = self.text.find("\n", offset)
        return len(self.text) if end < 0 else end

    def indentation(self, offset: int) -> str:
        """The white space that begins the line of an offset."""
        start = self.line_start(offset)
        rest = self.text[start : self.line_end(offset)]
        return rest[: len(rest) - len(rest.lstrip(" \t\f"))]

    def begins_line(self, offset: int) -> bool:
        return not self.text[self.line_start(offset) : offset].strip(" \t\f")

    @property
    def indent_unit(self) -> str:
        return self.module.default_indent

    @cached_property
    def quote(self) -> str:
        """The quote that the file's strings use most."""
        plain = re.findall(r"(?<!['\"])(['\"])(?!['\"])[^'\"\n]*\1", self.text)
        return "'" if plain.count("'") > plain.count('"') else '"'


@cache
def _fields(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    """Where a node has other nodes, besides white space."""
    return tuple(one.name for one in fields(kind) if not one.name.startswith("whitespace"))


def open_source(project: Project, path: str, lines: Sequence[int]) -> SourceFile:
    """Reads a file of the project and parses what an edit at some lines has to see; raises `Unfixable` when that is
    not possible."""
    try:
        data = project.read(path)
        return _parsed(path, data, unseen(data, lines))
    except KeyError:
        raise Unfixable(f"{path} is not in the project") from None
    except NotPython as error:
        raise Unfixable(f"{path}: {error.reason}") from None


@lru_cache(maxsize=4)
def _parsed(path: str, data: bytes, left_out: tuple[Lines, ...]) -> SourceFile:
    """Findings come in the order of their places: the recipes of one function share its tree."""
    return SourceFile(path, decode(data), left_out)
