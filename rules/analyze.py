"""The whole flow: a project in, a report out."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Iterator, Set
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from rules import dumping
from rules.analysis.engine import Analysis, Reuse, VersionOf, analyse_program, interpret
from rules.cache.kept import Kept, Tried
from rules.checks import run_checks
from rules.dependencies import DeclaredVersions, Policy, Tree, Usage, check_dependencies
from rules.finding import Finding
from rules.index.models import ModelIndex
from rules.index.program import Program
from rules.index.templates import Templates
from rules.project import Project
from rules.reading import Memory, Read, read_files
from rules.reading.told import Told, Watched
from rules.report import Report
from rules.source.comments import apply_suppressions, line_suppressions
from rules.sources import Sources

NO_POLICY = Policy()
RECURSION = 3000
"""Python frames on the stack; the smallest usual stack of a thread, 8 MiB, holds several times as many."""


def analyze(
    project: Project, *, fixes: bool = True, policy: Policy = NO_POLICY, memory: Memory | None = None
) -> Report:
    """Analyses a project: the findings sorted by place, what was skipped, and figures.

    `memory` changes no result: what it holds need not be read again.
    """
    started = time.perf_counter()
    memory = Memory() if memory is None else memory
    watched = Watched(project)
    told = Told(memory.reports, watched, (fixes, policy))
    report = told.find()
    if report is None:
        report = _analyse(watched, memory, policy)
        if fixes and any(finding.recipes for finding in report.findings):
            report = _with_fixes(watched, report, memory, policy)
        told.keep(report)
    seconds = round(time.perf_counter() - started, 3)
    return replace(report, statistics={**report.statistics, "seconds": seconds})


def _with_fixes(project: Project, report: Report, memory: Memory, policy: Policy) -> Report:
    from rules.fixes.offer import with_fixes
    from rules.fixes.planned import Planner

    entry_points = Tried(memory.entry_points, memory.trials)
    planner = Planner(memory.plans, project, memory.processes)

    def edited(project: Project, loading: Set[str]) -> Report:
        found = _analyse(project, memory, policy, entry_points, loading=loading)
        gc.collect()
        return found

    with _prepared(), _kept():
        return with_fixes(project, report, edited, planner)


def _analyse(
    project: Project,
    memory: Memory,
    policy: Policy,
    entry_points: Kept | Tried | None = None,
    *,
    loading: Set[str] = frozenset(),
) -> Report:
    """`loading`: paths of a project that was analysed before, in which edits only have more loaded."""
    with _prepared():
        read = read_files(project, memory)
        tree = Tree(project, memory.manifests)
        reuse = Reuse(entry_points or memory.entry_points, read.blob_of, memory.layout_of, memory.processes, loading)
        analysis = link_and_analyse(read, DeclaredVersions(tree).of, reuse)
        findings = run_checks(project, analysis)
        manifests = check_dependencies(project, Usage(read.usage), policy, tree=tree)
        for path in {finding.location.path for finding in manifests.findings}:
            read.suppressions[path] = line_suppressions(project.read(path).decode("utf-8", "replace"))
        result = apply_suppressions([*findings, *manifests.findings], read.suppressions)
    kept = sorted([*result.kept, *result.unused], key=_order)
    return Report(
        tuple(kept),
        (*project.skipped, *read.skipped, *manifests.skipped),
        tuple(result.suppressed),
        {
            "files": len(read.facts),
            "lines": sum(facts.lines for facts in read.facts),
            "models": len(analysis.models),
            "reads": analysis.reads,
            "unknown": dict(analysis.unknown),
        },
    )


def link_and_analyse(read: Read, version_of: VersionOf, reuse: Reuse) -> Analysis:
    program = Program(read.facts)
    templates = Templates(program, read.paths, read.template)
    models = ModelIndex(program)
    analysis = analyse_program(program, models, templates, version_of, reuse)
    read.skipped.extend(templates.skipped)
    return analysis


def dump(stage: str, project: Project) -> str:
    """What one stage made of a project, as text: `facts`, `index`, `calls`, `summaries` or `accesses`."""
    with _prepared():
        read = read_files(project, Memory())
        program = Program(read.facts)
        models = ModelIndex(program)
        match stage:
            case "facts":
                return dumping.facts(read.facts, (*project.skipped, *read.skipped), Sources(project))
            case "index":
                return dumping.index(models)
            case "calls":
                return dumping.calls(program)
        templates = Templates(program, read.paths, read.template)
        interp = interpret(program, models, templates, DeclaredVersions(Tree(project)).of)
        if stage == "summaries":
            return dumping.summaries(interp)
        return dumping.accesses(interp.accesses.values(), Sources(project))


def _order(finding: Finding) -> Any:
    return (finding.location, finding.rule, finding.attribute)


@contextmanager
def _kept() -> Iterator[None]:
    """What is there by now stays: a search for garbage looks only at what comes after it, such as a linked program,
    whose parts refer to each other."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


@contextmanager
def _prepared() -> Iterator[None]:
    """The analysis makes many objects that live to its end: looking for cycles among them is time lost.

    It also goes deep: a call, a block, an expression of the code under review are several frames of ours each.
    """
    collecting, depth = gc.isenabled(), sys.getrecursionlimit()
    gc.disable()
    sys.setrecursionlimit(max(depth, RECURSION))
    try:
        yield
    finally:
        sys.setrecursionlimit(depth)
        if collecting:
            gc.enable()
