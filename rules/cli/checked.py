"""The result of a check after selection and comparison: what every format prints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from rules.project import Project
from rules.report import Report


class Analyze(Protocol):
    """The engine, as `rules.analyze.analyze` is."""

    def __call__(self, project: Project, *, fixes: bool = True) -> Report: ...


@dataclass(frozen=True, slots=True)
class Checked:
    report: Report
    """Holds the findings that are to be shown, and no others."""
    base: str | None = None
    """The revision it was compared with."""
    known: int = 0
    """How many findings are left out because the base has them, too."""
    fixed: int = 0
    """How many fixes were applied before."""
