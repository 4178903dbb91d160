"""The smallest edits of manifests, in the style of their neighbours; TOML is edited by `tomlkit`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import tomlkit
from packaging.specifiers import SpecifierSet
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AbstractTable, Array

from rules.dependencies.declared import Declared, Style
from rules.dependencies.parse import clauses_of, normalise
from rules.finding import Edit

_NAME = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(?P<extras>\s*\[(?P<inside>[^\]]*)\])?")


class NoEdit(ValueError):
    """The line is written in a way that no edit is known for."""


def add_extra(text: str, item: Declared, extra: str) -> Edit:
    """`sqlalchemy>=2` becomes `sqlalchemy[asyncio]>=2`. `text` is the whole manifest; raises `NoEdit`."""
    if item.hashed or item.conda:
        raise NoEdit("the line carries hashes, or comes from conda")
    if item.style is Style.TABLE:
        return _inline_extra(text, item, extra) or _edit_toml(text, item, partial(_table_extra, extra=extra))
    start = offset_of(text, item.location.line, item.location.column)
    found = _NAME.match(text, start)
    if found is None:
        raise NoEdit("no name stands there")
    if found["inside"] and found["inside"].strip():
        return insertion(item.location.path, text, found.end("inside"), f",{extra}")
    if found["extras"]:
        return insertion(item.location.path, text, found.start("inside"), extra)
    return insertion(item.location.path, text, found.end("name"), f"[{extra}]")


def add_after(text: str, item: Declared, name: str, specifier: str, extras: Iterable[str] = (), tail: str = "") -> Edit:
    """Declares another package right after `item`, in the same form. `tail` is a marker with its semicolon."""
    if item.hashed:
        raise NoEdit("its neighbours carry hashes")
    bracket = f"[{','.join(sorted(extras))}]" if extras else ""
    requirement = f"{name}{bracket}{specifier}{tail}"
    if item.style is Style.TABLE:
        return _table_line_after(text, item, name, specifier, extras, tail)
    if item.style is Style.STRING and item.location.path.endswith(".toml"):
        return _toml_string_after(text, item, requirement)
    return _line_after(text, item, requirement)


def remove(text: str, item: Declared) -> Edit:
    """Takes the declaration away together with its line."""
    if item.hashed:
        raise NoEdit("the line is continued")
    if item.location.path.endswith(".toml") and item.style is Style.STRING:
        return _edit_array(text, item, lambda array, index: array.pop(index))
    start = offset_of(text, item.line, 1)
    end = offset_of(text, item.location.end_line + 1, 1) if item.location.end_line < text.count("\n") + 1 else len(text)
    before = text[start : offset_of(text, item.line, item.location.column)].strip()
    after = text[offset_of(text, item.location.end_line, item.location.end_column) : end].strip()
    if before not in {"", "-", '"', "'"} or not re.fullmatch(r"['\"]?,?\s*(#.*)?", after):
        raise NoEdit("the line holds more than that")
    return replacement(item.location.path, text, start, end, "")


def set_version(text: str, item: Declared, specifier: str) -> Edit:
    """Gives a requirement on a line or in a string other version clauses."""
    if item.hashed or item.url or item.style in {Style.TABLE, Style.YAML}:
        raise NoEdit("its version is written in another way")
    start = offset_of(text, item.line, item.location.column)
    found = _NAME.match(text, start)
    end = offset_of(text, item.location.end_line, item.location.end_column)
    if found is None:
        raise NoEdit("no name stands there")
    semicolon = text.find(";", found.end(), end)
    stop = semicolon if semicolon >= 0 else end
    while stop > found.end() and text[stop - 1].isspace():
        stop -= 1
    return replacement(item.location.path, text, found.end(), stop, specifier)


def like_neighbours(specifier: SpecifierSet, pin: str, neighbours: Iterable[Declared]) -> str:
    """Clauses that another manifest has, in the style of the one they come to: no pin among ranges."""
    limited = [item for item in neighbours if item.specifier != SpecifierSet()]
    ranges = [item for item in limited if not item.pin]
    if not pin or len(ranges) * 2 <= len(limited):
        return clauses_of(specifier)
    carets = sum(item.style is Style.TABLE and "^" in item.text for item in ranges)
    return f"^{pin}" if carets * 2 > len(ranges) else f">={pin}"


def pinned_like(item: Declared, newest: str, floor: str) -> str:
    """Version clauses in the style of a neighbour: a pin beside a pin, a lower bound beside a range, else nothing."""
    if item.pin:
        return f"=={newest}"
    return f">={floor}" if item.specifier != SpecifierSet() else ""


def replacement(path: str, text: str, start: int, end: int, new: str) -> Edit:
    """An edit of a range that is given by its offsets."""
    line, column = position_of(text, start)
    end_line, end_column = position_of(text, end)
    return Edit(path, line, column, end_line, end_column, new)


def insertion(path: str, text: str, offset: int, new: str) -> Edit:
    return replacement(path, text, offset, offset, new)


def apply(text: str, edits: Iterable[Edit]) -> str:
    """The text with edits made; they do not overlap."""
    for edit in sorted(edits, key=lambda edit: (edit.start_line, edit.start_column), reverse=True):
        start = offset_of(text, edit.start_line, edit.start_column)
        end = offset_of(text, edit.end_line, edit.end_column)
        text = text[:start] + edit.replacement + text[end:]
    return text


def offset_of(text: str, line: int, column: int) -> int:
    offset = 0
    for _ in range(line - 1):
        offset = text.index("\n", offset) + 1
    return offset + column - 1


def position_of(text: str, offset: int) -> tuple[int, int]:
    """Line and column, both from 1."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def _line_after(text: str, item: Declared, requirement: str) -> Edit:
    """A new line with the indentation, the dash and the quotes of the one above."""
    lines = text.split("\n")
    line = lines[item.location.end_line - 1]
    lead = line[: item.location.column - 1] if item.line == item.location.end_line else ""
    if not re.fullmatch(r"\s*(-\s+)?['\"]?", lead):
        raise NoEdit("the line holds more than one requirement")
    rest = line[item.location.end_column - 1 :]
    quote = lead[-1] if lead[-1:] in {"'", '"'} else ""
    if quote:
        return _quoted_line_after(text, item, lead, quote, rest, requirement)
    end = offset_of(text, item.location.end_line, len(line) + 1)
    return insertion(item.location.path, text, end, f"\n{lead}{requirement}")


