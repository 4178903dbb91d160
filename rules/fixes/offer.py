"""Fixes for the findings of a report: planned from recipes, verified together, and one by one where needed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace

from rules.cache.kept import Kept
from rules.finding import Fix, Safety
from rules.fixes.edit_text import EditConflict, compatible
from rules.fixes.planned import Planner
from rules.fixes.recipe import only_loads
from rules.fixes.verify import apply, can_be_safe, failing, verified
from rules.project import Project
from rules.report import Report

Analyze = Callable[[Project, Set[str]], Report]
"""Of the edited project, with the paths of which all edits only have more loaded."""
MAX_SINGLE = 12
"""Fixes that are verified by an analysis of their own, for one report; the others stay out."""


@dataclass(frozen=True, slots=True)
class _Planned:
    """The first recipe of a finding that can be turned into edits."""

    number: int
    """Of the finding in the report."""
    fix: Fix
    may_be_safe: bool
    only_loads: bool


def with_fixes(project: Project, report: Report, analyze: Analyze, planner: Planner | None = None) -> Report:
    """The report with a fix for each finding that one could be found and verified for.

    All first fixes are applied together and the result is analysed once. Where every read is gone and nothing new
    appeared, each is safe. Those that did nothing are tried once more without these, and left out when they do nothing
    again; the others, which may be at fault, are verified by themselves, a bounded number of them.
    """
    planned = list(_plan(report, planner or Planner(Kept("plans"), project)))
    if not planned:
        return report
    together, _ = compatible([one.fix for one in planned if one.may_be_safe])
    jointly = [one for one in planned if one.may_be_safe and one.fix in together]
    proven, idle = _tried(project, report, jointly, analyze)
    if proven and idle:  # what kept them from working may be a fix that does
        others = [one for one in jointly if one.number not in proven]
        more, idle = _tried(project, report, others, analyze)
        proven |= more
    chosen: dict[int, Fix] = {}
    left = MAX_SINGLE
    for one in planned:
        if one.number in proven:
            chosen[one.number] = replace(one.fix, safety=Safety.SAFE)
            continue
        if left == 0 or one.number in idle:
            continue
        left -= 1
        found = _alone(project, report, one, analyze)
        if found is not None:
            chosen[one.number] = found
    findings = tuple(
        replace(finding, fixes=(*finding.fixes, chosen[number])) if number in chosen else finding
        for number, finding in enumerate(report.findings)
    )
    return replace(report, findings=findings)


def _alone(project: Project, report: Report, one: _Planned, analyze: Analyze) -> Fix | None:
    loading = _loading([one])
    return verified(
        project,
        report.findings[one.number],
        one.fix,
        lambda edited: analyze(edited, loading),
        before=report,
        may_be_safe=one.may_be_safe,
    )


def _loading(fixes: Iterable[_Planned]) -> Set[str]:
    """The paths in which these fixes only have more loaded."""
    paths: dict[bool, set[str]] = {True: set(), False: set()}
    for one in fixes:
        paths[one.only_loads].update(edit.path for edit in one.fix.edits)
    return paths[True] - paths[False]


def _plan(report: Report, planner: Planner) -> Iterator[_Planned]:
    planner.prepare(finding.recipes[0] for finding in report.findings if finding.recipes)
    for number, finding in enumerate(report.findings):
        for recipe in finding.recipes:
            fix = planner.plan(recipe)
            if fix is not None:
                yield _Planned(number, fix, can_be_safe(recipe), only_loads(recipe))
                break


def _tried(project: Project, report: Report, fixes: Sequence[_Planned], analyze: Analyze) -> tuple[set[int], set[int]]:
    """Of fixes that are all applied together, by the numbers of their findings: those that are proven, since none of
    their reads is left and nothing appeared, and those that did nothing, since a read of theirs fails as often."""
    if not fixes:
        return set(), set()
    try:
        edited = apply(project, list(dict.fromkeys(edit for one in fixes for edit in one.fix.edits)))
    except EditConflict:
        return set(), set()
    after = analyze(edited, _loading(fixes))
    if {skipped.path for skipped in after.skipped} - {skipped.path for skipped in report.skipped}:
        return set(), set()
    old, new = failing(report.findings), failing(after.findings)
    if any(count > old[read] for read, count in new.items()):
        return set(), set()
    own = {one.number: failing([report.findings[one.number]]) for one in fixes}
    expected = old.copy()
    for reads in own.values():
        expected -= reads
    return (
        {number for number, reads in own.items() if all(new[read] <= expected[read] for read in reads)},
        {number for number, reads in own.items() if any(new[read] >= old[read] for read in reads)},
    )
