"""The flow over manifests: read the tree, ask the rules, keep the fixes that hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from rules.dependencies import edits
from rules.dependencies.facts import DependencyFacts, Policy
from rules.dependencies.locking import command_for
from rules.dependencies.tree import Tree
from rules.dependencies.usage import FileUsage, Usage, is_used, usage_of
from rules.finding import Finding, Fix
from rules.project import OverlayProject, Project
from rules.report import Skipped
from rules.rule import find_rules

DEFAULT = Policy()
MOST_VERIFIED = 60
"""Findings whose fixes are verified, each by another analysis; the ones behind them carry none."""


@dataclass(frozen=True, slots=True)
class DependencyResult:
    findings: tuple[Finding, ...]
    """Sorted by place."""
    skipped: tuple[Skipped, ...]


def check_dependencies(
    project: Project, usage: Usage, policy: Policy = DEFAULT, *, tree: Tree | None = None
) -> DependencyResult:
    """Checks all manifests of a tree against each other and against what the code uses.

    A fix is kept only where the finding is gone from the edited tree and nothing new appeared. `tree` spares reading
    the manifests again.
    """
    facts = DependencyFacts(tree or Tree(project), usage, policy)
    found = _findings(facts)
    verified = [
        replace(item, fixes=tuple(_verified(item, found, facts, usage)) if number < MOST_VERIFIED else ())
        for number, item in enumerate(found)
    ]
    return DependencyResult(tuple(verified), facts.tree.skipped)


def _findings(facts: DependencyFacts) -> list[Finding]:
    from rules.dependencies import checks

    found = [item for rule in find_rules(checks) for item in rule().check(facts)]
    return sorted(found, key=lambda item: (item.location, item.rule, item.message))


def _verified(item: Finding, found: list[Finding], facts: DependencyFacts, usage: Usage) -> Iterator[Fix]:
    before = _fingerprints(found)
    for fix in item.fixes:
        changed = _edited(fix, facts)
        tree = facts.tree.edited(OverlayProject(facts.project, changed), changed)
        touched = tree.touched_by(changed)
        left = _findings(DependencyFacts(tree, usage.replaced(_reread(changed)), facts.policy, touched))
        new = [other for other in left if not _fingerprints([other]) <= before]
        commands = [_made_by(tree, other.location.path) or _made_by(tree, other.origin.path) for other in new]
        gone = not _fingerprints(left) & _fingerprints([item])
        if gone and all(commands) and _reads_well(tree, facts.tree, changed):
            yield replace(fix, title=_then_run(fix.title, commands))


def _made_by(tree: Tree, path: str) -> str:
    """The command that makes a file anew; a fix may leave it older than what it is made from. '' for other files."""
    manifest = tree.manifests.get(path)
    if manifest is None:
        return ""
    if manifest.generated is not None:
        return manifest.generated.command
    return command_for(manifest.path) if manifest.lock is not None else ""


def _then_run(title: str, commands: list[str]) -> str:
    missing = [f"`{command}`" for command in dict.fromkeys(commands) if command not in title]
    return f"{title}, then run {' and '.join(missing)}" if missing else title


def _edited(fix: Fix, facts: DependencyFacts) -> Mapping[str, bytes]:
    paths = {edit.path for edit in fix.edits}
    return {
        path: edits.apply(facts.text(path), [edit for edit in fix.edits if edit.path == path]).encode()
        for path in paths
    }


def _reread(changed: Mapping[str, bytes]) -> dict[str, FileUsage]:
    return {path: usage_of(path, data) for path, data in changed.items() if is_used(path)}


def _fingerprints(findings: list[Finding]) -> set[str]:
    return {read.fingerprint for item in findings for read in item.reads}


def _reads_well(after: Tree, before: Tree, changed: Mapping[str, bytes]) -> bool:
    """Whether the edited manifests can still be read as far as before."""
    return all(
        after.manifests[path].problems == before.manifests[path].problems
        for path in changed
        if path in before.manifests
    )
