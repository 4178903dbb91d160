"""Findings that people told us to ignore: which one a command means, what is to be remembered, and what it hides.

What is remembered are the fingerprints of a finding's reads. They hold no line numbers, so it lasts over rebases; a
read that comes later, in another function, is told again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from bot.commands import Command
from bot.findings import Finding


@dataclass(frozen=True, slots=True)
class Told:
    """A finding of the last scan of a pull request. The first of the fingerprints is that of `Finding.first`."""

    fingerprints: tuple[str, ...]
    rule: str
    path: str
    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """What is kept for a repository. `number` is the pull request where `author` asked for it."""

    fingerprints: tuple[str, ...]
    rule: str
    path: str
    message: str
    author: str
    number: int
    reason: str = ""

    @property
    def short_id(self) -> str:
        return self.fingerprints[0][:8]


@dataclass(frozen=True, slots=True)
class Remember:
    """Keep this for the repository, and scan the pull request again."""

    ignored: Ignored


@dataclass(frozen=True, slots=True)
class Forget:
    """Keep these no longer, and scan the pull request again."""

    ignored: tuple[Ignored, ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """No finding has this id; `near` are ids of findings that could be meant."""

    target: str
    near: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Already:
    """It is ignored as it is."""

    ignored: Ignored


def ignore(
    command: Command, told: Iterable[Told], ignored: Iterable[Ignored], *, author: str, number: int
) -> Remember | Already | Unknown:
    """What `/greenlatch ignore <id> [reason]` means, given what was told on the pull request.

    Several findings of one read have the same id, stand in one comment, and are ignored together.
    """
    findings = list(told)
    meant = [one for one in findings if _has(one.fingerprints, command.target)]
    known = next((one for one in ignored if _has(one.fingerprints, command.target)), None)
    if not meant:
        near = tuple(dict.fromkeys(one.fingerprints[0][:8] for one in findings))
        return Already(known) if known else Unknown(command.target, near)
    fingerprints = tuple(dict.fromkeys(fingerprint for one in meant for fingerprint in one.fingerprints))
    if known and set(fingerprints) <= set(known.fingerprints):
        return Already(known)
    first = meant[0]
    return Remember(
        Ignored(fingerprints, first.rule, first.path, first.message, author, number, " ".join(command.reason.split()))
    )


def unignore(command: Command, ignored: Iterable[Ignored]) -> Forget | Unknown:
    """What `/greenlatch unignore <id>` means; every entry with a read of this id is forgotten."""
    entries = list(ignored)
    meant = tuple(one for one in entries if _has(one.fingerprints, command.target))
    return Forget(meant) if meant else Unknown(command.target, tuple(one.short_id for one in entries))


def without_ignored(
    findings: Iterable[Finding], fingerprints: Collection[str]
) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """The findings that are left, and those that are ignored. A finding is left with the reads that nobody ignored."""
    left: list[Finding] = []
    gone: list[Finding] = []
    for finding in findings:
        reads = tuple(read for read in finding.reads if read.fingerprint not in fingerprints)
        if reads:
            left.append(replace(finding, reads=reads))
        else:
            gone.append(finding)
    return tuple(left), tuple(gone)


def _has(fingerprints: Iterable[str], target: str) -> bool:
    return any(fingerprint.startswith(target.lower()) for fingerprint in fingerprints)
