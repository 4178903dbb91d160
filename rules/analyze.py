"""The whole flow: a project in, a report out."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from rules.analysis.engine import Analysis, analyse_program
from rules.checks import run_checks
from rules.finding import Finding
from rules.index.models import ModelIndex
from rules.index.program import Program
from rules.project import Project
from rules.report import Report, Skipped
from rules.source.comments import Suppression, apply_suppressions, suppressions
from rules.source.facts import FileFacts
from rules.source.lower import lower_module
from rules.source.syntax import NotPython, parse


@dataclass(slots=True)
class Read:
    """What reading the project's files gave."""

    facts: list[FileFacts] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    suppressions: dict[str, tuple[Suppression, ...]] = field(default_factory=dict)


def analyze(project: Project, *, fixes: bool = True) -> Report:
    """Analyses a project: the findings sorted by place, what was skipped, and figures."""
    started = time.perf_counter()
    with _without_collector():
        read = read_files(project)
        analysis = link_and_analyse(read)
        findings = run_checks(project, analysis)
        result = apply_suppressions(findings, read.suppressions)
    kept = sorted([*result.kept, *result.unused], key=_order)
    return Report(
        tuple(kept),
        (*project.skipped, *read.skipped),
        tuple(result.suppressed),
        {
            "files": len(read.facts),
            "lines": sum(facts.lines for facts in read.facts),
            "seconds": round(time.perf_counter() - started, 3),
            "models": len(analysis.models),
            "reads": analysis.reads,
            "unknown": dict(analysis.unknown),
        },
    )


def read_files(project: Project) -> Read:
    """Facts of every Python file; a file that is none is skipped with its reason."""
    read = Read()
    for path in project.paths():
        if not path.endswith((".py", ".pyi")):
            continue
        try:
            parsed = parse(project.read(path))
        except NotPython as error:
            read.skipped.append(Skipped(path, error.reason))
            continue
        names = {line: tuple(one.name for one in found) for line, found in parsed.type_parameters.items()}
        read.facts.append(lower_module(path, parsed.tree, names))
        found = suppressions(parsed.text, parsed.tree)
        if found:
            read.suppressions[path] = found
    return read


def link_and_analyse(read: Read) -> Analysis:
    program = Program(read.facts)
    return analyse_program(program, ModelIndex(program))


def _order(finding: Finding) -> Any:
    return (finding.location, finding.rule, finding.attribute)


@contextmanager
def _without_collector() -> Iterator[None]:
    """The analysis makes many objects that live to its end: looking for cycles among them is time lost."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
