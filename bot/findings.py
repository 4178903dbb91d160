"""What a review needs to know about a finding; `workers` makes these values from the engine's report."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum

LINE_NUMBER = re.compile(r"(?<=\bline )\d+")


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"

    @property
    def rank(self) -> int:
        """0 is the gravest."""
        return list(Severity).index(self)


class Confidence(StrEnum):
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """0 is the surest."""
        return list(Confidence).index(self)


class Safety(StrEnum):
    """A fix is `safe` when the edited project was analysed again, and the finding is gone and nothing new is there."""

    SAFE = "safe"
    UNSAFE = "unsafe"


@dataclass(frozen=True, slots=True)
class Step:
    """A place and what happens there. Lines count from 1."""

    path: str
    line: int
    note: str


@dataclass(frozen=True, slots=True)
class Read:
    """One place that fails, lines `line` to `end_line`; `trace` leads from the cause to it."""

    path: str
    line: int
    end_line: int
    expression: str
    fingerprint: str
    trace: tuple[Step, ...] = ()
    is_new: bool = True
    """Whether the merge base has no read of this fingerprint."""


@dataclass(frozen=True, slots=True)
class LineChange:
    """Lines `start` to `end` of a file become `new`; `end == start - 1` inserts before `start`.

    `old` and `new` are whole lines with their line endings, exactly as they are in the file.
    """

    start: int
    end: int
    old: tuple[str, ...]
    new: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FileChange:
    """What a fix does to one file. `bot.patches.file_change` makes it from the file before and after.

    `exact` is false where the text is no UTF-8, so that no suggestion can carry it; `patch` is for `git apply`.
    """

    path: str
    changes: tuple[LineChange, ...]
    patch: str
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Fix:
    title: str
    safety: Safety
    files: tuple[FileChange, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One cause with every read that fails for it."""

    rule: str
    title: str
    """The bad pattern, from the first line of the rule's page."""
    severity: Severity
    confidence: Confidence
    message: str
    """Markdown-like text of the engine: names stand in backticks."""
    reads: tuple[Read, ...]
    origin: Step
    model: str = ""
    attribute: str = ""
    fixes: tuple[Fix, ...] = ()

    def __post_init__(self) -> None:
        if not self.reads:
            raise ValueError(f"a finding of {self.rule} needs a place")

    @property
    def first(self) -> Read:
        """The read that the finding is told at: the first new one, else the first."""
        return next((read for read in self.reads if read.is_new), self.reads[0])

    @property
    def is_new(self) -> bool:
        return any(read.is_new for read in self.reads)

    @property
    def fingerprints(self) -> frozenset[str]:
        return frozenset(read.fingerprint for read in self.reads)

    @property
    def short_id(self) -> str:
        """What people write in `/greenlatch ignore <id>`."""
        return self.first.fingerprint[:8]

    @property
    def safe_fix(self) -> Fix | None:
        return next((fix for fix in self.fixes if fix.safety is Safety.SAFE), None)

    @property
    def key(self) -> str:
        """What makes it the same in several scans: its read and the way to it, in words without line numbers."""
        steps = [self.origin, *self.first.trace]
        way = "\x00".join(f"{step.path} {LINE_NUMBER.sub('', step.note)}" for step in steps)
        return f"{self.first.fingerprint}.{hashlib.sha256(way.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """A file that could not be analysed, with its reason for the reader."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class ScanResult:
    """What a scan of one head found: new findings and those that were there before."""

    head_sha: str
    findings: tuple[Finding, ...]
    skipped: tuple[SkippedFile, ...] = ()
    ignored: tuple[Finding, ...] = ()
    """What people told us to ignore; it is not among `findings`."""
    left_out: tuple[Finding, ...] = ()
    """What the configuration lets us not tell; neither is it."""

    @property
    def new(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.is_new)

    @property
    def older(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if not finding.is_new)
