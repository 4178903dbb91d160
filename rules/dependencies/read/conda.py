"""Reads a conda `environment.yml`, its pip section included."""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml
from packaging.specifiers import SpecifierSet

from rules.dependencies.declared import Declared, Group, Include, Kind, Manifest, Style
from rules.dependencies.parse import (
    ANY,
    NoManifest,
    Unreadable,
    bounded,
    extras_of,
    is_development,
    normalise,
    requirement,
    specifier,
)
from rules.dependencies.paths import OUTSIDE, join
from rules.dependencies.text import decode
from rules.finding import Location

_SPEC = re.compile(r"^(?:[\w./-]+::)?(?P<name>[A-Za-z0-9_.-]+)\s*(?:\[[^\]]*\])?\s*(?P<version>[^\[]*)")
_LARGEST = 256 * 1024
_DEEPEST = 50


def read(path: str, data: bytes) -> Manifest:
    if len(data) > _LARGEST:
        raise NoManifest(f"larger than {_LARGEST // 1024} KiB")
    root = _compose(decode(data))
    if not isinstance(root, yaml.MappingNode):
        return Manifest(path, Kind.CONDA)
    group = Group.DEVELOPMENT if is_development(path.rpartition("/")[2]) else Group.RUNTIME
    reader = _Reader(path, group)
    for key, value in root.value:
        if key.value == "dependencies" and isinstance(value, yaml.SequenceNode):
            reader.dependencies(value)
    return Manifest(
        path,
        Kind.CONDA,
        declared=tuple(item for item in reader.declared if item.name != "python"),
        includes=tuple(reader.includes),
        requires_python=next((str(i.specifier) for i in reader.declared if i.name == "python"), ""),
        problems=tuple(reader.problems),
    )


def _compose(text: str) -> yaml.Node | None:
    """The nodes with their places; nothing is constructed, and aliases are not followed."""
    if _depth(text) > _DEEPEST:
        raise NoManifest("is nested too deeply to be read")
    try:
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1})" if mark else ""
        raise NoManifest(f"is no YAML{where}: {getattr(error, 'problem', None) or error}") from None
    except RecursionError:
        raise NoManifest("is nested too deeply to be read") from None


def _depth(text: str) -> int:
    """How deep brackets are nested: the reader's time grows with its square."""
    depth = deepest = 0
    for bracket in re.findall(r"[\[{\]}]", text):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


class _Reader:
    def __init__(self, path: str, group: Group) -> None:
        self.path = path
        self.group = group
        self.declared: list[Declared] = []
        self.includes: list[Include] = []
        self.problems: list[str] = []

    def dependencies(self, node: yaml.SequenceNode) -> None:
        for item in bounded(node.value):
            if isinstance(item, yaml.ScalarNode):
                self.declared.extend(self._conda(item))
            elif isinstance(item, yaml.MappingNode):
                for key, value in item.value:
                    if key.value == "pip" and isinstance(value, yaml.SequenceNode):
                        self._pip_section(value)

    def _pip_section(self, node: yaml.SequenceNode) -> None:
        for item in bounded(node.value):
            if isinstance(item, yaml.ScalarNode):
                try:
                    self._pip(item)
                except Unreadable as error:
                    self.problems.append(f"line {item.start_mark.line + 1}: {error}")

    def _conda(self, node: yaml.ScalarNode) -> Iterator[Declared]:
        found = _SPEC.match(node.value)
        if found is None:
            self.problems.append(f"line {node.start_mark.line + 1}: `{node.value[:80]}` is no conda package")
            return
        yield Declared(
            name=normalise(found["name"]),
            location=self._place(node),
            text=node.value,
            specifier=_conda_version(found["version"]),
            group=self.group,
            style=Style.YAML,
            exact=False,
            conda=True,
        )

    def _pip(self, node: yaml.ScalarNode) -> None:
        text = str(node.value).strip()
        if text.startswith(("-r ", "-c ")):
            target = join(self.path, text[3:].strip())
            if target == OUTSIDE:
                raise Unreadable(f"`{text[:80]}` lies outside of the checked tree")
            self.includes.append(Include(target, node.start_mark.line + 1, text.startswith("-c"), self.group))
        elif text.startswith("-e ") or text.startswith("."):
            local = join(self.path, text.removeprefix("-e").strip().partition("[")[0])
            self.declared.append(self._item(node, "", ANY, local=local))
        elif not text.startswith("-"):
            parsed = requirement(text)
            extras = extras_of(parsed.extras)
            self.declared.append(self._item(node, normalise(parsed.name), parsed.specifier, extras))

    def _item(
        self,
        node: yaml.ScalarNode,
        name: str,
        clauses: SpecifierSet,
        extras: frozenset[str] = frozenset(),
        *,
        local: str = "",
    ) -> Declared:
        return Declared(
            name=name,
            location=self._place(node),
            text=node.value,
            specifier=clauses,
            group=self.group,
            group_name="pip",
            extras=extras,
            local=local,
            style=Style.YAML,
        )

    def _place(self, node: yaml.ScalarNode) -> Location:
        quotes = 1 if node.style in {"'", '"'} else 0
        start, end = node.start_mark, node.end_mark
        return Location(self.path, start.line + 1, start.column + 1 + quotes, end.line + 1, end.column + 1 - quotes)


def _conda_version(text: str) -> SpecifierSet:
    """Conda's spelling as version clauses: `=2.0` is a prefix, a second word is a build. What it can't say is any."""
    text = text.strip().split(" ")[0] if not text.strip().startswith(("<", ">", "!")) else text.strip().replace(" ", "")
    if text.startswith("=") and not text.startswith("=="):
        version = text[1:].partition("=")[0].rstrip("*").rstrip(".")
        text = f"=={version}.*" if version else ""
    elif text and text[0].isdigit():
        text = f"=={text}"
    try:
        return specifier(text.rstrip("*").rstrip(".") + ".*" if text.endswith("*") else text)
    except Unreadable:
        return ANY
