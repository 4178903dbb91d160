"""Every case below `cases/`: the findings where they happen and nowhere else, the fixes, and SQLAlchemy's own word."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from rules.analyze import analyze
from rules.finding import Safety
from rules.fixes.edit_text import apply_edits, compatible, merged
from rules.project import MemoryProject
from rules.report import Report
from tests.rules.casefile import CaseFile, load_cases, matches

KNOWN_MISSES: Mapping[str, str] = {}
"""Cases whose findings are not right yet, each with its reason. Strict: one that is right must go."""

KNOWN_UNFIXED: Mapping[str, str] = {}
"""Cases whose fixes are not right yet, each with its reason. Strict as well."""

CASES = {case.name: case for case in load_cases()}
FIXED = {name: case for name, case in CASES.items() if case.fixed}
RUNNABLE = {name: case for name, case in CASES.items() if case.seed and not case.not_run}

Place = tuple[str, int]


def cases(names: Iterable[str], known: Mapping[str, str]) -> list[Any]:
    """Parameters; raises for a known name that does not exist."""
    names = list(names)
    assert set(known) <= set(names), f"no such case: {set(known) - set(names)}"
    return [
        pytest.param(name, marks=pytest.mark.xfail(strict=True, reason=known[name]) if name in known else ())
        for name in names
    ]


@pytest.mark.parametrize("name", cases(CASES, KNOWN_MISSES))
def test_findings_are_where_they_happen(name: str) -> None:
    case = CASES[name]
    report = analyze(MemoryProject(case.files), fixes=False)
    wanted = {(one.path, one.line, one.rule): one for one in case.expectations}
    found = Counter(
        (read.location.path, read.location.line, finding.rule)
        for finding in report.findings
        for read in {read.location.line: read for read in finding.reads}.values()
    )
    assert set(found) == set(wanted)
    assert {place: found[place] for place, one in wanted.items() if one.count > 1} == {
        place: one.count for place, one in wanted.items() if one.count > 1
    }
    assert confidences(report, wanted) == {place: {one.confidence} for place, one in wanted.items() if one.confidence}
    if case.causes:
        assert {(finding.origin.path, finding.origin.line) for finding in report.findings} == case.causes


def confidences(report: Report, wanted: Mapping[tuple[str, int, str], Any]) -> dict[tuple[str, int, str], set[str]]:
    """Of the findings at each place for which the case names one."""
    said: dict[tuple[str, int, str], set[str]] = {}
    for finding in report.findings:
        for read in finding.reads:
            place = (read.location.path, read.location.line, finding.rule)
            if wanted[place].confidence:
                said.setdefault(place, set()).add(finding.confidence.value)
    return said


@pytest.mark.parametrize("name", cases(FIXED, KNOWN_UNFIXED))
def test_safe_fixes_repair_the_file(name: str) -> None:
    case = CASES[name]
    fixed = repaired(case)
    for path, pattern in case.fixed.items():
        assert matches(pattern, fixed[path]), fixed[path]
    assert {path for path in fixed if fixed[path] != case.files[path]} <= set(case.fixed)


def test_repaired_cases_run() -> None:
    repaired_cases = {name: repaired(case) for name, case in FIXED.items() if name not in KNOWN_UNFIXED}
    touched = {name: {*CASES[name].fixed} for name in repaired_cases}
    assert all(touched.values())
    played = play(
        {
            name: ({**CASES[name].played(), **files}, CASES[name].seed)
            for name, files in repaired_cases.items()
            if name in RUNNABLE
        }
    )
    failed = {
        f"{name} {use}: {end['message']}"
        for name, result in played.items()
        for use, end in result["uses"].items()
        if end["message"]
    }
    assert failed == set()


def test_sqlalchemy_fails_at_the_marks_and_nowhere_else() -> None:
    played = play({name: (case.played(), case.seed) for name, case in RUNNABLE.items()})
    assert {problem for name, result in played.items() for problem in contradictions(CASES[name], result)} == set()


def test_every_case_is_run_or_says_why_not() -> None:
    assert {name for name, case in CASES.items() if not case.seed and not case.not_run} == set()


def repaired(case: CaseFile) -> dict[str, str]:
    """The files after the first safe fix of each finding, as far as they go together."""
    findings = analyze(MemoryProject(case.files)).findings
    safe = [[fix for fix in finding.fixes if fix.safety is Safety.SAFE] for finding in findings]
    chosen, _ = compatible([fixes[0] for fixes in safe if fixes])
    edits = merged(chosen)
    return {path: apply_edits(text, edits.get(path, ())) for path, text in case.files.items()}


def play(given: Mapping[str, tuple[Mapping[str, str], str]]) -> dict[str, Any]:
    """How SQLAlchemy takes each case's files and seed: see `playcase.py`."""
    sent = json.dumps([{"name": name, "files": dict(files), "seed": seed} for name, (files, seed) in given.items()])
    player = Path(__file__).with_name("playcase.py")
    run = subprocess.run([sys.executable, str(player)], input=sent, capture_output=True, text=True, timeout=600)
    assert run.returncode == 0, run.stderr
    played: dict[str, Any] = json.loads(run.stdout)
    return played


def contradictions(case: CaseFile, result: dict[str, Any]) -> Iterable[str]:
    if "problem" in result:
        yield f"{case.name}: {result['problem']}"
        return
    marks = {(one.path, one.line) for one in case.expectations}
    hit: set[Place] = set()
    responses = {(one.path, one.line) for one in case.expectations if one.response}
    for use, end in result["uses"].items():
        here = {(path, line) for path, line in end["places"]} & marks
        if end["places"] and {path for path, _ in end["places"]} == {"use.py"}:
            here = responses
        hit |= here
        if end["message"] and not (end["error"] and here):
            yield f"{case.name} {use}: unmarked {end['message']} at {end['places']}"
    for path, line in sorted(marks - hit):
        if not any((path, other) in hit for other in before(case.files[path], path, line)):
            yield f"{case.name} {path}:{line}: marked, and nothing failed there"


def before(source: str, path: str, line: int) -> range:
    """Earlier lines of the same function: where one of them fails, this one is not reached."""
    if not path.endswith(".py"):
        return range(0)
    functions = (
        node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    starts = [node.lineno for node in functions if node.lineno <= line <= (node.end_lineno or line)]
    return range(max(starts, default=line), line)
