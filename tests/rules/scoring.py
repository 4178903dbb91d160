"""The truth table's marks, and the score of a report against them, line by line.

A marked failing line is found when a read of a finding, or a step of that read's trace, lies on it. A read which
names no failing line is false, unless it lies on a neutral one (marked `other`, or reached by no run).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from rules.report import Report

TRUTH = Path(__file__).resolve().parent / "truth"
VERSION = "2.1"
"""Of SQLAlchemy: where versions differ, its marks count."""
SUFFIXES = frozenset({".py", ".html", ".jinja", ".j2", ".txt", ".md"})
MARK = re.compile(
    r"expect(?:\[(?P<version>\d+\.\d+)\])?:\s*(?P<outcome>missing-greenlet|detached|ok|other)"
    r"(?:\s+(?P<rule>BR-[A-Z]+-\d+))?"
)

Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    """`<group>/<case>`."""
    target: Path
    """A file, or a folder with a main.py."""
    failing: dict[Place, str]
    """Places that fail, each with its rule ('' where none is marked)."""
    ok: frozenset[Place]
    neutral: frozenset[Place]

    @property
    def group(self) -> str:
        return self.name.partition("/")[0]


@dataclass(frozen=True, slots=True)
class NamedRead:
    """One read of one finding; a finding with three reads counts as three."""

    rule: str
    place: Place
    places: frozenset[Place]
    """The read and every step of its trace."""
    message: str


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of one case, or of several added up."""

    failing: int = 0
    reads: int = 0
    """All reported reads but those on neutral lines."""
    ruled: int = 0
    """Reads on failing lines that carry a rule; `right_rule` of them have the same."""
    right_rule: int = 0
    found: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()
    false: tuple[str, ...] = ()
    on_ok: tuple[str, ...] = ()
    """Those false reads which name a line marked ok."""

    def __add__(self, other: Score) -> Score:
        return Score(
            self.failing + other.failing,
            self.reads + other.reads,
            self.ruled + other.ruled,
            self.right_rule + other.right_rule,
            self.found + other.found,
            self.missed + other.missed,
            self.false + other.false,
            self.on_ok + other.on_ok,
        )

    @property
    def recall(self) -> float:
        return len(self.found) / self.failing if self.failing else 1.0

    @property
    def precision(self) -> float:
        return (self.reads - len(self.false)) / self.reads if self.reads else 1.0

    @property
    def rightness(self) -> float:
        """Share of the found lines' reads that carry the marked rule."""
        return self.right_rule / self.ruled if self.ruled else 1.0


def score(case: Case, report: Report) -> Score:
    found: set[Place] = set()
    false: list[NamedRead] = []
    reads = ruled = right = 0
    for read in reads_of(report):
        named = read.places & case.failing.keys()
        if not named and read.place in case.neutral:
            continue
        reads += 1
        if not named:
            false.append(read)
            continue
        found |= named
        wanted = {case.failing[place] for place in named} - {""}
        ruled += bool(wanted)
        right += read.rule in wanted
    return Score(
        failing=len(case.failing),
        reads=reads,
        ruled=ruled,
        right_rule=right,
        found=_told(case, found),
        missed=_told(case, case.failing.keys() - found),
        false=tuple(f"{case.name} {read.place[0]}:{read.place[1]} {read.rule} {read.message}" for read in false),
        on_ok=tuple(f"{case.name} {read.place[0]}:{read.place[1]}" for read in false if read.places & case.ok),
    )


def reads_of(report: Report) -> Iterator[NamedRead]:
    for finding in report.findings:
        if not finding.rule.startswith("BR-ASYNC"):
            continue
        for read in finding.reads:
            place = (read.location.path, read.location.line)
            steps = {(step.path, step.line) for step in read.trace}
            yield NamedRead(finding.rule, place, frozenset({place, *steps}), finding.message)


def load_cases(folder: Path = TRUTH / "cases", version: str = VERSION) -> tuple[Case, ...]:
    return tuple(
        _load(target, version)
        for group in sorted(folder.iterdir())
        for target in sorted(group.iterdir())
        if target.suffix == ".py" or (target / "main.py").exists()
    )


@cache
def truth() -> dict[str, Any]:
    """What SQLAlchemy said to each case, by its name: see `truth/verify.py`."""
    cases: dict[str, Any] = json.loads((TRUTH / "truth.json").read_text(encoding="utf-8"))["cases"]
    return cases


def _load(target: Path, version: str) -> Case:
    name = f"{target.parent.name}/{target.stem}"
    failing: dict[Place, str] = {}
    places: dict[str, set[Place]] = {"ok": set(), "other": set()}
    for file, path in _files(target):
        for line, outcome, rule in _marks(file, version):
            if outcome in places:
                places[outcome].add((path, line))
            else:
                failing[path, line] = rule
    unreached = {(path, line) for path, line in truth()[name]["unreached"]}
    return Case(name, target, failing, frozenset(places["ok"]), frozenset(places["other"] | unreached))


def _files(target: Path) -> list[tuple[Path, str]]:
    if target.is_file():
        return [(target, target.name)]
    files = sorted(file for file in target.rglob("*") if file.suffix in SUFFIXES and "__pycache__" not in file.parts)
    return [(file, file.relative_to(target).as_posix()) for file in files]


def _marks(file: Path, version: str) -> Iterator[tuple[int, str, str]]:
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        for mark in MARK.finditer(line):
            if mark["version"] in (None, version):
                yield number, mark["outcome"], mark["rule"] or ""


def _told(case: Case, places: Iterable[Place]) -> tuple[str, ...]:
    return tuple(f"{case.name} {path}:{line}" for path, line in sorted(places))
