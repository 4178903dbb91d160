"""A TOML file as its values (`tomllib`) together with the exact place of each of them (`tree-sitter`)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache, cached_property
from typing import Any

import tree_sitter_toml
from tree_sitter import Language, Node, Parser

from rules.dependencies.parse import NoManifest
from rules.dependencies.text import decode
from rules.finding import Location

_TOKENS = re.compile(
    r"""
    \"\"\"(?s:.*?)\"\"\" | '''(?s:.*?)'''        # strings over several lines
    | "(?:\\.|[^"\\\n])*" | '[^'\n]*'          # strings
    | \#[^\n]* | [{},] | \s+ | [^\s{},"'#]+ | .  # a comment, a bracket or comma, space, anything else
    """,
    re.VERBOSE,
)
Path = tuple[str | int, ...]
_Found = tuple[Path, Node, Node | None]
_KEYS = {"bare_key", "quoted_key", "dotted_key"}
_QUOTES = ('"""', "'''", '"', "'")


_LONG_KEY = re.compile(r"""(?<![\w."'\-])(?:["']?[\w-]+["']?[ \t]{0,2}\.[ \t]{0,2}){100}""")
"""The time to read a key grows with the square of its parts."""


class TomlText:
    """One TOML file. Raises `NoManifest` when it is none."""

    def __init__(self, path: str, data: bytes) -> None:
        self.path = path
        self.text = decode(data)
        self.values = load(self.text)

    def get(self, *keys: str) -> Any:
        """The value below `keys`, or None."""
        value: Any = self.values
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return value

    def table(self, *keys: str) -> dict[str, Any]:
        """The table below `keys`; empty when there is none."""
        value = self.get(*keys)
        return value if isinstance(value, dict) else {}

    def place(self, *keys: str | int) -> Location:
        """Of the value below `keys`, a string without its quotes. What has no place of its own has its parent's."""
        path = keys
        while path not in self._nodes and path:
            path = path[:-1]
        if path not in self._nodes:
            return Location(self.path, 1, 1, 1, 1)
        node, _ = self._nodes[path]
        return self._location(node, _quotes(node))

    def pair(self, *keys: str | int) -> Location:
        """Of the whole `key = value`, without a comment behind it."""
        if keys not in self._nodes or (pair := self._nodes[keys][1]) is None:
            return self.place(*keys)
        start, end = self._location(pair, 0), self._location(self._nodes[keys][0], 0)
        return Location(self.path, start.line, start.column, end.end_line, end.end_column)

    def written(self, *keys: str | int) -> str:
        """A `key = value` on one line as it is written, or else its last key."""
        place = self.pair(*keys)
        line = self._lines[place.line - 1].decode(errors="replace")[place.column - 1 : place.end_column - 1]
        name = next((str(key) for key in reversed(keys) if isinstance(key, str)), "")
        return line if place.line == place.end_line and "=" in line else name

    @cached_property
    def _nodes(self) -> dict[Path, tuple[Node, Node | None]]:
        tree = Parser(_language()).parse(self.text.encode())
        return {path: (node, pair) for path, node, pair in _document(tree.root_node)}

    @cached_property
    def _lines(self) -> list[bytes]:
        return self.text.encode().split(b"\n")

    def _location(self, node: Node, quotes: int) -> Location:
        row, column = node.start_point
        end_row, end_column = node.end_point
        return Location(
            self.path,
            row + 1,
            self._column(row, column) + quotes,
            end_row + 1,
            self._column(end_row, end_column) - quotes,
        )

    def _column(self, row: int, offset: int) -> int:
        if self._ascii:
            return offset + 1
        return len(self._lines[row][:offset].decode(errors="replace")) + 1

    @cached_property
    def _ascii(self) -> bool:
        return self.text.isascii()