def _quoted_line_after(text: str, item: Declared, lead: str, quote: str, rest: str, requirement: str) -> Edit:
    end = offset_of(text, item.location.end_line, item.location.end_column) + 1
    comma = "," if item.style is Style.STRING else ""
    if comma and not rest[1:].startswith(",") and rest[1:].strip():
        raise NoEdit("the line holds more than one requirement")
    return insertion(item.location.path, text, end, f"{comma}\n{lead}{requirement}{quote}")


def _table_line_after(text: str, item: Declared, name: str, specifier: str, extras: Iterable[str], tail: str) -> Edit:
    """`name = "version"` on a line of its own."""
    lead = text.split("\n")[item.line - 1][: item.location.column - 1]
    if lead.strip() or tail:
        raise NoEdit("it is no plain line of a table")
    value: Any = specifier or "*"
    if extras:
        value = tomlkit.inline_table()
        value["version"], value["extras"] = specifier or "*", sorted(extras)
    end = offset_of(text, item.location.end_line, item.location.end_column)
    line_end = text.find("\n", end)
    at = line_end if line_end >= 0 else len(text)
    return insertion(item.location.path, text, at, f"\n{lead}{name} = {tomlkit.item(value).as_string()}")


def _toml_string_after(text: str, item: Declared, requirement: str) -> Edit:
    literal = text[offset_of(text, item.line, item.location.column) - 1] == "'"

    def insert(array: Array, index: int) -> None:
        array.insert(index + 1, tomlkit.string(requirement, literal=literal))

    return _edit_array(text, item, insert)


def _edit_array(text: str, item: Declared, change: Callable[[Array, int], Any]) -> Edit:
    document = _parse(text)
    for array in _arrays(document):
        values = [str(value) for value in array]
        if item.text in values and _belongs(document, array, item):
            change(array, values.index(item.text))
            return _difference(item.location.path, text, tomlkit.dumps(document))
    raise NoEdit("its list was not found")


