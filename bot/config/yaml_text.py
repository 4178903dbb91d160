"""Reads a configuration in YAML, with the place of every value.

Scalars mean what they mean in YAML 1.2: `off` is a word and no boolean. Tags are refused, and so is what grows out of
proportion, by nesting or by aliases.
"""

from __future__ import annotations

import re
from typing import Any

import yaml
from yaml.reader import ReaderError

from bot.config.parsed import Key, Parsed, Spot, Text, Unreadable
from bot.config.problems import Layer, Problem, quoted

MAX_DEPTH = 20
MAX_VALUES = 5000

PREFIX = "tag:yaml.org,2002:"
NULL, BOOL, INT, FLOAT, STR = (PREFIX + name for name in ("null", "bool", "int", "float", "str"))
SCALARS = {
    NULL: re.compile(r"^(?:~|null|Null|NULL|)$"),
    BOOL: re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"),
    INT: re.compile(r"^[-+]?[0-9]{1,18}$"),
    FLOAT: re.compile(r"^[-+]?(?:[0-9]{1,18}\.[0-9]{0,18}|\.[0-9]{1,18})$"),
}


class _TooDeep(Exception):
    def __init__(self, offset: int) -> None:
        super().__init__(f"nested too deeply at {offset}")
        self.offset = offset


class _Composer(yaml.SafeLoader):
    """Gives nodes and constructs nothing."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 - PyYAML's own way to say what a scalar is
    _depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise _TooDeep(parent.start_mark.index if parent else 0)
        node: yaml.Node | None = super().compose_node(parent, index)
        self._depth -= 1
        return node


for _tag, _pattern in SCALARS.items():
    _Composer.add_implicit_resolver(_tag, _pattern, None)


def read_yaml(path: str, data: bytes, layer: Layer = Layer.REPOSITORY) -> Parsed:
    """The settings of a file; an empty one gives none. Raises Unreadable for what is no YAML, or no settings."""
    text = Text(path, data, layer)
    node = _compose(text)
    if node is None or (isinstance(node, yaml.ScalarNode) and node.tag == NULL):
        return Parsed(path, text.start)
    if not isinstance(node, yaml.MappingNode):
        place = text.place(node.start_mark.index)
        raise Unreadable(Problem("no-settings", place, "there are no settings here", "write `name: value` lines"))
    build = _Build(text)
    values = build.value((), node)
    return Parsed(path, text.start, values, build.spots, tuple(build.problems))


def _compose(text: Text) -> yaml.Node | None:
    """The tree of the file."""
    try:
        node: yaml.Node | None = _Composer(text.text).get_single_node()
    except ReaderError as error:
        problem = Problem("not-yaml", text.place(error.position), "a character that YAML does not allow")
        raise Unreadable(problem) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = text.place(mark.index) if mark else text.start
        raise Unreadable(Problem("not-yaml", place, f"this is no YAML: {_told(error)}")) from None
    except _TooDeep as error:
        raise Unreadable(_too_deep(text, error.offset)) from None
    return node


def _told(error: yaml.MarkedYAMLError) -> str:
    return " ".join(part for part in (error.context, error.problem) if part).replace("`", "'")


def _too_deep(text: Text, offset: int) -> Problem:
    return Problem("too-deep", text.place(offset), "this is nested too deeply for a configuration")


class _Build:
    """Makes values of nodes. An alias is counted as often as it is used, so none can grow without bound."""

    def __init__(self, text: Text) -> None:
        self.spots: dict[Key, Spot] = {}
        self.problems: list[Problem] = []
        self._text = text
        self._left = MAX_VALUES

    def value(self, key: Key, node: yaml.Node) -> Any:
        """None for what is reported."""
        self._left -= 1
        offset = node.start_mark.index
        if self._left < 0 or len(key) > MAX_DEPTH:
            raise Unreadable(Problem("too-large", self._text.place(offset), "this is too large for a configuration"))
        if isinstance(node, yaml.MappingNode) and node.tag == PREFIX + "map":
            return self._mapping(key, node)
        if isinstance(node, yaml.SequenceNode) and node.tag == PREFIX + "seq":
            items = [self._item((*key, index), item) for index, item in enumerate(node.value)]
            return None if None in items else items
        if isinstance(node, yaml.ScalarNode) and (node.tag == STR or node.tag in SCALARS):
            return self._scalar(key, node)
        self._report("tag", offset, "a tag has no meaning here", "remove the word that begins with `!`")
        return None

    def _mapping(self, key: Key, node: yaml.MappingNode) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for name, value in node.value:
            if not isinstance(name, yaml.ScalarNode):
                self._report("no-name", name.start_mark.index, "the name of a setting is a single word")
                continue
            below = (*key, name.value)
            if below in self.spots:
                first = self.spots[below].name.line
                message = f"{quoted(name.value)} is here twice; line {first} has it already"
                self._report("duplicate", name.start_mark.index, message, "remove one of them")
                continue
            self.spots[below] = Spot(self._place(name), self._place(value), self._written(value))
            made = self.value(below, value)
            if made is not None:
                values[name.value] = made
        return values

    def _item(self, key: Key, node: yaml.Node) -> Any:
        self.spots[key] = Spot(self._place(node), self._place(node), self._written(node))
        return self.value(key, node)

    def _scalar(self, key: Key, node: yaml.ScalarNode) -> Any:
        """A setting without a value is a mistake: what was meant, nobody knows."""
        written: str = node.value
        fits = node.tag == STR or SCALARS[node.tag].match(written)
        if node.tag == NULL or not fits:
            spot = self.spots.get(key)
            name = quoted(key[-1]) if key and isinstance(key[-1], str) else "this item"
            place = spot.name if spot else self._place(node)
            self.problems.append(Problem("no-value", place, f"{name} has no value", "write one, or remove the line"))
            return None
        if node.tag == BOOL:
            return written.lower() == "true"
        return int(written) if node.tag == INT else float(written) if node.tag == FLOAT else written

    def _report(self, reference: str, offset: int, message: str, hint: str = "") -> None:
        self.problems.append(Problem(reference, self._text.place(offset), message, hint))

    def _place(self, node: yaml.Node) -> Any:
        return self._text.place(node.start_mark.index)

    def _written(self, node: yaml.Node) -> str:
        return self._text.text[node.start_mark.index : node.end_mark.index].rstrip()
