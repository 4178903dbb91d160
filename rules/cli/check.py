"""`check`: analyse, select, compare, repair, print; the whole flow on one screen."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from rules.cli.baseline import Baseline
from rules.cli.caching import memory
from rules.cli.checked import Analyze, Checked
from rules.cli.options import CheckOptions, Format
from rules.cli.output import emit
from rules.cli.selection import Selection
from rules.cli.sources import Sources
from rules.cli.style import Style
from rules.cli.target import Target, repository_root
from rules.errors import UserError
from rules.project import OverlayProject, Project

if TYPE_CHECKING:
    from rules.reading import Memory

NOTHING_FOUND = 0
FOUND = 1


def check(options: CheckOptions, analyze: Analyze | None = None) -> int:
    """Prints what is found and returns the exit status. Without `analyze`, the engine is loaded once it is needed."""
    target = Target(options.paths)
    selection = Selection(options)
    if analyze is not None:
        return _checked(options, target, selection, analyze)
    with memory(cache=options.cache) as remembered:
        return _checked(options, target, selection, _engine(remembered))


def _checked(options: CheckOptions, target: Target, selection: Selection, analyze: Analyze) -> int:
    baseline = Baseline(target, options.base, analyze) if options.base is not None else None

    def look(project: Project) -> Checked:
        report = selection.of(analyze(project))
        return baseline.compare(report) if baseline else Checked(report)

    if options.diff:
        return _print_diff(options, target, look)
    project: Project = target
    if options.fix:
        from rules.cli.fixing import repair

        repaired = repair(target, look, unsafe=options.unsafe_fixes)
        _write_back(repaired.changed, target)
        project, checked = OverlayProject(target, repaired.changed), repaired.checked
    else:
        checked = look(target)
    emit(_rendered(checked, Sources(project, _prefix(options, target)), options), options.output)
    return _status(bool(checked.report.findings), options)


def _engine(remembered: Memory) -> Analyze:
    from rules.analyze import analyze

    return partial(analyze, memory=remembered)


def _rendered(checked: Checked, sources: Sources, options: CheckOptions) -> str:
    match options.format:
        case Format.TEXT:
            from rules.cli.formats import text

            return text.render(checked, sources, Style.of(options), options)
        case Format.JSON:
            from rules.cli.formats import json

            return json.render(checked)
        case Format.SARIF:
            from rules.cli.formats import sarif

            return sarif.render(checked, sources)
        case Format.GITHUB:
            from rules.cli.formats import github

            return github.render(checked, sources)


def _prefix(options: CheckOptions, target: Target) -> str:
    """People read paths from where they are, GitHub from the root of the repository."""
    here = Path.cwd()
    if options.format is Format.TEXT:
        return target.prefix_from(here)
    return target.prefix_from(repository_root(target.root) or here)


def _print_diff(options: CheckOptions, target: Target, look: Callable[[Project], Checked]) -> int:
    from rules.cli.fixing import diff, repair

    repaired = repair(target, look, unsafe=options.unsafe_fixes)
    sources = Sources(target, target.prefix_from(repository_root(target.root) or Path.cwd()))
    changes = diff(target, repaired.changed, sources.shown)
    emit(Style.of(options).diff(changes), options.output)
    left = len(repaired.checked.report.findings)
    sys.stderr.write(f"{repaired.checked.fixed} can be fixed, {left} would be left.\n")
    return _status(bool(repaired.checked.fixed or left), options)


def _status(found: bool, options: CheckOptions) -> int:
    return FOUND if found and not options.exit_zero else NOTHING_FOUND


def _write_back(changed: Mapping[str, bytes], target: Target) -> None:
    """In place, so that permissions and links stay."""
    for path, data in changed.items():
        file = target.file(path)
        try:
            file.write_bytes(data)
        except OSError as error:
            raise UserError("cannot-write", f"`{file}` cannot be written: {error.strerror}") from None
