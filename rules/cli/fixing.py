"""Applying fixes: all that go together, then those that the result still needs, until none is left."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from rules.cli.checked import Checked
from rules.cli.sources import Sources, SourceText
from rules.finding import Finding, Fix, Safety
from rules.fixes.edit_text import apply_edits, compatible, merged, unified_diff
from rules.project import OverlayProject, Project

MAX_ROUNDS = 10


@dataclass(frozen=True, slots=True)
class Repaired:
    checked: Checked
    """What is found in the project after its repair; `fixed` counts the fixes."""
    changed: Mapping[str, bytes]
    """The new bytes of each changed file."""


def repair(project: Project, look: Callable[[Project], Checked], *, unsafe: bool) -> Repaired:
    """Repairs in memory. A round after which a file cannot be read any more is taken back, and is the last."""
    changed: dict[str, bytes] = {}
    fixed = 0
    checked = look(project)
    for _ in range(MAX_ROUNDS):
        fixes, _left = compatible(list(_offered(checked.report.findings, unsafe=unsafe)))
        if not fixes:
            break
        attempt = {**changed, **_edited(OverlayProject(project, changed), fixes)}
        after = look(OverlayProject(project, attempt))
        if any(one.path in attempt for one in after.report.skipped):
            break
        changed, checked, fixed = attempt, after, fixed + len(fixes)
    return Repaired(replace(checked, fixed=fixed), changed)


def diff(project: Project, changed: Mapping[str, bytes], shown: Callable[[str], str]) -> str:
    """What `changed` changes, in the form that `git apply` and `patch -p1` read."""
    texts = (
        (path, SourceText(path, project.read(path)).text, SourceText(path, changed[path]).text) for path in changed
    )
    return "".join(unified_diff(shown(path), before, after) for path, before, after in sorted(texts))


def _offered(findings: Iterable[Finding], *, unsafe: bool) -> Iterator[Fix]:
    """The first fix of each finding that may be applied."""
    for finding in findings:
        allowed = [fix for fix in finding.fixes if fix.edits and (unsafe or fix.safety is Safety.SAFE)]
        yield from allowed[:1]


def _edited(project: Project, fixes: list[Fix]) -> dict[str, bytes]:
    """The new bytes of each file that the fixes edit, in its own encoding and with its own line ends."""
    sources = Sources(project)
    return {path: sources[path].encode(apply_edits(sources[path].text, edits)) for path, edits in merged(fixes).items()}
