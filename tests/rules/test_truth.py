"""The engine against the executable truth table, and a sample of the table against SQLAlchemy."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass

import pytest

from rules.analyze import analyze
from rules.finding import Confidence, Finding, Location, Read, Severity, Step
from rules.project import DirectoryProject, OverlayProject
from rules.report import Report
from tests.rules.scoring import TRUTH, VERSION, Case, Place, Score, load_cases, score, truth


@dataclass(frozen=True, slots=True)
class Floor:
    """The least that a group must reach. `rightness` is the share of reads with the marked rule."""

    recall: float
    precision: float
    rightness: float
    on_ok: int
    """The most reads that may name a line which is marked ok."""


FLOORS = {
    "01_lazy_default": Floor(1.0, 1.0, 0.98, 0),
    "02_loader_options": Floor(1.0, 1.0, 0.98, 0),
    "03_chains": Floor(1.0, 1.0, 0.98, 0),
    "04_expiry": Floor(1.0, 1.0, 0.98, 0),
    "05_server_columns": Floor(1.0, 1.0, 0.98, 0),
    "06_serialisation": Floor(1.0, 1.0, 0.98, 0),
    "07_escapes": Floor(0.92, 1.0, 0.98, 0),
    "08_cross_function": Floor(1.0, 1.0, 0.98, 0),
    "09_sqlmodel": Floor(1.0, 1.0, 0.98, 0),
}

SAMPLE = (
    "01_lazy_default/nullable_foreign_key",
    "02_loader_options/dml_returning",
    "03_chains/recursion_depth",
    "04_expiry/refresh_after_commit",
    "05_server_columns/timestamp_mixin",
    "06_serialisation/pydantic_after_commit",
    "07_escapes/sync_repository_in_async_app",
    "08_cross_function/repository_service",
    "09_sqlmodel/expiry",
)
"""Proved on each run; `truth/verify.py` proves all."""

CASES = {case.name: case for case in load_cases()}
DECLARED = {"2.0": "sqlalchemy[asyncio]==2.0.58", "2.1": "sqlalchemy[asyncio]==2.1.9"}
VERSIONS = {version: load_cases(version=version) for version in DECLARED}


@pytest.mark.parametrize("version", [*DECLARED, ""])
@pytest.mark.parametrize("group", FLOORS)
def test_engine_reaches_the_floor(group: str, version: str) -> None:
    """With each version of SQLAlchemy declared; where none is, with the marks of the newest."""
    manifest = {"requirements.txt": f"{DECLARED[version]}\n".encode()} if version else {}
    total = Score()
    for case in VERSIONS[version or VERSION]:
        if case.group == group:
            tree = OverlayProject(DirectoryProject(case.target), manifest)
            total += score(case, analyze(tree, fixes=False))
    floor = FLOORS[group]
    told = "\n".join((*map("missed {}".format, total.missed), *map("false  {}".format, total.false)))
    assert total.recall >= floor.recall, told
    assert total.precision >= floor.precision, told
    assert total.rightness >= floor.rightness
    assert len(total.on_ok) <= floor.on_ok, total.on_ok


def test_every_group_has_a_floor_and_a_sample() -> None:
    groups = {case.group for case in CASES.values()}
    assert groups == set(FLOORS) == {CASES[name].group for name in SAMPLE}
    assert len(SAMPLE) == len(groups)


def test_sample_is_what_sqlalchemy_says() -> None:
    targets = [str(CASES[name].target) for name in SAMPLE]
    run = subprocess.run(
        [sys.executable, str(TRUTH / "runner.py"), *targets], capture_output=True, text=True, timeout=120
    )
    assert run.returncode == 0, run.stderr
    head, *said = map(json.loads, run.stdout.splitlines())
    assert head["version"] == VERSION
    assert [problem for answer in said for problem in answer["problems"]] == []
    for name, answer in zip(SAMPLE, said, strict=True):
        proved = {(proof["file"], proof["line"]): proof["kind"] for proof in answer["proofs"]}
        marks = truth()[name]["marks"]
        assert proved == {
            (mark["file"], mark["line"]): mark["outcome"][VERSION] for mark in marks if VERSION in mark["outcome"]
        }


def test_marks_are_the_proved_ones() -> None:
    for name, case in CASES.items():
        proved = {
            (mark["file"], mark["line"])
            for mark in truth()[name]["marks"]
            if mark["outcome"].get(VERSION) in {"missing-greenlet", "detached"}
        }
        assert set(case.failing) == proved, name


def test_score_of_a_report_that_names_the_marks_alone() -> None:
    case = CASES["08_cross_function/repository_service"]
    perfect = Report(tuple(finding(rule, place) for place, rule in case.failing.items()))
    total = score(case, perfect)
    assert (total.recall, total.precision, total.rightness) == (1.0, 1.0, 1.0)
    assert len(total.found) == total.failing == len(case.failing)
    assert total.missed == total.false == total.on_ok == ()


def test_score_counts_a_line_that_only_the_trace_names() -> None:
    case = CASES["08_cross_function/repository_service"]
    place = min(case.failing)
    total = score(case, Report((finding("BR-ASYNC-004", ("models.py", 1), through=place),)))
    assert total.found == (f"{case.name} {place[0]}:{place[1]}",)
    assert (total.precision, total.rightness) == (1.0, 0.0)


def test_score_of_false_findings() -> None:
    case = CASES["08_cross_function/repository_service"]
    ok = min(case.ok)
    total = score(case, Report((finding("BR-ASYNC-001", ok), finding("BR-ASYNC-001", ("models.py", 1)))))
    assert (total.recall, total.precision) == (0.0, 0.0)
    assert len(total.false) == 2
    assert total.on_ok == (f"{case.name} {ok[0]}:{ok[1]}",)


def test_score_leaves_neutral_lines_and_dependency_rules_out() -> None:
    case = Case("group/case", TRUTH, {("a.py", 1): ""}, frozenset(), frozenset({("a.py", 2)}))
    total = score(case, Report((finding("BR-ASYNC-001", ("a.py", 2)), finding("BR-DEP-001", ("a.py", 3)))))
    assert (total.reads, total.false) == (0, ())


def finding(rule: str, place: Place, *, through: Place | None = None) -> Finding:
    path, line = place
    trace = (Step(*through, 1, ""),) if through else ()
    read = Read(Location(path, line, 1, line, 2), "x.y", "0" * 16, trace)
    return Finding(rule, "", Severity.ERROR, Confidence.HIGH, (read,), origin=Step(path, line, 1, ""))
