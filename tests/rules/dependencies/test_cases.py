"""Every case: what is found, where, how severe it is, what is skipped, and what the fixes make of the files."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules.dependencies import check_dependencies, collect
from rules.dependencies.edits import apply
from rules.finding import Finding, Safety
from rules.project import MemoryProject
from tests.rules.dependencies.casefile import CASES, Case, case_paths, read_case


def _name(path: Path) -> str:
    return path.relative_to(CASES).with_suffix("").as_posix()


@pytest.mark.parametrize("path", case_paths(), ids=_name)
def test_case(path: Path) -> None:
    case = read_case(path)
    project = MemoryProject(case.files)
    result = check_dependencies(project, collect(project), case.policy)
    found = sorted(
        (read.location.path, read.location.line, finding.rule, finding.severity.value)
        for finding in result.findings
        for read in finding.reads
    )
    assert found == sorted(case.expected), "\n".join(finding.message for finding in result.findings)
    assert _skips_as_said(case, [(skipped.path, skipped.reason) for skipped in result.skipped])
    for name, text in case.fixed.items():
        assert _fixed(case, result.findings)[name] == text
    for finding in result.findings:
        assert_well_formed(finding, project)


def _skips_as_said(case: Case, skipped: list[tuple[str, str]]) -> bool:
    """Exactly the expected files are skipped, for a reason with the expected words."""
    assert len(skipped) == len(case.skipped), skipped
    for path, words in case.skipped:
        assert any(path == name and words in reason for name, reason in skipped), skipped
    return True


def _fixed(case: Case, findings: tuple[Finding, ...]) -> dict[str, str]:
    """The files after the first fix of every finding; two fixes that make the same edit make it once."""
    chosen = [finding.fixes[0] for finding in findings if finding.fixes]
    files = dict(case.files)
    for name in files:
        edits = dict.fromkeys(edit for fix in chosen for edit in fix.edits if edit.path == name)
        files[name] = apply(files[name], edits)
    return files


def assert_well_formed(finding: Finding, project: MemoryProject) -> None:
    """Places lie inside the files, the expression stands there, the trace ends at the read."""
    for read in finding.reads:
        place = read.location
        lines = project.read(place.path).decode().split("\n")
        line = lines[place.line - 1]
        if place.line == place.end_line:
            assert read.expression.split()[0] in line[place.column - 1 : place.end_column - 1]
        assert read.trace
        assert read.trace[-1].path
        for step in read.trace:
            assert 1 <= step.line <= project.read(step.path).decode().count("\n") + 1
    for fix in finding.fixes:
        assert fix.safety in Safety
        assert fix.edits


def test_there_are_enough_cases() -> None:
    assert len(case_paths()) >= 80
