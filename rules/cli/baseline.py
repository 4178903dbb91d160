"""What is new: the findings with a read that the merge base does not have."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

from rules.cli.checked import Analyze, Checked
from rules.cli.repository import Repository
from rules.cli.target import Target
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
        new = tuple(
            finding
            for finding in report.findings
            if not self._fingerprints.issuperset(read.fingerprint for read in finding.reads)
        )
        known = len(report.findings) - len(new)
        statistics = {**report.statistics, "known": known}
        return Checked(replace(report, findings=new, statistics=statistics), base=self._revision, known=known)

    @cached_property
    def _fingerprints(self) -> frozenset[str]:
        with self._repository.tree(self._commit, self._target.root, self._target.holds) as tree:
            findings = self._analyze(tree, fixes=False).findings
        return frozenset(read.fingerprint for finding in findings for read in finding.reads)
