"""What SQLAlchemy did with a generated program, compared with what the engine says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rules.analyze import analyze
from rules.project import MemoryProject
from tests.rules.robustness.played import Played, play
from tests.rules.robustness.programs import Program


@dataclass(frozen=True, slots=True)
class Verdict:
    played: Played
    reported: Mapping[int, str]
    """The message by the line of the read."""

    @property
    def false(self) -> dict[int, str]:
        """Reads that were reported, and worked."""
        return {line: message for line, message in self.reported.items() if line in self.played.done}

    @property
    def missed(self) -> bool:
        return bool(self.played.failed) and not self.reported.keys() & set(self.played.failed)


def judge(program: Program) -> Verdict:
    report = analyze(MemoryProject({"main.py": program.source}), fixes=False)
    reported = {read.location.line: finding.message for finding in report.findings for read in finding.reads}
    return Verdict(play(program), reported)
