"""What is asked of the scans' rows and told by them: requests, tasks, endings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.identity import Repository
from bot.intents import CommentKind
from workers.detail import Detail
from workers.models import Said, ScanKind, ScanState
from workers.queue import Ticket


@dataclass(frozen=True, slots=True)
class Comment:
    """The comment whose command asked for a scan."""

    kind: CommentKind
    id: int


@dataclass(frozen=True, slots=True)
class Request:
    """A wish for a scan of a pull request's head. `asked_by` tells people where it came from.

    `base_ref` is what the head is to be compared with, empty for whatever the base is by then. `base_sha` is for a
    merge group, `target` (the id of a finding) and `author` for a fix.
    """

    repository: Repository
    installation_id: int
    number: int
    head_sha: str
    asked_by: str
    delivery_id: int | None = None
    force: bool = False
    comment: Comment | None = None
    kind: ScanKind = ScanKind.REVIEW
    base_sha: str = ""
    base_ref: str = ""
    target: str = ""
    author: str = ""


@dataclass(frozen=True, slots=True)
class Granted:
    """The scan that answers a request. `ticket` is None when it needs no new job; `note` says why it does not."""

    scan_id: int
    ticket: Ticket | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """A scan that was started: what a worker needs to know of its row."""

    scan_id: int
    repository: Repository
    installation_id: int
    number: int
    attempt: int
    failures: int
    force: bool
    check_run_id: int | None
    check_run_sha: str
    comment: Comment | None
    asked_at: datetime
    delivery_id: int | None
    kind: ScanKind
    head_sha: str
    """What was asked for: the present head of a pull request may be another one."""
    base_sha: str
    base_ref: str
    target: str
    author: str


@dataclass(frozen=True, slots=True)
class Told:
    """One finding of a scan, as it is written down."""

    fingerprints: tuple[str, ...]
    rule: str
    severity: str
    confidence: str
    path: str
    line: int
    message: str
    is_new: bool
    said: Said
    comment_id: int | None = None
    detail: Detail | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """How a scan ended."""

    state: ScanState
    reason: str
    conclusion: str = ""
    check_run_ended: bool = False
    base_sha: str = ""
    timings: Mapping[str, float] | None = None
    findings: Iterable[Told] = ()


@dataclass(frozen=True, slots=True)
class OpenCheck:
    """A check run on GitHub that still waits for its scan to say that it ended.

    `check_run_id` is None where GitHub's answer was lost, or was never asked for one: `needs_one` says whether the
    scan owes it, so that a verdict that will not come is seen.
    """

    scan_id: int
    repository: Repository
    installation_id: int
    check_run_id: int | None
    head_sha: str
    kind: ScanKind
    needs_one: bool
    reason: str
