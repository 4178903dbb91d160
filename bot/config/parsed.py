"""A configuration file as values, with the place of each of them: what reading YAML and TOML have in common."""

from __future__ import annotations

import bisect
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.config.problems import Layer, Place, Problem

Key = tuple[str | int, ...]
"""The way to a value: names of settings and indices of lists."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a value and its name stand; in a list both are the same. `text` is the value as it is written."""

    name: Place
    value: Place
    text: str = ""


@dataclass(frozen=True, slots=True)
class Parsed:
    """`values` are the settings that a file gives. `start` is where they begin.

    `problems` are mistakes in how the rest is written down, which has no values.
    """

    path: str
    start: Place
    values: Mapping[str, Any] = field(default_factory=dict)
    spots: Mapping[Key, Spot] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def spot(self, key: Key) -> Spot:
        """Of the value below `key`; what has no place of its own has that of what it is in."""
        while key and key not in self.spots:
            key = key[:-1]
        return self.spots[key] if key else Spot(self.start, self.start)


class Unreadable(Exception):
    """The file holds no settings that could be looked at."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems


class Text:
    """A decoded file that knows the line and column of its characters. Raises Unreadable for what is no UTF-8."""

    def __init__(self, path: str, data: bytes, layer: Layer) -> None:
        self.path = path
        self.layer = layer
        try:
            self.text = data.decode("utf-8").removeprefix("\ufeff")
        except UnicodeDecodeError as error:
            before = data[: error.start].decode("utf-8")
            place = Place(path, before.count("\n") + 1, len(before) - before.rfind("\n"), layer)
            raise Unreadable(Problem("not-utf-8", place, "the file is no UTF-8", "save it in that encoding")) from None
        self._starts = [0, *(index + 1 for index, character in enumerate(self.text) if character == "\n")]

    def place(self, offset: int) -> Place:
        """`offset` counts characters from 0."""
        line = bisect.bisect_right(self._starts, offset)
        return Place(self.path, line, offset - self._starts[line - 1] + 1, self.layer)

    @property
    def start(self) -> Place:
        return self.place(0)
