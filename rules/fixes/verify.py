"""Whether a fix does what it says, found out by analysing the edited project.

A fix is

- *dropped* when it cannot be applied, when an edited file cannot be analysed any more, or when a read of its finding
  still fails as often as before;
- *unsafe* when all of these are gone, but a read fails that did not before (or more causes make it fail), or
  when its kind is never safe;
- *safe* otherwise: every read of the finding is gone, and nothing new appeared.

Reads are compared by rule and fingerprint, which hold no line number, and are counted: nine queries that reach one
helper are nine findings with the same read, and the fix of one query must leave eight.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable

from rules.finding import Edit, Finding, Fix, Safety
from rules.fixes.edit_text import EditConflict, apply_to_bytes
from rules.fixes.recipe import KeepOnCommit, Recipe
from rules.project import OverlayProject, Project
from rules.report import Report
from rules.source.syntax import NotPython, encoding_of

Analyze = Callable[[Project], Report]


def apply(project: Project, edits: Iterable[Edit]) -> OverlayProject:
    """The project after edits, which may be of several files; an edit of a file that does not exist makes one.

    Raises `EditConflict` when they overlap or lie outside their file.
    """
    by_path: dict[str, list[Edit]] = {}
    for edit in edits:
        by_path.setdefault(edit.path, []).append(edit)
    known = set(project.paths())
    changed = {
        path: _edited(path, project.read(path) if path in known else b"", edits) for path, edits in by_path.items()
    }
    return OverlayProject(project, changed)


def can_be_safe(recipe: Recipe) -> bool:
    """False for a fix that changes code which its finding says nothing about."""
    return not isinstance(recipe, KeepOnCommit)


def verified(
    project: Project,
    finding: Finding,
    fix: Fix,
    analyze: Analyze,
    *,
    before: Report | None = None,
    may_be_safe: bool = True,
) -> Fix | None:
    """The fix with what was found out about its safety, or None when it is to be dropped; the rule is above.

    `before` is the report of the project as it is, where the caller has it: the finding is one of its findings.
    """
    before = analyze(project) if before is None else before
    try:
        after = analyze(apply(project, fix.edits))
    except EditConflict:
        return None
    if {skipped.path for skipped in after.skipped} - {skipped.path for skipped in before.skipped}:
        return None
    old, new = failing(before.findings), failing(after.findings)
    own = failing([finding])
    if any(new[read] >= max(old[read], 1) for read in own):
        return None
    appeared = any(count > old[read] for read, count in new.items())
    safe = may_be_safe and not appeared
    return dataclasses.replace(fix, safety=Safety.SAFE if safe else Safety.UNSAFE)


def _edited(path: str, data: bytes, edits: list[Edit]) -> bytes:
    encoding = "utf-8"
    if path.endswith((".py", ".pyi")):
        try:
            encoding = encoding_of(data)
        except NotPython as error:
            raise EditConflict(f"{path}: {error.reason}") from None
    try:
        return apply_to_bytes(data, edits, encoding)
    except UnicodeError as error:
        raise EditConflict(f"{path}: {error}") from None


def failing(findings: Iterable[Finding]) -> Counter[tuple[str, str]]:
    """How many findings say of a read that it fails."""
    return Counter(
        (finding.rule, fingerprint)
        for finding in findings
        for fingerprint in {read.fingerprint for read in finding.reads}
    )