def _parse(text: str) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(text)
    except (TOMLKitError, RecursionError) as error:
        raise NoEdit(f"tomlkit cannot read the file: {error}") from None


def _belongs(document: tomlkit.TOMLDocument, array: Array, item: Declared) -> bool:
    """Whether a list is the one of the declaration's group."""
    candidates: list[Any] = []
    project = document.get("project", {})
    if not item.group_name:
        candidates.append(project.get("dependencies"))
    else:
        candidates.append(project.get("optional-dependencies", {}).get(item.group_name))
        candidates.append(document.get("dependency-groups", {}).get(item.group_name))
        tool = document.get("tool", {})
        candidates.append(tool.get("pdm", {}).get("dev-dependencies", {}).get(item.group_name))
        candidates.append(tool.get("uv", {}).get("dev-dependencies"))
    return any(candidate is array for candidate in candidates)


def _arrays(value: Any) -> Iterable[Array]:
    stack = [value]
    while stack:
        current = stack.pop()
        if isinstance(current, Array):
            yield current
        elif isinstance(current, dict):
            stack.extend(current.values())


def _edit_toml(text: str, item: Declared, change: Callable[[Any, str], None]) -> Edit:
    document = _parse(text)
    for table in _tables(document, item):
        for key in table:
            if normalise(key) == item.name:
                change(table, key)
                return _difference(item.location.path, text, tomlkit.dumps(document))
    raise NoEdit("its table was not found")


def _tables(document: tomlkit.TOMLDocument, item: Declared) -> Iterable[Any]:
    """The tables of a Poetry project or a Pipfile that can hold the declaration."""
    poetry = document.get("tool", {}).get("poetry", {})
    candidates = [
        poetry.get("dependencies") if not item.group_name else None,
        poetry.get("group", {}).get(item.group_name, {}).get("dependencies"),
        poetry.get("dev-dependencies") if item.group_name == "dev" else None,
        document.get(item.group_name or "packages"),
    ]
    return (table for table in candidates if isinstance(table, AbstractTable | dict))


def _inline_extra(text: str, item: Declared, extra: str) -> Edit | None:
    """`{version = "2"}` gets another entry, with the spaces that its author leaves; None for any other value."""
    if not re.fullmatch(r"[^{}\[\]]*=\s*\{[^{}\[\]]*[^{}\[\],\s]\s*\}", item.text):
        return None
    end = offset_of(text, item.location.end_line, item.location.end_column) - 1
    while text[end - 1].isspace():
        end -= 1
    return insertion(item.location.path, text, end, f', extras = ["{extra}"]')


def _table_extra(table: Any, key: str, extra: str) -> None:
    value = table[key]
    if isinstance(value, str):
        inline = tomlkit.inline_table()
        inline["version"] = str(value)
        inline["extras"] = [extra]
        table[key] = inline
    elif isinstance(value, dict) and isinstance(value.get("extras"), list):
        value["extras"].append(extra)
    elif isinstance(value, dict):
        value["extras"] = [extra]
    else:
        raise NoEdit("it is declared several times")


def _difference(path: str, old: str, new: str) -> Edit:
    """The one range in which two texts differ; whole lines where only lines come or go."""
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    removed, added = old[start : len(old) - end], new[start : len(new) - end]
    back = 0 if removed and added else _to_line_start(old, start, removed or added) or _to_comma(old, start, added)
    start, end = start - back, end + back
    return replacement(path, old, start, len(old) - end, new[start : len(new) - end])


def _to_comma(old: str, start: int, added: str) -> int:
    """How far a pure insertion into a line can be moved back, so that it begins with a comma."""
    for back in range(len(added)):
        moved = added[len(added) - back :] + added[: len(added) - back]
        if old[start - back : start] != added[len(added) - back :]:
            return 0
        if moved.startswith(","):
            return back
    return 0


def _to_line_start(old: str, start: int, changed: str) -> int:
    """How far a pure insertion or deletion can be moved back, so that it begins with its line."""
    back = 0
    while start - back > 0 and old[start - back - 1] != "\n":
        if old[start - back - 1] != changed[-1 - back % len(changed)]:
            return 0
        back += 1
    return back
