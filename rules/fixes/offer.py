"""Fixes for the findings of a report: planned from recipes, verified together, and one by one where needed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace

from rules.cache.kept import Kept
from rules.finding import Finding, Fix, Safety
from rules.fixes.edit_text import EditConflict, compatible
from rules.fixes.planned import Planner
from rules.fixes.recipe import only_loads
from rules.fixes.verify import apply, can_be_safe, failing, verified
from rules.project import Project
from rules.report import Report

Analyze = Callable[[Project, Set[str]], Report]
"""Of the edited project, with the paths of which all edits only have more loaded."""
MAX_GROUPS = 8
"""Trials of fixes that are applied together, for one report."""
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
    appeared, each is safe. Where something appeared, those that have a part in it are tried apart from the others.
    Those that did nothing are tried once more without these, and left out when they do nothing again; the rest are
    verified by themselves, a bounded number of them.
    """
    planned = list(_plan(report, planner or Planner(Kept("plans"), project)))
    if not planned:
        return report
    together, _ = compatible([one.fix for one in planned if one.may_be_safe])
    jointly = [one for one in planned if one.may_be_safe and one.fix in together]
    proven, idle = _tried_apart(project, report, jointly, analyze)
    if proven and idle:  # what kept them from working may be a fix that does
        others = [one for one in jointly if one.number in idle]
        more = _tried(project, report, others, analyze)
        proven, idle = proven | more.proven, more.idle
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


@dataclass(frozen=True, slots=True)
class _Trial:
    """Of fixes that are all applied together, by the numbers of their findings."""

    proven: Set[int] = frozenset()
    """None of their reads is left, and nothing appeared."""
    idle: Set[int] = frozenset()
    """A read of theirs fails as often as before."""
    appeared: bool = False
    """Whether a read fails that did not."""
    suspects: Set[int] = frozenset()
    """They edit files that are on the way to a read which appeared."""


def _tried_apart(
    project: Project, report: Report, fixes: Sequence[_Planned], analyze: Analyze
) -> tuple[Set[int], Set[int]]:
    """Which fixes are proven and which are idle, by a bounded number of trials: what has a part in a read that appeared
    is tried apart from what has none."""
    proven: set[int] = set()
    idle: set[int] = set()
    groups = [fixes]
    for _ in range(MAX_GROUPS):
        if not groups:
            break
        group = groups.pop(0)
        trial = _tried(project, report, group, analyze)
        proven |= trial.proven
        idle |= trial.idle
        if trial.appeared:
            apart = [[one for one in group if (one.number in trial.suspects) is part] for part in (False, True)]
            middle = len(group) // 2
            parts = apart if all(apart) else [group[:middle], group[middle:]]
            groups.extend(part for part in parts if len(part) > 1)
    return proven, idle


def _tried(project: Project, report: Report, fixes: Sequence[_Planned], analyze: Analyze) -> _Trial:
    if not fixes:
        return _Trial()
    try:
        edited = apply(project, list(dict.fromkeys(edit for one in fixes for edit in one.fix.edits)))
    except EditConflict:
        return _Trial()
    after = analyze(edited, _loading(fixes))
    if {skipped.path for skipped in after.skipped} - {skipped.path for skipped in report.skipped}:
        return _Trial()
    old, new = failing(report.findings), failing(after.findings)
    appeared = {read for read, count in new.items() if count > old[read]}
    if appeared:
        paths = set().union(*(_paths(finding) for finding in after.findings if appeared & failing([finding]).keys()))
        suspects = {one.number for one in fixes if any(edit.path in paths for edit in one.fix.edits)}
        return _Trial(appeared=True, suspects=suspects)
    own = {one.number: failing([report.findings[one.number]]) for one in fixes}
    expected = old.copy()
    for reads in own.values():
        expected -= reads
    return _Trial(
        {number for number, reads in own.items() if all(new[read] <= expected[read] for read in reads)},
        {number for number, reads in own.items() if any(new[read] >= old[read] for read in reads)},
    )


def _paths(finding: Finding) -> set[str]:
    """The files of a finding's reads, and of the ways to them."""
    steps = [finding.origin, *(step for read in finding.reads for step in read.trace)]
    return {step.path for step in steps} | {read.location.path for read in finding.reads}
