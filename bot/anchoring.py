"""Where each finding is said: at a line of the diff if there is one, else in the check run and the summary."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from bot.diff import Diff
from bot.findings import Finding
from bot.suggestions import Suggestion, combine, suggest

MAX_THREADS = 30
"""Inline comments of one review; what is beyond is told in the check run and the summary."""


@dataclass(frozen=True, slots=True)
class Thread:
    """One inline comment, on lines `start` to `end` of the head, about all findings that are told there.

    `suggested` are those of them that the suggestion repairs.
    """

    path: str
    start: int
    end: int
    findings: tuple[Finding, ...]
    suggestion: Suggestion | None = None
    suggested: tuple[Finding, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(finding.key for finding in self.findings))

    @property
    def fingerprints(self) -> frozenset[str]:
        return frozenset().union(*(finding.fingerprints for finding in self.findings))


@dataclass(frozen=True, slots=True)
class Anchoring:
    """Every finding is in exactly one of the two, the gravest first."""

    threads: tuple[Thread, ...]
    elsewhere: tuple[Finding, ...]


def rank(finding: Finding) -> tuple[int, int, str, int]:
    """Sorts the gravest and surest first, then by place."""
    return finding.severity.rank, finding.confidence.rank, finding.first.path, finding.first.line


def anchor(findings: Iterable[Finding], diff: Diff, *, limit: int = MAX_THREADS) -> Anchoring:
    """Places each finding. A suggestion replaces the lines that it stands at, so where there is one, it decides.

    Without one a finding stands at the first of its reads, its cause and the steps between them that is in the diff.
    """
    threads: list[Thread] = []
    elsewhere: list[Finding] = []
    for finding in sorted(findings, key=rank):
        if not _place_suggestion(finding, diff, threads) and not _place(finding, diff, threads):
            elsewhere.append(finding)
    beyond = [finding for thread in threads[limit:] for finding in thread.findings]
    return Anchoring(tuple(threads[:limit]), tuple(sorted([*beyond, *elsewhere], key=rank)))


def _place_suggestion(finding: Finding, diff: Diff, threads: list[Thread]) -> bool:
    """Two suggestions must not touch the same lines: they become one, or the second is told as a patch."""
    fix = finding.safe_fix
    wanted = suggest(fix, diff) if fix else None
    if fix is None or wanted is None:
        return False
    rivals = [index for index, thread in enumerate(threads) if thread.suggestion and thread.suggestion.overlaps(wanted)]
    if not rivals:
        threads.append(Thread(wanted.path, wanted.start, wanted.end, (finding,), wanted, (finding,)))
        return True
    return len(rivals) == 1 and _join_suggestion(finding, wanted, diff, threads, rivals[0])


def _join_suggestion(finding: Finding, wanted: Suggestion, diff: Diff, threads: list[Thread], index: int) -> bool:
    """Two ranges that overlap make one without a gap, so the joined one overlaps no other."""
    thread = threads[index]
    both = combine(thread.suggestion, wanted, diff) if thread.suggestion else None
    if both is None:
        return False
    threads[index] = Thread(
        both.path, both.start, both.end, (*thread.findings, finding), both, (*thread.suggested, finding)
    )
    return True


def _place(finding: Finding, diff: Diff, threads: list[Thread]) -> bool:
    """Findings at one line are told together."""
    spot = next(((p, s, e) for p, s, e in _spots(finding) if diff.hunk_of(p, s, e)), None)
    if spot is None:
        return False
    path, start, end = spot
    for index, thread in enumerate(threads):
        if (thread.path, thread.end) == (path, end):
            threads[index] = replace(thread, findings=(*thread.findings, finding))
            return True
    threads.append(Thread(path, start, end, (finding,)))
    return True


def _spots(finding: Finding) -> Iterator[tuple[str, int, int]]:
    reads = [finding.first, *(read for read in finding.reads if read is not finding.first)]
    for read in reads:
        yield read.path, read.line, read.end_line
        yield read.path, read.line, read.line
    yield finding.origin.path, finding.origin.line, finding.origin.line
    for read in reads:
        for step in reversed(read.trace):
            yield step.path, step.line, step.line
