"""What the engine tells: findings, where they are, why, and the edits that repair them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rules.fixes.recipe import Recipe


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


class Confidence(StrEnum):
    """`high` when every step is resolved, `medium` when a join of paths or an annotation was trusted, else `low`."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Safety(StrEnum):
    """A fix is `safe` only after the edited project was analysed again: see `rules.fixes`."""

    SAFE = "safe"
    UNSAFE = "unsafe"


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A range in one file. `path` is POSIX and relative to the checked folder; lines and columns count from 1.

    Columns count characters (not bytes); `end_column` is the column after the last character.
    """

    path: str
    line: int
    column: int
    end_line: int
    end_column: int

    def to_dict(self) -> dict[str, Any]:
        return {
            "path": self.path,
            "line": self.line,
            "column": self.column,
            "end_line": self.end_line,
            "end_column": self.end_column,
        }


@dataclass(frozen=True, slots=True)
class Step:
    """One hop on the way from a cause to a read: a place and what happens there."""

    path: str
    line: int
    column: int
    note: str

    def to_dict(self) -> dict[str, Any]:
        return {"path": self.path, "line": self.line, "column": self.column, "note": self.note}


@dataclass(frozen=True, slots=True)
class Read:
    """One place that fails. `trace` leads from the cause to it, one step a line, in the order the value travels."""

    location: Location
    expression: str
    fingerprint: str
    trace: tuple[Step, ...] = ()
    identity: tuple[str, ...] = field(default=(), compare=False, repr=False)
    """What the fingerprint is made of besides the path; empty where nobody asks."""

    @classmethod
    def of(cls, location: Location, expression: str, identity: tuple[str, ...], trace: tuple[Step, ...] = ()) -> Read:
        """`identity` is what `fingerprint` takes, without the path: rule, function, expression, and more."""
        return cls(location, expression, _fingerprint_in(location.path, identity), trace, identity)

    def fingerprint_in(self, path: str) -> str:
        """The fingerprint that the same read has in a file of another name."""
        return _fingerprint_in(path, self.identity) if self.identity else self.fingerprint

    def to_dict(self) -> dict[str, Any]:
        return {
            **self.location.to_dict(),
            "expression": self.expression,
            "fingerprint": self.fingerprint,
            "trace": [step.to_dict() for step in self.trace],
        }


@dataclass(frozen=True, slots=True)
class Edit:
    """Replaces the text of a range; lines and columns as in `Location`. An empty range inserts."""

    path: str
    start_line: int
    start_column: int
    end_line: int
    end_column: int
    replacement: str

    def to_dict(self) -> dict[str, Any]:
        return {
            "path": self.path,
            "start_line": self.start_line,
            "start_column": self.start_column,
            "end_line": self.end_line,
            "end_column": self.end_column,
            "replacement": self.replacement,
        }


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that belong together: all of them or none. They never overlap."""

    title: str
    safety: Safety
    edits: tuple[Edit, ...]

    def to_dict(self) -> dict[str, Any]:
        return {"title": self.title, "safety": self.safety.value, "edits": [edit.to_dict() for edit in self.edits]}


@dataclass(frozen=True, slots=True)
class Finding:
    """One cause with every read that fails for it. Its place is its first read."""

    rule: str
    message: str
    severity: Severity
    confidence: Confidence
    reads: tuple[Read, ...]
    origin: Step
    model: str = ""
    """The class that owns `attribute`; empty for dependency rules."""
    attribute: str = ""
    fixes: tuple[Fix, ...] = ()
    recipes: tuple[Recipe, ...] = field(default=(), compare=False, repr=False)
    """What could repair it, the best first; `rules.fixes` makes `fixes` of them."""

    def __post_init__(self) -> None:
        if not self.reads:
            raise ValueError(f"a finding of {self.rule} needs a place")

    @property
    def location(self) -> Location:
        return self.reads[0].location

    @property
    def expression(self) -> str:
        return self.reads[0].expression

    @property
    def fingerprint(self) -> str:
        return self.reads[0].fingerprint

    @property
    def trace(self) -> tuple[Step, ...]:
        return self.reads[0].trace

    @property
    def other_places(self) -> tuple[Read, ...]:
        """The reads at other places than the first, one for each place: a place may be reached in several ways."""
        places = {read.location: read for read in reversed(self.reads) if read.location != self.location}
        return tuple(places[location] for location in sorted(places))

    def to_dict(self) -> dict[str, Any]:
        return {
            "rule": self.rule,
            **self.location.to_dict(),
            "message": self.message,
            "severity": self.severity.value,
            "confidence": self.confidence.value,
            "model": self.model,
            "attribute": self.attribute,
            "expression": self.expression,
            "fingerprint": self.fingerprint,
            "origin": self.origin.to_dict(),
            "trace": [step.to_dict() for step in self.trace],
            "reads": [read.to_dict() for read in self.reads],
            "fixes": [fix.to_dict() for fix in self.fixes],
        }


def fingerprint(rule: str, path: str, function: str, expression: str, *more: str) -> str:
    """16 hex digits that survive a rebase: they hold no line number, and `expression` without its white space."""
    parts = (rule, path, function, "".join(expression.split()), *more)
    return hashlib.sha256("\x00".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _fingerprint_in(path: str, identity: tuple[str, ...]) -> str:
    rule, function, expression, *more = identity
    return fingerprint(rule, path, function, expression, *more)
