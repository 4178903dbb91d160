"""Templates and the code that renders them: findings where SQLAlchemy and Jinja really fail, and nowhere else.

The cases are in the format of `tests.rules.casefile`; here, a line of a template that looks dangerous and is not is
marked `{# expect: ok #}`, and must have been run.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from rules.analyze import analyze
from rules.project import MemoryProject
from tests.rules.casefile import CaseFile, Expectation, parse

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
OK, KEPT = "{# expect: ok #}", "{# ok #}"

Place = tuple[str, int]


@cache
def case_of(name: str) -> tuple[CaseFile, frozenset[Place]]:
    """A case, and the places of its `ok` marks."""
    path = HERE / "cases" / f"{name}.py"
    case = parse(path, path.read_text(encoding="utf-8").replace(OK, KEPT))
    safe = {
        (path, number)
        for path, text in case.files.items()
        for number, line in enumerate(text.splitlines(), 1)
        if KEPT in line
    }
    return case, frozenset(safe)


NAMES = sorted(path.stem for path in (HERE / "cases").glob("*.py"))
RUN = [name for name in NAMES if not case_of(name)[0].not_run]


@pytest.mark.parametrize("name", NAMES)
def test_findings_are_where_rendering_fails(name: str) -> None:
    case, _ = case_of(name)
    report = analyze(MemoryProject(case.files), fixes=False)
    found = {
        (read.location.path, read.location.line, finding.rule) for finding in report.findings for read in finding.reads
    }
    assert found == {(one.path, one.line, one.rule) for one in case.expectations}
    assert report.skipped == ()
    if case.causes:
        assert {(finding.origin.path, finding.origin.line) for finding in report.findings} == case.causes


def test_rendering_fails_at_the_marks_and_nowhere_else() -> None:
    played = play()
    problems = {problem for name in RUN for problem in contradictions(*case_of(name), played[name])}
    assert problems == set()


def play() -> dict[str, Any]:
    cases = {name: case_of(name)[0] for name in RUN}
    sent = [{"name": name, "files": case.played(), "seed": case.seed} for name, case in cases.items()]
    command = [sys.executable, "-m", "tests.rules.templates.player"]
    run = subprocess.run(command, cwd=ROOT, input=json.dumps(sent), capture_output=True, text=True, timeout=180)
    assert run.returncode == 0, run.stderr
    played: dict[str, Any] = json.loads(run.stdout)
    return played


def contradictions(case: CaseFile, safe: Iterable[Place], result: dict[str, Any]) -> Iterable[str]:
    """Where the marks and what really happened differ."""
    if "problem" in result:
        yield f"{case.name}: {result['problem']}"
        return
    marks = {(one.path, one.line): one for one in case.expectations}
    failed: set[Place] = set()
    for use, end in result["uses"].items():
        hit = {(path, line) for path, line in end["places"]} & marks.keys()
        failed |= hit
        if end["message"] and not any(as_expected(marks[place], end["error"]) for place in hit):
            yield f"{case.name} {use}: {end['message']} at {end['places']}"
    yield from (f"{case.name} {place}: marked, and nothing failed there" for place in sorted(marks.keys() - failed))
    lines = {(path, line) for path, line in result["lines"]}
    yield from (f"{case.name} {place}: marked ok, and never run" for place in sorted(set(safe) - lines))


def as_expected(mark: Expectation, error: str) -> bool:
    """A detached instance is always BR-ASYNC-003."""
    return bool(error) and (error != "DetachedInstanceError" or mark.rule == "BR-ASYNC-003")
