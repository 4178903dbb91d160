"""Fixes for the findings of a report: planned from recipes, verified together, and one by one where needed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from rules.cache.kept import Kept
from rules.finding import Finding, Fix, Safety
from rules.fixes.edit_text import EditConflict, compatible
from rules.fixes.planned import Planner
from rules.fixes.verify import apply, can_be_safe, verified
from rules.project import Project
from rules.report import Report

Analyze = Callable[[Project], Report]
MAX_SINGLE = 12
"""Fixes that are verified by an analysis of their own, for one report; the others stay out."""


def with_fixes(project: Project, report: Report, analyze: Analyze, planner: Planner | None = None) -> Report:
    """The report with a fix for each finding that one could be found and verified for.

    All first fixes are applied together and the result is analysed once. Where every read is gone and nothing new
    appeared, each is safe; otherwise those that may be at fault are verified by themselves, a bounded number of them.
    """
    planner = planner or Planner(Kept("plans"), project)
    planned = [
        (number, fix, safe) for number, finding in enumerate(report.findings) for fix, safe in _first(planner, finding)
    ]
    if not planned:
        return report
    together, _ = compatible([fix for _, fix, safe in planned if safe])
    chosen: dict[int, Fix] = {}
    proven = _proven(project, report, [(n, fix) for n, fix, safe in planned if safe and fix in together], analyze)
    left = MAX_SINGLE
    for number, fix, safe in planned:
        if number in proven:
            chosen[number] = replace(fix, safety=Safety.SAFE)
            continue
        if left == 0:
            continue
        left -= 1
        found = verified(project, report.findings[number], fix, analyze, before=report, may_be_safe=safe)
        if found is not None:
            chosen[number] = found
    findings = tuple(
        replace(finding, fixes=(*finding.fixes, chosen[number])) if number in chosen else finding
        for number, finding in enumerate(report.findings)
    )
    return replace(report, findings=findings)


def _first(planner: Planner, finding: Finding) -> list[tuple[Fix, bool]]:
    """The first recipe that can be turned into edits."""
    for recipe in finding.recipes:
        fix = planner.plan(recipe)
        if fix is not None:
            return [(fix, can_be_safe(recipe))]
    return []


def _proven(project: Project, report: Report, fixes: Sequence[tuple[int, Fix]], analyze: Analyze) -> set[int]:
    """The findings whose fixes, all applied together, leave none of their reads and let nothing appear."""
    if not fixes:
        return set()
    try:
        after = analyze(apply(project, list(dict.fromkeys(edit for _, fix in fixes for edit in fix.edits))))
    except EditConflict:
        return set()
    if {skipped.path for skipped in after.skipped} - {skipped.path for skipped in report.skipped}:
        return set()
    old, new = _reads(report.findings), _reads(after.findings)
    if any(count > old[read] for read, count in new.items()):
        return set()
    expected = old.copy()
    for number, _ in fixes:
        expected -= _reads([report.findings[number]])
    return {
        number for number, _ in fixes if all(new[read] <= expected[read] for read in _reads([report.findings[number]]))
    }


def _reads(findings: Sequence[Finding]) -> Counter[tuple[str, str]]:
    return Counter(
        (finding.rule, fingerprint)
        for finding in findings
        for fingerprint in {read.fingerprint for read in finding.reads}
    )
