"""What the page of a scan shows of a finding: the way with its code, every read, and each fix as a patch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from pydantic import TypeAdapter

from bot.diagram import way
from bot.findings import Finding, Fix, Step
from bot.patches import split_lines
from rules.project import Project

AROUND = 2
"""Lines of code before and after the one that is meant."""
MAX_HOPS = 20
MAX_READS = 50
MAX_LINE = 240
MAX_PATCH = 20_000
MAX_DETAILED = 100
"""Findings of one scan; of those beyond, only the line is shown."""


@dataclass(frozen=True, slots=True)
class Hop:
    """One place on the way from the cause to the read. `lines` are the code around it, from line `first` on."""

    path: str
    line: int
    note: str
    first: int
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    path: str
    line: int
    expression: str
    is_new: bool


@dataclass(frozen=True, slots=True)
class Repair:
    title: str
    is_safe: bool
    patch: str
    """Empty where it is too long to be shown."""


@dataclass(frozen=True, slots=True)
class Detail:
    """`left_out` counts hops in the middle of a very long way."""

    title: str
    model: str
    attribute: str
    hops: tuple[Hop, ...]
    left_out: int
    reads: tuple[Place, ...]
    repairs: tuple[Repair, ...]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


_ADAPTER = TypeAdapter(Detail)


def from_json(data: Mapping[str, Any]) -> Detail:
    return _ADAPTER.validate_python(data)


def details(findings: Iterable[Finding], project: Project) -> dict[str, Detail]:
    """By the findings' keys; what is new goes before what was there. `project` is the tree that was scanned."""
    chosen = sorted(findings, key=lambda finding: not finding.is_new)[:MAX_DETAILED]
    sources = _Sources(project)
    return {finding.key: _detail(finding, sources) for finding in chosen}


def _detail(finding: Finding, sources: _Sources) -> Detail:
    steps = way(finding)
    shown = steps if len(steps) <= MAX_HOPS else (*steps[: MAX_HOPS // 2], *steps[-MAX_HOPS // 2 :])
    return Detail(
        title=clean(finding.title),
        model=clean(finding.model),
        attribute=clean(finding.attribute),
        hops=tuple(sources.hop(step) for step in shown),
        left_out=len(steps) - len(shown),
        reads=tuple(
            Place(clean(read.path), read.line, clean(read.expression)[:MAX_LINE], read.is_new)
            for read in finding.reads[:MAX_READS]
        ),
        repairs=tuple(_repair(fix) for fix in finding.fixes),
    )


def _repair(fix: Fix) -> Repair:
    patch = "".join(change.patch for change in fix.files)
    return Repair(clean(fix.title), fix.safety == "safe", clean(patch) if len(patch) <= MAX_PATCH else "")


class _Sources:
    """The lines of the files that are named, each file read once."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._known = frozenset(project.paths())
        self._lines: dict[str, list[str]] = {}

    def hop(self, step: Step) -> Hop:
        lines = self._of(step.path)
        first = max(step.line - AROUND, 1)
        excerpt = lines[first - 1 : step.line + AROUND]
        return Hop(clean(step.path), step.line, clean(step.note), first, tuple(_cut(line) for line in excerpt))

    def _of(self, path: str) -> list[str]:
        if path not in self._lines:
            data = self._project.read(path) if path in self._known else b""
            self._lines[path] = split_lines(data.decode("utf-8", "replace"))
        return self._lines[path]


def _cut(line: str) -> str:
    line = clean(line.rstrip("\r\n"))
    return line if len(line) <= MAX_LINE else f"{line[: MAX_LINE - 1]}…"


def clean(text: str) -> str:
    """Without what a database refuses: NUL, and halves of characters from names that are no UTF-8."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
