"""Reads a `Pipfile`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from packaging.markers import Marker
from packaging.specifiers import SpecifierSet

from rules.dependencies.declared import Declared, Group, Kind, Manifest, Style
from rules.dependencies.parse import ANY, Unreadable, bounded, extras_of, marker, normalise, specifier
from rules.dependencies.paths import join
from rules.dependencies.toml_text import TomlText

_SECTIONS = {"packages": Group.RUNTIME, "dev-packages": Group.DEVELOPMENT}
_MARKERS = ("os_name", "sys_platform", "platform_machine", "platform_system", "python_version", "python_full_version")
_NO_SECTIONS = frozenset({"source", "requires", "scripts", "pipenv", "pipfile"})


def read(path: str, data: bytes) -> Manifest:
    toml = TomlText(path, data)
    problems: list[str] = []
    declared = [item for section in toml.values for item in _section(toml, section, problems)]
    version = toml.get("requires", "python_version") or toml.get("requires", "python_full_version")
    return Manifest(
        path,
        Kind.PIPFILE,
        declared=tuple(declared),
        requires_python=f"=={version}.*" if isinstance(version, str) and version.count(".") == 1 else "",
        problems=tuple(problems),
    )


def _section(toml: TomlText, section: str, problems: list[str]) -> Iterator[Declared]:
    if section in _NO_SECTIONS:
        return
    for package, entry in bounded(toml.table(section).items()):
        try:
            yield _declared(toml, section, package, entry)
        except Unreadable as error:
            problems.append(f"line {toml.place(section, package).line}: `{package}`: {error}")


def _declared(toml: TomlText, section: str, package: str, entry: object) -> Declared:
    if not isinstance(entry, str | dict):
        raise Unreadable("neither a version nor a table")
    table: dict[str, Any] = entry if isinstance(entry, dict) else {"version": entry}
    version, path = table.get("version", "*"), table.get("path")
    return Declared(
        name=normalise(package),
        location=toml.pair(section, package),
        text=toml.written(section, package),
        specifier=_specifier(version) if isinstance(version, str) else ANY,
        group=_SECTIONS.get(section, Group.EXTRA),
        group_name="" if section == "packages" else section,
        extras=extras_of(table.get("extras")),
        marker=_marker(table),
        url=next((str(table[key]) for key in ("git", "file") if key in table), ""),
        local=join(toml.path, path) if isinstance(path, str) else "",
        style=Style.TABLE,
    )


def _specifier(version: str) -> SpecifierSet:
    """A version without an operator is a pin to Pipenv."""
    return specifier(f"=={version.strip()}" if version.strip()[:1].isdigit() else version)


def _marker(table: dict[str, Any]) -> Marker | None:
    parts = [f"({table['markers']})"] if isinstance(table.get("markers"), str) else []
    parts += [f"{name} {table[name]}" for name in _MARKERS if isinstance(table.get(name), str)]
    return marker(" and ".join(parts))
