"""The engine's report in the terms of a review: what is new, and each fix as whole lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache

from bot import findings as told
from bot.moved import Site, Texts, new_reads
from bot.patches import file_change
from bot.renames import NO_RENAMES, Renames
from rules.finding import Finding, Fix, Read, Step
from rules.fixes.verify import apply
from rules.project import Project
from rules.report import Report
from rules.rule import all_rules


def to_result(
    head_sha: str,
    report: Report,
    project: Project,
    base: Report,
    base_project: Project,
    renamed: Mapping[str, str] | None = None,
) -> told.ScanResult:
    """What the head has, told apart from what the merge base has already, here or where it was moved from.

    `renamed` has the former paths of files by the present ones.
    """
    at_head, at_base = _texts(project), _texts(base_project)
    new = new_reads(
        _sites(report.findings, at_head),
        _sites((*base.findings, *base.suppressed), at_base),
        text_at_head=at_head,
        text_at_base=at_base,
        renamed=renamed,
    )
    return told.ScanResult(
        head_sha=head_sha,
        findings=tuple(_finding(finding, project, new) for finding in report.findings),
        skipped=tuple(told.SkippedFile(skipped.path, skipped.reason) for skipped in report.skipped),
    )


def renames_of(report: Report, result: told.ScanResult, former_paths: Mapping[str, str]) -> Renames:
    """What the findings of `result`, which tells this report, were called in files of other names.

    `former_paths` has them by the present ones.
    """
    if not former_paths:
        return NO_RENAMES
    fingerprints: dict[str, str] = {}
    keys: dict[str, str] = {}
    for finding, one in zip(report.findings, result.findings, strict=True):
        former = [read.fingerprint_in(former_paths.get(path := read.location.path, path)) for read in finding.reads]
        fingerprints |= {
            before: read.fingerprint
            for before, read in zip(former, finding.reads, strict=True)
            if before != read.fingerprint
        }
        keys[_under_former_names(one, former, former_paths).key] = one.key
    paths = {former: present for present, former in former_paths.items()}
    return Renames(paths, fingerprints, {former: key for former, key in keys.items() if former != key})


def _under_former_names(finding: told.Finding, former: Sequence[str], paths: Mapping[str, str]) -> told.Finding:
    def step(one: told.Step) -> told.Step:
        return replace(one, path=paths.get(one.path, one.path))

    reads = (
        replace(read, fingerprint=fingerprint, trace=tuple(map(step, read.trace)))
        for read, fingerprint in zip(finding.reads, former, strict=True)
    )
    return replace(finding, reads=tuple(reads), origin=step(finding.origin))


def _sites(findings: Iterable[Finding], texts: Texts) -> Iterator[Site]:
    for finding in findings:
        for read in finding.reads:
            location = read.location
            yield Site(
                fingerprint=read.fingerprint,
                rule=finding.rule,
                path=location.path,
                expression=read.expression,
                line=_line(texts(location.path), location.line),
                model=finding.model,
                attribute=finding.attribute,
            )


def _texts(project: Project) -> Texts:
    paths = frozenset(project.paths())

    @cache
    def text(path: str) -> str | None:
        return project.read(path).decode("utf-8", "replace") if path in paths else None

    return text


def _line(text: str | None, number: int) -> str:
    lines = (text or "").split("\n")
    return lines[number - 1] if number <= len(lines) else ""


def _finding(finding: Finding, project: Project, new: frozenset[str]) -> told.Finding:
    return told.Finding(
        rule=finding.rule,
        title=all_rules()[finding.rule].title(),
        severity=told.Severity(finding.severity.value),
        confidence=told.Confidence(finding.confidence.value),
        message=finding.message,
        reads=tuple(_read(read, new) for read in finding.reads),
        origin=_step(finding.origin),
        model=finding.model,
        attribute=finding.attribute,
        fixes=tuple(_fix(fix, project) for fix in finding.fixes if fix.edits),
    )


def _read(read: Read, new: frozenset[str]) -> told.Read:
    return told.Read(
        path=read.location.path,
        line=read.location.line,
        end_line=read.location.end_line,
        expression=read.expression,
        fingerprint=read.fingerprint,
        trace=tuple(_step(step) for step in read.trace),
        is_new=read.fingerprint in new,
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
