"""The engine's report in the terms of a review: what is new, and each fix as whole lines."""

from __future__ import annotations

from collections.abc import Iterable

from bot import findings as told
from bot.patches import file_change
from rules.finding import Finding, Fix, Read, Step
from rules.fixes.verify import apply
from rules.project import Project
from rules.report import Report
from rules.rule import all_rules


def to_result(head_sha: str, report: Report, project: Project, base: Report) -> told.ScanResult:
    """What the head has, told apart from what the merge base has already. `project` is the head's."""
    known = frozenset(read.fingerprint for read in _reads(base))
    return told.ScanResult(
        head_sha=head_sha,
        findings=tuple(_finding(finding, project, known) for finding in report.findings),
        skipped=tuple(told.SkippedFile(skipped.path, skipped.reason) for skipped in report.skipped),
    )


def _reads(report: Report) -> Iterable[Read]:
    return (read for finding in (*report.findings, *report.suppressed) for read in finding.reads)


def _finding(finding: Finding, project: Project, known: frozenset[str]) -> told.Finding:
    return told.Finding(
        rule=finding.rule,
        title=all_rules()[finding.rule].title(),
        severity=told.Severity(finding.severity.value),
        confidence=told.Confidence(finding.confidence.value),
        message=finding.message,
        reads=tuple(_read(read, known) for read in finding.reads),
        origin=_step(finding.origin),
        model=finding.model,
        attribute=finding.attribute,
        fixes=tuple(_fix(fix, project) for fix in finding.fixes if fix.edits),
    )


def _read(read: Read, known: frozenset[str]) -> told.Read:
    return told.Read(
        path=read.location.path,
        line=read.location.line,
        end_line=read.location.end_line,
        expression=read.expression,
        fingerprint=read.fingerprint,
        trace=tuple(_step(step) for step in read.trace),
        is_new=read.fingerprint not in known,
    )


def _step(step: Step) -> told.Step:
    return told.Step(step.path, step.line, step.note)


def _fix(fix: Fix, project: Project) -> told.Fix:
    after = apply(project, fix.edits)
    known = frozenset(project.paths())
    files = tuple(
        file_change(path, project.read(path) if path in known else b"", after.read(path))
        for path in sorted({edit.path for edit in fix.edits})
    )
    return told.Fix(fix.title, told.Safety(fix.safety.value), files)
