"""The whole flow: a project in, a report out."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from rules import dumping
from rules.analysis.engine import Analysis, VersionOf, analyse_program, interpret
from rules.checks import run_checks
from rules.dependencies import DeclaredVersions, FileUsage, Policy, Tree, Usage, check_dependencies, is_used, usage_of
from rules.finding import Finding
from rules.index.models import ModelIndex
from rules.index.program import Program
from rules.index.templates import Templates
from rules.project import Project
from rules.report import Report, Skipped
from rules.source.comments import Suppression, apply_suppressions, line_suppressions, suppressions
from rules.source.facts import FileFacts
from rules.source.lower import lower_module
from rules.source.syntax import TOO_DEEP, NotPython, parse
from rules.source.templates import NotATemplate, lower_template
from rules.sources import Sources

NO_POLICY = Policy()
RECURSION = 3000
"""Python frames on the stack; the smallest usual stack of a thread, 8 MiB, holds several times as many."""


@dataclass(slots=True)
class Read:
    """What reading the project's files gave."""

    paths: Sequence[str]
    template: Callable[[str], FileFacts]
    """Reads one template, when code renders it; raises `NotATemplate`."""
    facts: list[FileFacts] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    suppressions: dict[str, tuple[Suppression, ...]] = field(default_factory=dict)
    usage: dict[str, FileUsage] = field(default_factory=dict)


def analyze(project: Project, *, fixes: bool = True, policy: Policy = NO_POLICY) -> Report:
    """Analyses a project: the findings sorted by place, what was skipped, and figures."""
    started = time.perf_counter()
    cache: dict[str, OneFile] = {}
    report = _analyse(project, cache, policy)
    if fixes and any(finding.recipes for finding in report.findings):
        from rules.fixes.offer import with_fixes

        report = with_fixes(project, report, lambda edited: _analyse(edited, cache, policy))
    seconds = round(time.perf_counter() - started, 3)
    return replace(report, statistics={**report.statistics, "seconds": seconds})


def _analyse(project: Project, cache: dict[str, OneFile], policy: Policy) -> Report:
    with _prepared():
        read = read_files(project, cache)
        tree = Tree(project)
        analysis = link_and_analyse(read, DeclaredVersions(tree).of)
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


@dataclass(frozen=True, slots=True)
class OneFile:
    """What one file gave; it depends on nothing but its path and bytes."""

    facts: FileFacts | None
    suppressions: tuple[Suppression, ...] = ()
    usage: FileUsage | None = None
    reason: str = ""


def read_files(project: Project, cache: dict[str, OneFile]) -> Read:
    """Facts of every Python file; a file that is none is skipped with its reason. `cache` is by path and blob id."""

    def template(path: str) -> FileFacts:
        key = f"{path}:{project.blob_id(path)}"
        one = cache.get(key)
        if one is None:
            one = cache[key] = read_template(path, project.read(path))
        if one.facts is None:
            raise NotATemplate(one.reason)
        if one.suppressions:
            read.suppressions[path] = one.suppressions
        return one.facts

    read = Read(project.paths(), template)
    for path in read.paths:
        if not path.endswith((".py", ".pyi")) and not is_used(path):
            continue
        key = f"{path}:{project.blob_id(path)}"
        one = cache.get(key)
        if one is None:
            one = cache[key] = read_file(path, project.read(path))
        if one.usage is not None:
            read.usage[path] = one.usage
        if one.suppressions:
            read.suppressions[path] = one.suppressions
        if one.facts is not None:
            read.facts.append(one.facts)
        elif one.reason:
            read.skipped.append(Skipped(path, one.reason))
    return read


def read_file(path: str, data: bytes) -> OneFile:
    """What a Python file says, or a place where database URLs stand."""
    if not path.endswith((".py", ".pyi")):
        return OneFile(None, usage=usage_of(path, data))
    try:
        parsed = parse(data)
        names = {line: tuple(one.name for one in found) for line, found in parsed.type_parameters.items()}
        usage = usage_of(path, data, parsed) if is_used(path) else None
        return OneFile(lower_module(path, parsed.tree, names), suppressions(parsed.text, parsed.tree), usage)
    except NotPython as error:
        return OneFile(None, reason=error.reason)
    except RecursionError:
        return OneFile(None, reason=TOO_DEEP)


def read_template(path: str, data: bytes) -> OneFile:
    try:
        text = data.decode("utf-8-sig")
        return OneFile(lower_template(path, text), suppressions(text, None))
    except UnicodeDecodeError as error:
        return OneFile(None, reason=f"no Jinja template: line {data.count(10, 0, error.start) + 1} is not UTF-8")
    except NotATemplate as error:
        return OneFile(None, reason=error.reason)


def link_and_analyse(read: Read, version_of: VersionOf) -> Analysis:
    program = Program(read.facts)
    templates = Templates(program, read.paths, read.template)
    analysis = analyse_program(program, ModelIndex(program), templates, version_of)
    read.skipped.extend(templates.skipped)
    return analysis


def dump(stage: str, project: Project) -> str:
    """What one stage made of a project, as text: `facts`, `index`, `calls`, `summaries` or `accesses`."""
    with _prepared():
        read = read_files(project, {})
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
