"""What there is to tell about a change: both of its commits analysed, as the configuration wants it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

from bot.config import Choice, Config, apply
from bot.findings import ScanResult
from bot.ignoring import without_ignored
from bot.renames import NO_RENAMES, Renames
from rules.analyze import analyze
from rules.dependencies import Policy
from rules.project import Project
from rules.reading import Memory
from rules.report import Report
from workers.convert import renames_of, to_result


@dataclass(frozen=True, slots=True)
class Look:
    """`result` is what is told of `report`, which is the engine's about the head; `before` is that about the base.

    `renames` are from the names in the base, and from those in the former head.
    """

    result: ScanResult
    report: Report
    before: Report
    renames: Renames = NO_RENAMES


def look(
    head_sha: str,
    head: Project,
    base: Project,
    config: Config,
    ignored: Collection[str],
    renamed: Mapping[str, str],
    lap: Callable[[str], None],
    memory: Memory,
    since: Mapping[str, str] | None = None,
) -> Look:
    """`ignored` are the fingerprints that people told us to ignore; `lap` is told when a stage is over.

    `renamed` has the paths of files in the base, by the present ones, and `since` those in the former head.
    """
    before = analyze(base, fixes=False, policy=policy_of(config), memory=memory)
    lap("base")
    seen = look_at(head_sha, head, base, before, config, ignored, renamed, memory, since)
    lap("head")
    return seen


def look_at(
    head_sha: str,
    head: Project,
    base: Project,
    before: Report,
    config: Config,
    ignored: Collection[str],
    renamed: Mapping[str, str],
    memory: Memory,
    since: Mapping[str, str] | None = None,
) -> Look:
    """The same where the base was analysed already."""
    report = analyze(head, policy=policy_of(config), memory=memory)
    result = to_result(head_sha, report, head, before, base, renamed)
    renames = Renames.joined(renames_of(report, result, paths) for paths in (renamed, since or {}))
    applied = apply(config, result.findings)
    left, gone = without_ignored(applied, renames.also(ignored))
    told = frozenset(fingerprint for finding in applied for fingerprint in finding.fingerprints)
    left_out = tuple(finding for finding in result.findings if told.isdisjoint(finding.fingerprints))
    return Look(replace(result, findings=left, ignored=gone, left_out=left_out), report, before, renames)


def policy_of(config: Config) -> Policy:
    return Policy(require_explicit_greenlet=config.require_explicit_greenlet)


def require_config(choice: Choice) -> Config:
    """The configuration in use; raises WrongConfiguration where there is none."""
    if choice.config is None:
        raise WrongConfiguration(choice)
    return choice.config


class WrongConfiguration(Exception):
    """Nothing can be checked: the base branch, or the organisation, has a wrong configuration."""

    def __init__(self, choice: Choice) -> None:
        first = choice.problems[0]
        super().__init__(f"the configuration is wrong: {first.place}: {first.sentence}")
        self.choice = choice
