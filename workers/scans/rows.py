"""What all that reads and writes the scans' rows has in common: locks, lanes, tickets."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, and_, select, true
from sqlalchemy.orm import Session, joinedload

from bot.identity import Repository
from bot.intents import CommentKind
from workers import models
from workers.database import Database
from workers.models import ScanState, now
from workers.queue import SCANS, Ticket
from workers.scans.values import Comment, Task


class Rows:
    def __init__(self, database: Database) -> None:
        self._database = database


def locked_scan(session: Session, scan_id: int) -> models.Scan | None:
    scan = session.get(models.Scan, scan_id, options=[joinedload(models.Scan.repository)])
    if scan is not None:
        session.get(models.PullRequest, (scan.repository_id, scan.number), with_for_update=True)
        session.refresh(scan)
    return scan


def must_wait(session: Session, scan: models.Scan) -> bool:
    """Its own time has not come, or GitHub asked its installation to wait: the sweeper queues it when it is due."""
    paused = session.get_one(models.Installation, scan.repository.installation_id).paused_until
    if paused is not None and paused > now():
        scan.not_before = max(paused, scan.not_before or paused)
    return scan.not_before is not None and scan.not_before > now()


def lane(scan: models.Scan, state: ScanState) -> Select[models.Scan]:
    """Those of the same pull request and kind: one of them runs at a time."""
    return select(models.Scan).where(
        models.Scan.repository_id == scan.repository_id,
        models.Scan.number == scan.number,
        models.Scan.kind == scan.kind,
        models.Scan.state == state,
    )


def is_about(head_sha: str, base_ref: str) -> ColumnElement[bool]:
    """The same commit compared with the same branch is the same question, but for a draft, where nothing fails."""
    same_base = models.Scan.base_ref.in_({base_ref, ""}) if base_ref else true()
    return and_(models.Scan.head_sha == head_sha, same_base, models.Scan.draft.is_(False))


def task_of(scan: models.Scan) -> Task:
    return Task(
        scan_id=scan.id,
        repository=Repository(scan.repository_id, scan.repository.full_name),
        installation_id=scan.repository.installation_id,
        number=scan.number,
        attempt=scan.attempt,
        failures=scan.failures,
        force=scan.force,
        check_run_id=scan.check_run_id,
        check_run_sha=scan.check_run_sha,
        comment=Comment(CommentKind(scan.comment_kind), scan.comment_id) if scan.comment_id else None,
        asked_at=scan.created_at,
        delivery_id=scan.delivery_id,
        kind=scan.kind,
        head_sha=scan.head_sha,
        base_sha=scan.base_sha,
        base_ref=scan.base_ref,
        target=scan.target,
        author=scan.author,
    )


def dispatch(scan: models.Scan) -> Ticket:
    scan.dispatches, scan.dispatched_at = scan.dispatches + 1, now()
    return Ticket(SCANS, scan.id, scan.dispatches)
