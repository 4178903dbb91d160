"""The verdict of a scan: which conclusion its check run gets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from bot.findings import Confidence, Finding, Severity


class Conclusion(StrEnum):
    SUCCESS = "success"
    FAILURE = "failure"
    NEUTRAL = "neutral"
    """Satisfies a required check; what is found is told and holds nothing up."""
    ACTION_REQUIRED = "action_required"
    """The configuration is wrong."""


@dataclass(frozen=True, slots=True)
class Gate:
    """A new finding at or above both levels fails the check; `older` lets those that were there before count too."""

    severity: Severity | None = Severity.ERROR
    """None: nothing fails it."""
    confidence: Confidence = Confidence.MEDIUM
    older: bool = False

    def stops(self, finding: Finding) -> bool:
        if self.severity is None or not (finding.is_new or self.older):
            return False
        grave = finding.severity.rank <= self.severity.rank
        return grave and finding.confidence.rank <= self.confidence.rank


DEFAULT_GATE = Gate()


def conclude(
    findings: Iterable[Finding], gate: Gate = DEFAULT_GATE, *, draft: bool = False, wrong_configuration: bool = False
) -> Conclusion:
    """`findings` are all at the head, new and older.

    `wrong_configuration`: merging the pull request would leave the base branch without a valid configuration.
    """
    told = [finding for finding in findings if finding.is_new or gate.older]
    if not draft and any(gate.stops(finding) for finding in told):
        return Conclusion.FAILURE
    if not draft and wrong_configuration:
        return Conclusion.ACTION_REQUIRED
    return Conclusion.NEUTRAL if told or wrong_configuration else Conclusion.SUCCESS
