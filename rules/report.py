"""The whole result of one check, in the form that `--format json` prints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rules.finding import Finding

VERSION = 1


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that could not be analysed, with its reason for the reader."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    findings: tuple[Finding, ...]
    """Sorted by place."""
    skipped: tuple[Skipped, ...] = ()
    suppressed: tuple[Finding, ...] = ()
    """Findings that a comment in the code suppressed."""
    statistics: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        return {
            "version": VERSION,
            "findings": [finding.to_dict() for finding in self.findings],
            "skipped": [{"path": skipped.path, "reason": skipped.reason} for skipped in self.skipped],
            "statistics": {**self.statistics, "suppressed": len(self.suppressed)},
        }
