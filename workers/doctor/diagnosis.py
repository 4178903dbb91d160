"""What the doctor says about one part."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    OK = "ok"
    WARNING = "warning"
    """It works, and something should be looked at."""
    PROBLEM = "problem"
    UNKNOWN = "unknown"
    """It could not be looked at, because of another problem."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """`advice` is empty where nothing has to be done."""

    part: str
    verdict: Verdict
    says: str
    advice: str = ""


def ok(part: str, says: str) -> Diagnosis:
    return Diagnosis(part, Verdict.OK, says)


def warning(part: str, says: str, advice: str) -> Diagnosis:
    return Diagnosis(part, Verdict.WARNING, says, advice)


def problem(part: str, says: str, advice: str) -> Diagnosis:
    return Diagnosis(part, Verdict.PROBLEM, says, advice)
