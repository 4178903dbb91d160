"""A scan as its page shows it: its findings with diagram and diff, and where its time went."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from pydantic import ValidationError

from web.views.code import patch_lines
from web.views.text import counted
from web.views.trace import Trace, trace
from workers import models
from workers.detail import Detail, Place, from_json
from workers.logs import get_logger
from workers.models import ScanKind, ScanState

log = get_logger(__name__)

STAGES = {
    "open": "Open the check run",
    "configuration": "Read the configuration",
    "fetch": "Fetch both commits",
    "base": "Analyse the merge base",
    "head": "Analyse the head",
    "review": "Post the review",
    "fix": "Commit the fixes",
    "conclude": "Conclude the check",
}


SHORT = 8
"""As many characters of a fingerprint are the id of a finding in commands."""


@dataclass(frozen=True, slots=True)
class Patch:
    title: str
    is_safe: bool
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class FindingView:
    """`detail` is None once the code has expired; `places` are where it fails, each of them once."""

    id: int
    short: str
    """What people name it by in a command."""
    rule: str
    severity: str
    confidence: str
    path: str
    line: int
    message: str
    said: str
    is_new: bool
    detail: Detail | None
    trace: Trace | None
    places: tuple[Place, ...]
    patches: tuple[Patch, ...]


@dataclass(frozen=True, slots=True)
class Stage:
    name: str
    seconds: float
    start: float
    """In percent of the whole, as `width`."""
    width: float


def finding_view(row: models.ScanFinding) -> FindingView:
    detail = _detail(row)
    return FindingView(
        id=row.id,
        short=row.fingerprint[:SHORT],
        rule=row.rule,
        severity=row.severity,
        confidence=row.confidence,
        path=row.path,
        line=row.line,
        message=row.message,
        said=row.said.value,
        is_new=row.is_new,
        detail=detail,
        trace=trace(detail.hops) if detail is not None and detail.hops else None,
        places=tuple(_places(detail)) if detail is not None else (),
        patches=tuple(_patches(detail)) if detail is not None else (),
    )


def _detail(row: models.ScanFinding) -> Detail | None:
    """None for what another version wrote in a form that this one does not read."""
    try:
        return from_json(row.detail.detail) if row.detail is not None else None
    except ValidationError:
        log.warning("finding_detail_unreadable", finding=row.id)
        return None


def headline(scan: models.Scan, new: int) -> str:
    """What came of it, in a few words."""
    if scan.state is not ScanState.DONE:
        return f"Scan {scan.state.value}"
    if scan.kind is ScanKind.FIX:
        return "Fixes committed" if scan.conclusion == "success" else "No fix committed"
    if scan.conclusion == "action_required":
        return "The configuration is wrong"
    return counted(new, "new problem") if new else "Nothing new"


def _places(detail: Detail) -> Iterable[Place]:
    """Several ways may lead to one."""
    found: dict[tuple[str, int, str], Place] = {}
    for read in detail.reads:
        key = (read.path, read.line, read.expression)
        found[key] = replace(read, is_new=read.is_new or (key in found and found[key].is_new))
    return found.values()


def _patches(detail: Detail) -> Iterable[Patch]:
    for repair in detail.repairs:
        yield Patch(repair.title, repair.is_safe, tuple(patch_lines(repair.patch)))


def stages(timings: Mapping[str, float]) -> list[Stage]:
    """One after the other, as they ran."""
    whole = sum(timings.values()) or 1.0
    made: list[Stage] = []
    start = 0.0
    for name, seconds in timings.items():
        percent = 100 * seconds / whole
        made.append(
            Stage(STAGES.get(name, name.replace("_", " ")), seconds, round(start, 2), round(max(percent, 0.4), 2))
        )
        start = min(start + percent, 99.6)
    return made
