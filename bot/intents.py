"""What an event asks for, as data: `workers` carries it out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.commands import Command, Misunderstood
from bot.identity import Repository


class CommentKind(StrEnum):
    """Where a comment was written: in the conversation of a pull request, or under a line of its diff."""

    ISSUE = "issue"
    REVIEW = "review"


@dataclass(frozen=True, slots=True)
class RequestScan:
    """Scan the head of one pull request, unless it has a verdict already: against this base, and for no draft."""

    repository: Repository
    installation_id: int
    number: int
    head_sha: str
    base_sha: str
    base_ref: str
    reason: str


@dataclass(frozen=True, slots=True)
class RescanHead:
    """Scan a commit again whose pull request the event does not name (it never does for forks).

    `external_id` is the one we gave to its check run, empty for a whole check suite; `numbers` may be empty.
    """

    repository: Repository
    installation_id: int
    head_sha: str
    external_id: str
    numbers: tuple[int, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class ScanMergeGroup:
    """Report a check for the commit that a merge queue made. `number` is the last pull request in it, 0 if unknown."""

    repository: Repository
    installation_id: int
    number: int
    head_sha: str
    head_ref: str
    base_sha: str
    base_ref: str


@dataclass(frozen=True, slots=True)
class CancelScans:
    """Nobody waits for this pull request's scans any more."""

    repository: Repository
    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class CancelMergeGroup:
    """The merge queue gave this commit up."""

    repository: Repository
    head_sha: str
    reason: str


@dataclass(frozen=True, slots=True)
class RunCommand:
    """A person wrote a command on a pull request. Whether they may is not decided yet: see `bot.commands.verdict`."""

    repository: Repository
    installation_id: int
    number: int
    command: Command | Misunderstood
    comment_kind: CommentKind
    comment_id: int
    author: str
    is_pull_author: bool


@dataclass(frozen=True, slots=True)
class ApplyFixes:
    """A person pressed the button that commits the verified fixes."""

    repository: Repository
    installation_id: int
    head_sha: str
    external_id: str
    numbers: tuple[int, ...]
    author: str


@dataclass(frozen=True, slots=True)
class RefreshConfiguration:
    """The configuration on the default branch changed: who waits for a valid one can be checked now."""

    repository: Repository
    installation_id: int


@dataclass(frozen=True, slots=True)
class RecordInstallation:
    """The app is installed there, with these permissions. `added` and `removed` are repositories that changed."""

    installation_id: int
    account: str
    suspended: bool
    added: tuple[Repository, ...] = ()
    removed: tuple[Repository, ...] = ()


@dataclass(frozen=True, slots=True)
class ForgetInstallation:
    """The app was removed there: cancel what is queued and keep nothing."""

    installation_id: int
    account: str


@dataclass(frozen=True, slots=True)
class Ignore:
    """Nothing to do; `reason` is told in the delivery's row."""

    reason: str


Intent = (
    RequestScan
    | RescanHead
    | ScanMergeGroup
    | CancelScans
    | CancelMergeGroup
    | RunCommand
    | ApplyFixes
    | RefreshConfiguration
    | RecordInstallation
    | ForgetInstallation
    | Ignore
)
