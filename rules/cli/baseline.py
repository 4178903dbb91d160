"""What is new: the findings with a read that the merge base does not have."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cached_property

from rules.cli.checked import Analyze, Checked
from rules.cli.repository import Repository
from rules.cli.target import Target
from rules.finding import Finding, Read
from rules.report import Report


class Baseline:
    """The reads that fail in the merge base of a revision and HEAD already. It is analysed when it is first needed."""

    def __init__(self, target: Target, revision: str, analyze: Analyze) -> None:
        self._target = target
        self._revision = revision
        self._analyze = analyze
        self._repository = Repository(target.root)
        self._commit = self._repository.merge_base(revision)

    def compare(self, report: Report) -> Checked:
        """Keeps the new findings of a report on the work tree, as it is, committed or not."""
        moved = self._moved.copy() if report.findings else Counter()
        new = tuple(finding for finding in report.findings if not self._knows(finding, moved))
        known = len(report.findings) - len(new)
        statistics = {**report.statistics, "known": known}
        return Checked(replace(report, findings=new, statistics=statistics), base=self._revision, known=known)

    def _knows(self, finding: Finding, moved: Counter[tuple[str, ...]]) -> bool:
        """Whether the base has every read; in a renamed file as often as it stands there, taken off `moved`."""
        unknown = [read for read in finding.reads if read.fingerprint not in self._fingerprints]
        wanted = Counter(_key(finding, read, self._renamed.get(read.location.path, "")) for read in unknown)
        if any(moved[key] < count for key, count in wanted.items()):
            return False
        moved.subtract(wanted)
        return True

    @cached_property
    def _renamed(self) -> dict[str, str]:
        return self._repository.renamed(self._commit)

    @cached_property
    def _findings(self) -> tuple[Finding, ...]:
        with self._repository.tree(self._commit, self._target.root, self._target.holds) as tree:
            return self._analyze(tree, fixes=False).findings

    @cached_property
    def _fingerprints(self) -> frozenset[str]:
        return frozenset(read.fingerprint for finding in self._findings for read in finding.reads)

    @cached_property
    def _moved(self) -> Counter[tuple[str, ...]]:
        """The reads in files that have another name now: a fingerprint holds the path."""
        former = frozenset(self._renamed.values())
        return Counter(
            _key(finding, read, read.location.path)
            for finding in self._findings
            for read in finding.reads
            if read.location.path in former
        )


def _key(finding: Finding, read: Read, path: str) -> tuple[str, ...]:
    return (finding.rule, path, finding.model, finding.attribute, " ".join(read.expression.split()))
