"""Reads the requirements of `setup.cfg`."""

from __future__ import annotations

import configparser
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from rules.dependencies.declared import Declared, Group, Include, Kind, Manifest, Style
from rules.dependencies.parse import NoManifest, Unreadable, bounded, extras_of, is_development, normalise, requirement
from rules.dependencies.paths import join
from rules.dependencies.text import decode
from rules.finding import Location

_SECTION = re.compile(r"^\[([^\]]+)\]")
_LISTS = {"options": ("install_requires", "tests_require"), "metadata": ()}
"""The keys of sections whose values are lists; in `options.extras_require`, all are."""
_KEY = re.compile(r"^([A-Za-z0-9_.-]+)\s*[=:]\s*(.*)$")


@dataclass(frozen=True, slots=True)
class _Item:
    """One line of a value, with the key it belongs to."""

    section: str
    key: str
    text: str
    line: int
    column: int


def read(path: str, data: bytes) -> Manifest:
    text = decode(data)
    try:
        configparser.RawConfigParser().read_string(text)
    except configparser.Error as error:
        raise NoManifest(f"is no INI file: {str(error).splitlines()[0]}") from None
    declared: list[Declared] = []
    includes: list[Include] = []
    problems: list[str] = []
    python = ""
    for item in bounded(_items(text)):
        group = _group(item)
        if (item.section, item.key) == ("options", "python_requires"):
            python = item.text
        elif group is None:
            continue
        elif item.text.startswith("file:"):
            includes.extend(_files(path, item, group))
        else:
            try:
                declared.append(_declared(path, item, group))
            except Unreadable as error:
                problems.append(f"line {item.line}: `{item.text[:80]}` is no requirement: {error}")
    return Manifest(
        path,
        Kind.SETUP_CFG,
        declared=tuple(declared),
        includes=tuple(includes),
        requires_python=python,
        name=next((normalise(i.text) for i in _items(text) if (i.section, i.key) == ("metadata", "name")), ""),
        problems=tuple(problems),
    )


def _items(text: str) -> Iterator[_Item]:
    """The lines of the values. A list that has one line alone may have semicolons between its items."""
    alone: _Item | None = None
    for item, is_first in _lines(text):
        if alone is not None:
            yield from _parts(alone) if is_first else (alone,)
        alone = item if is_first and item.key in _LISTS.get(item.section, (item.key,)) else None
        if alone is None:
            yield item
    if alone is not None:
        yield from _parts(alone)


def _parts(item: _Item) -> Iterator[_Item]:
    at = item.column
    for part in item.text.split(";"):
        if part.strip():
            yield replace(item, text=part.strip(), column=at + len(part) - len(part.lstrip()))
        at += len(part) + 1


def _lines(text: str) -> Iterator[tuple[_Item, bool]]:
    """Each line of a value, and whether it stands beside the key. A semicolon within a line begins no comment."""
    section = key = ""
    for number, line in enumerate(text.split("\n"), start=1):
        content = re.sub(r"\s#.*$", "", line).rstrip()
        if not content.strip() or content.lstrip().startswith(("#", ";")):
            continue
        if found := _SECTION.match(content):
            section, key = found[1].strip(), ""
        elif content[0].isspace() and key:
            column = len(content) - len(content.lstrip()) + 1
            yield _Item(section, key, content.strip(), number, column), False
        elif pair := _KEY.match(content):
            key = pair[1].lower()
            if pair[2]:
                yield _Item(section, key, pair[2], number, pair.start(2) + 1), True


def _group(item: _Item) -> Group | None:
    if item.section == "options" and item.key == "install_requires":
        return Group.RUNTIME
    if item.section == "options" and item.key == "tests_require":
        return Group.DEVELOPMENT
    if item.section == "options.extras_require":
        return Group.DEVELOPMENT if is_development(item.key) else Group.EXTRA
    return None


def _files(path: str, item: _Item, group: Group) -> Iterator[Include]:
    name = item.key if group is not Group.RUNTIME else ""
    for file in item.text.removeprefix("file:").split(","):
        yield Include(join(path, file.strip()), item.line, group=group, group_name=name)


def _declared(path: str, item: _Item, group: Group) -> Declared:
    parsed = requirement(item.text)
    return Declared(
        name=normalise(parsed.name),
        location=Location(path, item.line, item.column, item.line, item.column + len(item.text)),
        text=item.text,
        specifier=parsed.specifier,
        group=group,
        group_name="" if group is Group.RUNTIME else item.key,
        extras=extras_of(parsed.extras),
        marker=parsed.marker,
        url=parsed.url or "",
        style=Style.LINE,
    )