def load(text: str) -> dict[str, Any]:
    """The values of a TOML document, inline tables over several lines (TOML 1.1) included; raises `NoManifest`."""
    if _LONG_KEY.search(text):
        raise NoManifest("is nested too deeply to be read")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return _load_newer(text, error)
    except ValueError as error:  # a number of more digits than Python reads
        raise NoManifest(f"is no TOML: {error}") from None
    except RecursionError:
        raise NoManifest("is nested too deeply to be read") from None


def _load_newer(text: str, error: tomllib.TOMLDecodeError) -> dict[str, Any]:
    try:
        return tomllib.loads(_on_one_line(text))
    except (ValueError, RecursionError):
        raise NoManifest(f"is no TOML: {error}") from None


def _on_one_line(text: str) -> str:
    """The text with every inline table on one line, without comments and without a last comma."""
    depth = 0
    parts: list[str] = []
    for token in _TOKENS.finditer(text):
        piece = token[0]
        if piece == "{":
            depth += 1
        elif piece == "}":
            depth = max(depth - 1, 0)
            if parts and parts[-1] == ",":
                parts.pop()
        elif depth and (piece.isspace() or piece.startswith("#")):
            continue
        parts.append(piece)
    return "".join(parts)


@cache
def _language() -> Language:
    return Language(tree_sitter_toml.language())


def _document(root: Node) -> Iterator[_Found]:
    lengths: dict[Path, int] = {}
    for child in root.named_children:
        if child.type == "pair":
            yield from _pair(child, ())
        elif child.type in {"table", "table_array_element"}:
            yield from _table(child, lengths)


def _table(table: Node, lengths: dict[Path, int]) -> Iterator[_Found]:
    header = next((child for child in table.named_children if child.type in _KEYS), None)
    if header is None:
        return
    path = _through_arrays(_names(header), lengths)
    if table.type == "table_array_element":
        lengths[path] = lengths.get(path, -1) + 1
        path = (*path, lengths[path])
    yield path, header, None
    for child in table.named_children:
        if child.type == "pair":
            yield from _pair(child, path)


def _through_arrays(names: tuple[str, ...], lengths: dict[Path, int]) -> Path:
    """`[a.b]` below `[[a]]` belongs to the last element of `a`."""
    path: Path = ()
    for name in names[:-1]:
        path = (*path, name)
        if path in lengths:
            path = (*path, lengths[path])
    return (*path, names[-1])


def _pair(pair: Node, above: Path) -> Iterator[_Found]:
    key, value = _sides(pair)
    if key is None or value is None or key.type not in _KEYS:
        return
    yield from _value(value, (*above, *_names(key)), pair)


def _sides(pair: Node) -> tuple[Node | None, Node | None]:
    """The key and the value; the parser counts a comment behind them to the pair."""
    parts = [child for child in pair.named_children if child.type != "comment"]
    return (parts[0], parts[1]) if len(parts) > 1 else (None, None)


def _value(value: Node, path: Path, pair: Node | None) -> Iterator[_Found]:
    stack = [(value, path, pair)]
    while stack:
        node, here, whole = stack.pop()
        yield here, node, whole
        if node.type == "array":
            items = [child for child in node.named_children if child.type != "comment"]
            stack.extend((child, (*here, index), None) for index, child in enumerate(items))
        elif node.type == "inline_table":
            for child in node.named_children:
                key, inner = _sides(child)
                if child.type == "pair" and key is not None and inner is not None:
                    stack.append((inner, (*here, *_names(key)), child))


def _names(key: Node) -> tuple[str, ...]:
    if key.type == "dotted_key":
        return tuple(name for child in key.named_children for name in _names(child))
    text = (key.text or b"").decode(errors="replace")
    if key.type == "quoted_key":
        return tuple(tomllib.loads(f"{text} = 0"))
    return (text,)


def _quotes(node: Node) -> int:
    """How many quotes stand on each side of a string."""
    text = (node.text or b"").decode(errors="replace") if node.type == "string" else ""
    return next((len(quotes) for quotes in _QUOTES if text.startswith(quotes)), 0)
