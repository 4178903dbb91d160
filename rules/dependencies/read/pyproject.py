"""Reads `pyproject.toml`: PEP 621, PEP 735, Poetry, PDM, Hatch, uv and what setuptools takes from other files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

from rules.dependencies.declared import OVERRIDES, WORKSPACE, Declared, Group, Include, Kind, Manifest, Style
from rules.dependencies.parse import (
    ANY,
    Unreadable,
    bounded,
    extras_of,
    is_development,
    normalise,
    requirement,
    specifier,
)
from rules.dependencies.paths import join
from rules.dependencies.read import poetry
from rules.dependencies.toml_text import TomlText
from rules.finding import Location

_EDITABLE = re.compile(r"-e\s+(?:(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?\s*@\s*)?(?P<url>\S+)")
_EGG = re.compile(r"[#&]egg=([A-Za-z0-9._-]+)")
MOST_LOOPS = 3
"""Circles that are told of one file."""
_ROOT = re.compile(r"^file:(?://)?/?\$?\{(?:PROJECT_ROOT|root:uri)\}/?")


def read(path: str, data: bytes) -> Manifest:
    return _Reader(TomlText(path, data)).manifest()


class _Reader:
    """Collects what the tables of one file declare, and what in them nobody can read."""

    def __init__(self, toml: TomlText) -> None:
        self.toml = toml
        self.problems: list[str] = []

    def manifest(self) -> Manifest:
        project = self.toml.table("project")
        found = poetry.read_tables(self.toml, self.problems)
        declared = [*self._project(), *self._groups(), *self._pdm(), *self._hatch(), *self._uv(), *found.declared]
        includes = tuple(self._dynamic())
        dynamic = project.get("dynamic")
        if isinstance(dynamic, list) and "dependencies" in dynamic and not includes and not found.declared:
            self.problems.append("`dependencies` is dynamic, and no file is named that holds them")
        name = project.get("name") or self.toml.get("tool", "poetry", "name")
        return Manifest(
            self.toml.path,
            Kind.PYPROJECT,
            declared=tuple(self._with_sources(declared)),
            includes=includes,
            requires_python=self._requires_python() or found.requires_python,
            environments=tuple(_texts(self.toml.get("tool", "uv", "environments"))),
            name=normalise(name) if isinstance(name, str) else "",
            tool=self._tool(),
            members=tuple(_texts(self.toml.get("tool", "uv", "workspace", "members"))),
            problems=tuple(self.problems),
        )

    def _tool(self) -> str:
        if self.toml.get("tool", "poetry", "dependencies") is not None:
            return "poetry"
        backend = str(self.toml.get("build-system", "build-backend"))
        tables = [name for name in ("uv", "pdm", "poetry") if self.toml.get("tool", name) is not None]
        return next(iter(tables), next((name for name in ("poetry", "pdm", "uv") if backend.startswith(name)), ""))

    def _requires_python(self) -> str:
        text = self.toml.get("project", "requires-python")
        if not isinstance(text, str):
            return ""
        try:
            return str(specifier(text))
        except Unreadable as error:
            self.problems.append(f"`requires-python`: {error}")
            return ""

    def _project(self) -> Iterator[Declared]:
        yield from self._strings(("project", "dependencies"), Group.RUNTIME, "")
        for extra in self.toml.table("project", "optional-dependencies"):
            group = Group.DEVELOPMENT if is_development(extra) else Group.EXTRA
            yield from self._strings(("project", "optional-dependencies", extra), group, extra)

    def _groups(self) -> Iterator[Declared]:
        groups = self.toml.table("dependency-groups")
        for name, items in groups.items():
            group = Group.DEVELOPMENT if is_development(name) else Group.EXTRA
            yield from self._strings(("dependency-groups", name), group, name)
            for item in items if isinstance(items, list) else []:
                self._check_include(name, item, groups)

        for loop in islice(_loops(groups), MOST_LOOPS):
            self.problems.append(f"dependency groups include each other: {' -> '.join(f'`{name}`' for name in loop)}")

    def _check_include(self, name: str, item: object, groups: dict[str, Any]) -> None:
        included = item.get("include-group") if isinstance(item, dict) else None
        if isinstance(included, str) and normalise(included) not in {normalise(group) for group in groups}:
            self.problems.append(f"dependency group `{name}` includes `{included}`, which does not exist")

    def _pdm(self) -> Iterator[Declared]:
        for name in self.toml.table("tool", "pdm", "dev-dependencies"):
            yield from self._strings(("tool", "pdm", "dev-dependencies", name), Group.DEVELOPMENT, name)
        keys = ("tool", "pdm", "resolution", "overrides")
        for name, version in self.toml.table(*keys).items():
            if isinstance(version, str) and "://" not in version:
                written = f"{name}{version if version[:1] in tuple('<>=!~') else f'=={version}'}"
                yield from self._string(written, (*keys, name), Group.CONSTRAINT, OVERRIDES)

    def _hatch(self) -> Iterator[Declared]:
        for name in self.toml.table("tool", "hatch", "envs"):
            for key in ("dependencies", "extra-dependencies"):
                yield from self._strings(("tool", "hatch", "envs", name, key), Group.DEVELOPMENT, name)

    def _uv(self) -> Iterator[Declared]:
        yield from self._strings(("tool", "uv", "dev-dependencies"), Group.DEVELOPMENT, "dev")
        yield from self._strings(("tool", "uv", "constraint-dependencies"), Group.CONSTRAINT, "constraint-dependencies")
        yield from self._strings(("tool", "uv", OVERRIDES), Group.CONSTRAINT, OVERRIDES)

    def _strings(self, keys: tuple[str, ...], group: Group, name: str) -> Iterator[Declared]:
        items = self.toml.get(*keys)
        if items is None:
            return
        if not isinstance(items, list):
            self.problems.append(f"`{'.'.join(keys)}` is no list")
            return
        for index, item in enumerate(bounded(items)):
            if isinstance(item, str):
                yield from self._string(item, (*keys, index), group, name)

    def _string(self, text: str, keys: tuple[str | int, ...], group: Group, name: str) -> Iterator[Declared]:
        place = self.toml.place(*keys)
        if editable := _EDITABLE.match(text):
            yield self._editable(text, editable, place, group, name)
            return
        try:
            parsed = requirement(text)
        except Unreadable as error:
            self.problems.append(f"line {place.line}: `{text[:80]}` is no requirement: {error}")
            return
        yield Declared(
            name=normalise(parsed.name),
            location=place,
            text=text,
            specifier=parsed.specifier,
            group=group,
            group_name=name,
            extras=extras_of(parsed.extras),
            marker=parsed.marker,
            url=parsed.url or "",
            local=_local_url(self.toml.path, parsed.url or ""),
            style=Style.STRING,
        )

    def _editable(self, text: str, found: re.Match[str], place: Location, group: Group, name: str) -> Declared:
        """`-e file:///${PROJECT_ROOT}/server#egg=server`, as PDM writes a package of the same tree."""
        egg = _EGG.search(text)
        called = found["name"] or (egg[1] if egg else "")
        return Declared(
            name=normalise(called) if called else "",
            location=place,
            text=text,
            specifier=ANY,
            group=group,
            group_name=name,
            url=found["url"],
            local=_local_url(self.toml.path, found["url"]),
            style=Style.STRING,
        )

    def _dynamic(self) -> Iterator[Include]:
        for keys, group in (
            (("tool", "setuptools", "dynamic", "dependencies"), Group.RUNTIME),
            (("tool", "setuptools", "dynamic", "optional-dependencies"), Group.EXTRA),
        ):
            table = self.toml.table(*keys)
            tables = {"": table} if group is Group.RUNTIME else table
            for extra, value in tables.items():
                real = Group.DEVELOPMENT if extra and is_development(extra) else group
                yield from self._files(value, keys, real, extra)
        hatch = ("tool", "hatch", "metadata", "hooks", "requirements_txt")
        for name in _texts(self.toml.get(*hatch, "files")):
            yield Include(join(self.toml.path, name), self.toml.place(*hatch, "files").line)

    def _files(self, value: object, keys: tuple[str, ...], group: Group, extra: str) -> Iterator[Include]:
        files = value.get("file") if isinstance(value, dict) else None
        line = self.toml.pair(*keys, *([extra] if extra else []), "file").line
        for name in [files] if isinstance(files, str) else _texts(files):
            yield Include(join(self.toml.path, name), line, group=group, group_name=extra)

    def _with_sources(self, declared: list[Declared]) -> Iterator[Declared]:
        """Follows `tool.uv.sources`: a package may come from a folder of the tree, or from elsewhere."""
        sources = {normalise(name): value for name, value in self.toml.table("tool", "uv", "sources").items()}
        for item in declared:
            source = sources.get(item.name)
            yield _from_source(item, source, self.toml.path) if isinstance(source, dict) else item


def _loops(groups: dict[str, Any]) -> Iterator[list[str]]:
    """Circles of PEP 735 groups, each told once, from the group that is written first."""
    includes = {
        normalise(name): [
            normalise(item["include-group"])
            for item in (items if isinstance(items, list) else [])
            if isinstance(item, dict) and isinstance(item.get("include-group"), str)
        ]
        for name, items in groups.items()
    }
    done: set[str] = set()
    for start in includes:
        way = dict.fromkeys([start])
        ahead = [iter(includes[start] if start not in done else ())]
        while ahead:
            name = next(ahead[-1], None)
            if name is None:
                ahead.pop()
                done.add(way.popitem()[0])
            elif name in way:
                yield [*islice(way, list(way).index(name), None), name]
            elif name in includes and name not in done:
                way[name] = None
                ahead.append(iter(includes[name]))


def _from_source(item: Declared, source: dict[str, Any], path: str) -> Declared:
    if source.get("workspace") is True:
        return replace(item, local=f"{WORKSPACE}{item.name}")
    if isinstance(source.get("path"), str):
        return replace(item, local=join(path, source["path"]))
    url = next((source[key] for key in ("git", "url") if isinstance(source.get(key), str)), "")
    return replace(item, url=url) if url else item


def _local_url(path: str, url: str) -> str:
    """The folder of the tree that a `file:` reference of a relative path, or of one below the project, names."""
    url = _ROOT.sub("file:", url.partition("#")[0].replace("{root:uri}", "file:{root:uri}", 1))
    if url.startswith("file:") and not url.startswith("file:///"):
        return join(path, url.removeprefix("file:").lstrip("/"))
    return ""


def _texts(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
