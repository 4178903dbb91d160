"""Reads `[tool.greenlatch]` of a `pyproject.toml`, with the place of every value.

The values are those of `tomllib`; tree-sitter tells where they stand.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from typing import Any

import tree_sitter_toml
from tree_sitter import Language, Node, Parser

from bot.config.parsed import Key, Parsed, Spot, Text, Unreadable
from bot.config.problems import Layer, Place, Problem

TABLE = ("tool", "greenlatch")
NAME = b"greenlatch"
MAX_DEPTH = 20
KEYS = ("bare_key", "quoted_key", "dotted_key")
LONG_KEY = re.compile(r"""(?<![\w."'\-])(?:["']?[\w-]+["']?[ \t]{0,2}\.[ \t]{0,2}){100}""")
"""The time to read a key grows with the square of its parts."""
ERROR_PLACE = re.compile(r" \((?:at line (\d+), column (\d+)|at end of document)\)$")


def read_toml(path: str, data: bytes, layer: Layer = Layer.REPOSITORY) -> Parsed | None:
    """The settings of the table; None where there is no such table.

    A file that is no TOML is ours to complain about only where it speaks of us: then it raises Unreadable.
    """
    if NAME not in data:
        return None
    text = Text(path, data, layer)
    tool = _load(text).get(TABLE[0])
    values = tool.get(TABLE[1]) if isinstance(tool, dict) else None
    if values is None:
        return None
    spots = dict(_spots(text))
    start = spots[TABLE].name if TABLE in spots else text.start
    if not isinstance(values, dict):
        raise Unreadable(Problem("no-settings", start, "`tool.greenlatch` is a table", "write `[tool.greenlatch]`"))
    own = {key[len(TABLE) :]: spot for key, spot in spots.items() if key[: len(TABLE)] == TABLE and key != TABLE}
    return Parsed(path, start, values, own)


def _load(text: Text) -> dict[str, Any]:
    if LONG_KEY.search(text.text):
        raise Unreadable(_too_deep(text))
    try:
        return tomllib.loads(text.text)
    except tomllib.TOMLDecodeError as error:
        told = str(error)
        raise Unreadable(
            Problem("not-toml", _error_place(text, told), f"this is no TOML: {ERROR_PLACE.sub('', told)}")
        ) from None
    except ValueError as error:  # a number of more digits than Python reads
        raise Unreadable(Problem("not-toml", text.start, f"this is no TOML: {error}")) from None
    except RecursionError:
        raise Unreadable(_too_deep(text)) from None


def _too_deep(text: Text) -> Problem:
    return Problem("too-deep", text.start, "this is nested too deeply for a configuration")


def _error_place(text: Text, told: str) -> Place:
    match = ERROR_PLACE.search(told)
    if match and match[1]:
        return Place(text.path, int(match[1]), int(match[2]), text.layer)
    return text.place(len(text.text)) if match else text.start


def _spots(text: Text) -> Iterator[tuple[Key, Spot]]:
    """Every value of our table with its key; what stands in several parts has the place of the first."""
    source = text.text.encode()
    seen: set[Key] = set()
    counts: dict[Key, int] = {}
    for node in Parser(_language()).parse(source).root_node.named_children:
        for key, name, value in _below(node, (), counts, 0):
            if key[: len(TABLE)] == TABLE and key not in seen:
                seen.add(key)
                yield key, Spot(_place(text, source, name), _place(text, source, value), _written(value))


def _below(node: Node, above: Key, counts: dict[Key, int], depth: int) -> Iterator[tuple[Key, Node, Node]]:
    """The key of each value in `node`, the node of its name and its own. `counts` numbers the tables of `[[lists]]`."""
    if depth > MAX_DEPTH:
        return
    key = above
    parts = next((child for child in node.named_children if child.type in KEYS), None)
    if parts is not None:
        names = _names(parts)
        yield from (((*above, *names[:length]), parts, parts) for length in range(1, len(names)))
        key = (*above, *names)
    if not _may_be_ours(key):
        return
    match node.type:
        case "pair" if parts is not None:
            value = node.named_children[-1]
            yield key, parts, value
            yield from _inside(value, key, counts, depth)
        case "table" if parts is not None:
            yield key, parts, parts
            yield from _pairs(node, key, counts, depth)
        case "table_array_element" if parts is not None:
            yield key, parts, parts
            counts[key] = counts.get(key, -1) + 1
            yield (*key, counts[key]), parts, parts
            yield from _pairs(node, (*key, counts[key]), counts, depth)


def _pairs(node: Node, key: Key, counts: dict[Key, int], depth: int) -> Iterator[tuple[Key, Node, Node]]:
    for child in node.named_children:
        if child.type == "pair":
            yield from _below(child, key, counts, depth + 1)


def _inside(value: Node, key: Key, counts: dict[Key, int], depth: int) -> Iterator[tuple[Key, Node, Node]]:
    if value.type == "inline_table":
        yield from _pairs(value, key, counts, depth)
    elif value.type == "array" and depth <= MAX_DEPTH:
        items = [child for child in value.named_children if child.type != "comment"]
        for index, item in enumerate(items):
            yield (*key, index), item, item
            yield from _inside(item, (*key, index), counts, depth + 1)


def _names(node: Node) -> tuple[str, ...]:
    """The names in a key, which may be dotted and quoted."""
    match node.type:
        case "dotted_key":
            return tuple(name for part in node.named_children for name in _names(part))
        case "quoted_key":
            return tuple(tomllib.loads(f"{_written(node)} = 0"))
        case _:
            return (_written(node),)


def _may_be_ours(key: Key) -> bool:
    return all(ours == name for ours, name in zip(TABLE, key, strict=False))


def _place(text: Text, source: bytes, node: Node) -> Place:
    return text.place(len(source[: node.start_byte].decode()))


def _written(node: Node) -> str:
    return (node.text or b"").decode()


@cache
def _language() -> Language:
    return Language(tree_sitter_toml.language())
