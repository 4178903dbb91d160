"""Reads what Poetry keeps in `pyproject.toml`: groups, extras, and versions in its own spelling."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from packaging.markers import Marker
from packaging.specifiers import SpecifierSet

from rules.dependencies.declared import Declared, Group, Style
from rules.dependencies.parse import (
    ANY,
    Unreadable,
    bounded,
    extras_of,
    is_development,
    marker,
    normalise,
    poetry_specifier,
)
from rules.dependencies.paths import join
from rules.dependencies.toml_text import TomlText

_PLATFORMS = {"linux": "linux", "darwin": "darwin", "win32": "win32", "windows": "win32", "macos": "darwin"}


@dataclass(frozen=True, slots=True)
class Tables:
    declared: tuple[Declared, ...]
    requires_python: str


def read_tables(toml: TomlText, problems: list[str]) -> Tables:
    """Adds what cannot be read to `problems`."""
    own = "project" in toml.values and isinstance(toml.get("project", "dependencies"), list)
    declared = [
        item
        for keys, group, name in _sections(toml)
        for item in _section(toml, keys, group, name, problems)
        if not (own and group is Group.RUNTIME and item.specifier == ANY)
    ]
    return Tables(tuple(declared), _python(toml, problems))


def _sections(toml: TomlText) -> Iterator[tuple[tuple[str, ...], Group, str]]:
    yield ("tool", "poetry", "dependencies"), Group.RUNTIME, ""
    yield ("tool", "poetry", "dev-dependencies"), Group.DEVELOPMENT, "dev"
    for name in toml.table("tool", "poetry", "group"):
        keys = ("tool", "poetry", "group", name, "dependencies")
        if is_development(name):
            yield keys, Group.DEVELOPMENT, name
        else:
            optional = toml.get("tool", "poetry", "group", name, "optional") is True
            yield keys, Group.EXTRA if optional else Group.RUNTIME, name


def _section(toml: TomlText, keys: tuple[str, ...], group: Group, name: str, problems: list[str]) -> Iterator[Declared]:
    for package in bounded(toml.table(*keys)):
        if normalise(package) == "python":
            continue
        value = toml.get(*keys, package)
        entries = value if isinstance(value, list) else [value]
        for index, entry in enumerate(entries):
            place: tuple[str | int, ...] = (*keys, package, index) if isinstance(value, list) else (*keys, package)
            try:
                yield _declared(toml, package, entry, place, group, name)
            except Unreadable as error:
                problems.append(f"line {toml.place(*place).line}: `{package}`: {error}")


def _declared(
    toml: TomlText, package: str, entry: object, place: tuple[str | int, ...], group: Group, name: str
) -> Declared:
    if not isinstance(entry, str | dict):
        raise Unreadable("neither a version nor a table")
    table: dict[str, Any] = entry if isinstance(entry, dict) else {"version": entry}
    clauses, exact = _version(table)
    path = table.get("path")
    return Declared(
        name=normalise(package),
        location=toml.pair(*place),
        text=toml.written(*place),
        specifier=clauses,
        group=Group.EXTRA if table.get("optional") is True and group is Group.RUNTIME else group,
        group_name=name,
        extras=extras_of(table.get("extras")),
        marker=_marker(table),
        url=next((str(table[key]) for key in ("git", "url") if key in table), ""),
        local=join(toml.path, path) if isinstance(path, str) else "",
        style=Style.TABLE,
        exact=exact,
    )


def _version(table: dict[str, Any]) -> tuple[SpecifierSet, bool]:
    text = table.get("version", "*")
    if not isinstance(text, str):
        raise Unreadable("its version is no text")
    return poetry_specifier(text)


def _marker(table: dict[str, Any]) -> Marker | None:
    parts = []
    if isinstance(table.get("markers"), str):
        parts.append(f"({table['markers']})")
    if isinstance(table.get("platform"), str):
        parts.append(f"sys_platform == '{_PLATFORMS.get(table['platform'], table['platform'])}'")
    if isinstance(table.get("python"), str):
        clauses, exact = poetry_specifier(table["python"])
        if exact:
            parts.extend(f"python_version {clause.operator} '{clause.version}'" for clause in clauses)
    return marker(" and ".join(parts))


def _python(toml: TomlText, problems: list[str]) -> str:
    text = toml.get("tool", "poetry", "dependencies", "python")
    if not isinstance(text, str):
        return ""
    try:
        clauses, exact = poetry_specifier(text)
    except Unreadable as error:
        problems.append(f"`python`: {error}")
        return ""
    return str(clauses) if exact else ""
