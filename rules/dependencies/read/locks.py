"""Reads locks: `uv.lock`, `poetry.lock`, `pdm.lock`, `pylock.toml` (PEP 751) and `Pipfile.lock`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from rules.dependencies.declared import Edge, Kind, Lock, Locked, Manifest
from rules.dependencies.parse import NoManifest, Unreadable, extras_of, normalise, requirement
from rules.dependencies.text import decode_any
from rules.dependencies.toml_text import load

_Entry = dict[str, Any]
_NAME = re.compile(r'^name\s*=\s*["\']([^"\']+)["\']', re.MULTILINE)
_POETRY_EXTRA = re.compile(r"^([A-Za-z0-9._-]+)(?:\[([^\]]*)\])?")


def read_uv(path: str, data: bytes) -> Manifest:
    return _read_tables(path, data, "package", _uv_package)


def read_poetry(path: str, data: bytes) -> Manifest:
    return _read_tables(path, data, "package", _poetry_package)


def read_pdm(path: str, data: bytes) -> Manifest:
    return _read_tables(path, data, "package", _pdm_package)


def read_pylock(path: str, data: bytes) -> Manifest:
    return _read_tables(path, data, "packages", _pylock_package, graph=False)


def read_pipfile_lock(path: str, data: bytes) -> Manifest:
    text = decode_any(data)
    try:
        values = json.loads(text)
    except json.JSONDecodeError as error:
        raise NoManifest(f"is no JSON: {error.msg} (line {error.lineno})") from None
    except ValueError as error:  # a number of more digits than Python reads
        raise NoManifest(f"is no JSON: {error}") from None
    except RecursionError:
        raise NoManifest("is nested too deeply to be read") from None
    packages = [package for section in ("default", "develop") for package in _pipfile_packages(text, values, section)]
    return Manifest(path, Kind.LOCK, lock=Lock(tuple(packages), graph=False))


_Package = Callable[[_Entry, int], Locked]


def _read_tables(path: str, data: bytes, key: str, package: _Package, *, graph: bool = True) -> Manifest:
    text = decode_any(data)
    values = load(text)
    entries = values.get(key)
    if not isinstance(entries, list) and entries is not None:
        raise NoManifest(f"`{key}` is no list of packages")
    lines = _lines(text)
    found = [entry for entry in entries or [] if isinstance(entry, dict) and isinstance(entry.get("name"), str)]
    return Manifest(
        path,
        Kind.LOCK,
        lock=Lock(tuple(package(entry, lines.get(normalise(entry["name"]), 1)) for entry in found), graph),
    )


def _lines(text: str) -> dict[str, int]:
    """The line of each package's name."""
    lines: dict[str, int] = {}
    line, at = 1, 0
    for found in _NAME.finditer(text):
        line += text.count("\n", at, found.start())
        at = found.start()
        lines.setdefault(normalise(found[1]), line)
    return lines


def _uv_package(entry: _Entry, line: int) -> Locked:
    optional = entry.get("optional-dependencies")
    extras = optional if isinstance(optional, dict) else {}
    markers = [text for text in entry.get("resolution-markers", []) if isinstance(text, str)]
    return Locked(
        name=normalise(entry["name"]),
        version=str(entry.get("version", "")),
        line=line,
        marker=" or ".join(f"({text})" for text in markers),
        edges=tuple(_uv_edges(entry.get("dependencies"))),
        extra_edges=tuple((normalise(name), tuple(_uv_edges(edges))) for name, edges in extras.items()),
    )


def _uv_edges(entries: object) -> Iterator[Edge]:
    for entry in entries if isinstance(entries, list) else []:
        if isinstance(entry, dict) and isinstance(entry.get("name"), str):
            yield Edge(normalise(entry["name"]), extras_of(entry.get("extra")), str(entry.get("marker", "")))


def _poetry_package(entry: _Entry, line: int) -> Locked:
    requires = entry.get("dependencies")
    extras = entry.get("extras")
    groups = entry.get("groups")
    return Locked(
        name=normalise(entry["name"]),
        version=str(entry.get("version", "")),
        line=line,
        edges=tuple(_poetry_edges(requires if isinstance(requires, dict) else {})),
        extra_edges=tuple(
            (normalise(name), tuple(_poetry_extra(values)))
            for name, values in (extras if isinstance(extras, dict) else {}).items()
        ),
        development=isinstance(groups, list) and bool(groups) and "main" not in groups,
    )


def _poetry_edges(requires: dict[str, Any]) -> Iterator[Edge]:
    for name, value in requires.items():
        for entry in value if isinstance(value, list) else [value]:
            table = entry if isinstance(entry, dict) else {}
            if table.get("optional") is not True:
                yield Edge(normalise(name), extras_of(table.get("extras")), str(table.get("markers", "")))


def _poetry_extra(values: object) -> Iterator[Edge]:
    """`"greenlet (!=0.4.17)"`: the version does not matter here."""
    for value in values if isinstance(values, list) else []:
        found = _POETRY_EXTRA.match(value) if isinstance(value, str) else None
        if found:
            extras = [extra.strip() for extra in (found[2] or "").split(",") if extra.strip()]
            yield Edge(normalise(found[1]), extras_of(extras), str(value).partition(";")[2].strip())


def _pdm_package(entry: _Entry, line: int) -> Locked:
    groups = entry.get("groups")
    return Locked(
        name=normalise(entry["name"]),
        version=str(entry.get("version", "")),
        line=line,
        marker=str(entry.get("marker", "")),
        extras=extras_of(entry.get("extras")),
        edges=tuple(_texts_as_edges(entry.get("dependencies"))),
        development=isinstance(groups, list) and bool(groups) and "default" not in groups,
    )


def _texts_as_edges(entries: object) -> Iterator[Edge]:
    for entry in entries if isinstance(entries, list) else []:
        if not isinstance(entry, str):
            continue
        try:
            parsed = requirement(entry)
        except Unreadable:
            continue  # a lock is written by a tool; what packaging can't read of it is no edge that decides here
        yield Edge(normalise(parsed.name), extras_of(parsed.extras), str(parsed.marker or ""))


def _pylock_package(entry: _Entry, line: int) -> Locked:
    return Locked(
        name=normalise(entry["name"]),
        version=str(entry.get("version", "")),
        line=line,
        marker=str(entry.get("marker", "")),
    )


def _pipfile_packages(text: str, values: object, section: str) -> Iterator[Locked]:
    table = values.get(section) if isinstance(values, dict) else None
    for name, entry in (table if isinstance(table, dict) else {}).items():
        if isinstance(entry, dict):
            yield Locked(
                name=normalise(name),
                version=str(entry.get("version", "")).removeprefix("=="),
                line=text.count("\n", 0, max(text.find(f'"{name}"'), 0)) + 1,
                marker=str(entry.get("markers", "")),
                development=section == "develop",
            )
