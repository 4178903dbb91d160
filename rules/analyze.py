"""The whole flow: a project in, a report out."""

from __future__ import annotations

import ast
import gc
import time
from collections.abc import Iterable
from typing import Any

from rules.analysis.engine import Analysis, analyse_program
from rules.index.models import ModelIndex
from rules.index.program import Program
from rules.project import Project
from rules.report import Report, Skipped
from rules.source.facts import FileFacts
from rules.source.lower import lower_module


def read_facts(project: Project) -> tuple[list[FileFacts], list[Skipped], int]:
    """Facts of every Python file, and the files that could not be read."""
    facts: list[FileFacts] = []
    skipped: list[Skipped] = []
    lines = 0
    for path in project.paths():
        if not path.endswith(".py"):
            continue
        try:
            tree = ast.parse(project.read(path))
        except (SyntaxError, ValueError, RecursionError, UnicodeDecodeError) as error:
            skipped.append(Skipped(path, f"not Python: {error}"))
            continue
        found = lower_module(path, tree)
        lines += found.lines
        facts.append(found)
    return facts, skipped, lines


def analyze(project: Project, *, fixes: bool = True) -> Report:
    """Analyses a project: the findings sorted by place, what was skipped, and figures."""
    from rules.checks import run_checks

    started = time.perf_counter()
    collecting = gc.isenabled()
    gc.disable()
    try:
        facts, skipped, lines = read_facts(project)
        program = Program(facts)
        models = ModelIndex(program)
        analysis = analyse_program(program, models)
        findings = run_checks(project, analysis)
    finally:
        if collecting:
            gc.enable()
    return Report(
        tuple(findings),
        (*project.skipped, *skipped),
        (),
        {"files": len(facts), "lines": lines, "seconds": round(time.perf_counter() - started, 3), **statistics(analysis)},
    )


def statistics(analysis: Analysis) -> dict[str, Any]:
    return {"reads": analysis.reads, "unknown": dict(analysis.unknown)}


def all_paths(paths: Iterable[str]) -> list[str]:
    return sorted(paths)
