"""Scans are asked for, coalesced for each pull request, hurried, and cancelled."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from workers import models
from workers.database import insert_missing
from workers.models import ScanKind, ScanState
from workers.queue import SCANS, Ticket
from workers.scans.endings import write_ending
from workers.scans.rows import Rows, dispatch, is_about, lane
from workers.scans.values import Ending, Granted, Request

MAX_ASKED_BY = 250


class Requests(Rows):
    """What people and events want."""

    def request(self, request: Request) -> Granted:
        """Asks for a scan. A queued one serves everybody who asks before it starts: it looks at the head of that time.

        A running one of another head or base, or one that was forced, is marked as superseded.
        """
        with self._database.transaction() as session:
            _lock_pull_request(session, request)
            known = _same_delivery(session, request) or _that_serves(session, request)
            if known is not None:
                return _join(known, request)
            scan = _new_scan(request)
            session.add(scan)
            session.flush()
            running = session.scalars(lane(scan, ScanState.RUNNING)).all()
            for older in running if scan.kind is ScanKind.REVIEW else ():
                older.superseded_by = scan.id
            return Granted(scan.id, None if running else dispatch(scan))

    def hurry(self, repository_id: int, number: int) -> list[Ticket]:
        """Makes what waits for a pull request due at once: it sees for itself whether anybody still wants it.

        An event that says so is no proof: events arrive in any order, and the pull request may be open again.
        """
        with self._database.transaction() as session:
            query = select(models.Scan).where(
                models.Scan.repository_id == repository_id,
                models.Scan.number == number,
                models.Scan.state == ScanState.QUEUED,
                models.Scan.kind != ScanKind.MERGE_GROUP,
            )
            queued = session.scalars(query).all()
            for scan in queued:
                scan.not_before = None
            return [dispatch(scan) for scan in queued]

    def cancel_merge_group(self, repository_id: int, head_sha: str, reason: str) -> int:
        """Ends what is queued for a commit of a merge queue; the verdict of what runs harms nobody."""
        of_group = and_(models.Scan.head_sha == head_sha, models.Scan.kind == ScanKind.MERGE_GROUP)
        return self._cancel(
            of_group, models.Scan.repository_id == repository_id, ending=Ending(ScanState.CANCELLED, reason)
        )

    def cancel_repositories(self, repository_ids: Collection[int], reason: str) -> int:
        """Ends what is queued for repositories that nobody lets us into any more, with their check runs."""
        ending = Ending(ScanState.CANCELLED, reason, check_run_ended=True)
        return self._cancel(models.Scan.repository_id.in_(repository_ids), ending=ending)

    def cancel_all(self, installation_id: int, reason: str) -> int:
        """Ends what is queued for an installation, and marks its check runs as ended: nobody can write to them now."""
        theirs = select(models.Repository.id).where(models.Repository.installation_id == installation_id)
        ending = Ending(ScanState.CANCELLED, reason, check_run_ended=True)
        return self._cancel(models.Scan.repository_id.in_(theirs), ending=ending)

    def _cancel(self, *which: ColumnElement[bool], ending: Ending) -> int:
        query = select(models.Scan).where(models.Scan.state == ScanState.QUEUED, *which)
        with self._database.transaction() as session:
            queued = session.scalars(query).all()
            for scan in queued:
                write_ending(session, scan, ending)
            return len(queued)


def _lock_pull_request(session: Session, request: Request) -> None:
    """Makes the rows that a scan needs, and holds the pull request's own until the end of the transaction."""
    repository = request.repository
    insert_missing(session, models.Installation(id=request.installation_id, account=repository.owner))
    known = insert_missing(
        session, models.Repository(id=repository.id, full_name="", installation_id=request.installation_id)
    )
    known.full_name, known.installation_id = repository.full_name, request.installation_id
    known.removed_at = None
    insert_missing(session, models.PullRequest(repository_id=repository.id, number=request.number))
    pull = session.get_one(models.PullRequest, (repository.id, request.number), with_for_update=True)
    pull.head_sha = request.head_sha


def _same_delivery(session: Session, request: Request) -> models.Scan | None:
    """What this very delivery asked for before: it may be taken twice when a worker dies."""
    if request.delivery_id is None:
        return None
    same = and_(
        models.Scan.delivery_id == request.delivery_id,
        models.Scan.number == request.number,
        models.Scan.kind == request.kind,
        models.Scan.target == request.target,
    )
    return session.scalars(select(models.Scan).where(same)).first()


def _that_serves(session: Session, request: Request) -> models.Scan | None:
    """A scan that will answer this request too: one that has not begun, or one of the same head and base.

    Each fix is its own, and so is each commit of a merge queue: every one of them waits for an answer.
    """
    if request.kind is ScanKind.FIX:
        return None
    serves: ColumnElement[bool] = models.Scan.state == ScanState.QUEUED
    if request.kind is ScanKind.MERGE_GROUP:
        serves = and_(serves, models.Scan.head_sha == request.head_sha)
    if not request.force:
        same_head = and_(
            is_about(request.head_sha, request.base_ref),
            models.Scan.state.in_((ScanState.RUNNING, ScanState.DONE)),
            models.Scan.superseded_by.is_(None),
        )
        serves = or_(serves, same_head)
    mine = and_(
        models.Scan.repository_id == request.repository.id,
        models.Scan.number == request.number,
        models.Scan.kind == request.kind,
    )
    return session.scalars(select(models.Scan).where(mine, serves).order_by(models.Scan.id.desc())).first()


def _join(scan: models.Scan, request: Request) -> Granted:
    if scan.state is not ScanState.QUEUED:
        return Granted(scan.id, None, f"scan {scan.id} of this head is {scan.state.value}")
    scan.force = scan.force or request.force
    scan.head_sha, scan.base_sha, scan.base_ref = request.head_sha, request.base_sha, request.base_ref
    if request.comment is not None:
        scan.comment_kind, scan.comment_id = request.comment.kind.value, request.comment.id
    return Granted(
        scan.id, Ticket(SCANS, scan.id, scan.dispatches) if scan.dispatches else None, "joined a queued scan"
    )


def _new_scan(request: Request) -> models.Scan:
    return models.Scan(
        repository_id=request.repository.id,
        number=request.number,
        head_sha=request.head_sha,
        delivery_id=request.delivery_id,
        asked_by=request.asked_by[:MAX_ASKED_BY],
        force=request.force,
        comment_kind=request.comment.kind.value if request.comment else "",
        comment_id=request.comment.id if request.comment else None,
        kind=request.kind,
        base_sha=request.base_sha,
        base_ref=request.base_ref,
        target=request.target,
        author=request.author,
    )
