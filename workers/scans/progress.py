"""Scans are started one at a time for each pull request, tried again, and ended with a reason."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session, aliased

from workers import models
from workers.models import ScanState, now
from workers.queue import SCANS, Again, Spent, Ticket, pause
from workers.scans.endings import MAX_REASON, write_ending
from workers.scans.rows import Rows, dispatch, is_about, lane, locked_scan, must_wait, task_of
from workers.scans.values import Ending, Task

MAX_ATTEMPTS = 10
"""Spread over four hours, when nobody asks for other pauses: so long does GitHub have bad days."""
MAX_FAILURES = 3
"""What breaks a worker so often will do it again."""


class Progress(Rows):
    """The life of a scan, from its start to its end."""

    def begin(self, scan_id: int, host: str) -> Task | None:
        """Starts a queued scan; None when it ended, has to wait, or another scan of its pull request runs.

        `host` is the place of the worker (`workers.liveness`).
        """
        with self._database.transaction() as session:
            scan = locked_scan(session, scan_id)
            if scan is None or scan.state is not ScanState.QUEUED or must_wait(session, scan):
                return None
            if session.scalars(lane(scan, ScanState.RUNNING)).first() is not None:
                return None
            scan.state, scan.host, scan.attempt = ScanState.RUNNING, host, scan.attempt + 1
            scan.started_at, scan.not_before, scan.superseded_by = now(), None, None
            return task_of(scan)

    def record_head(self, scan_id: int, head_sha: str, base_ref: str, *, draft: bool = False) -> bool:
        """Writes down what is really scanned. False when there is a verdict on that and nobody forced a new one."""
        with self._database.transaction() as session:
            scan = session.get_one(models.Scan, scan_id)
            scan.head_sha, scan.base_ref, scan.draft = head_sha, base_ref, draft
            done = lane(scan, ScanState.DONE).where(is_about(head_sha, base_ref))
            return scan.force or session.scalars(done).first() is None

    def superseded_by(self, scan_id: int) -> int | None:
        with self._database.transaction() as session:
            return session.get_one(models.Scan, scan_id).superseded_by

    def postpone(
        self,
        scan_id: int,
        reason: str,
        seconds: float | None = None,
        *,
        patient: bool = False,
        attempt: int | None = None,
    ) -> Again | None:
        """One more attempt, after this time or a growing pause; None for a scan that has ended.

        With an `attempt`, also None unless that one is still running: somebody else has taken the scan up then.
        Raises Spent when there were enough attempts (few, unless `patient`): the scan is still open then.
        """
        with self._database.transaction() as session:
            scan = locked_scan(session, scan_id)
            if scan is None or scan.state.finished:
                return None
            if attempt is not None and (scan.state, scan.attempt) != (ScanState.RUNNING, attempt):
                return None
            scan.failures += not patient
            if scan.attempt >= MAX_ATTEMPTS or scan.failures >= MAX_FAILURES:
                raise Spent
            seconds = pause(scan.attempt) if seconds is None else seconds
            scan.state, scan.reason = ScanState.QUEUED, reason[:MAX_REASON]
            scan.not_before = now() + timedelta(seconds=seconds)
            return Again(dispatch(scan), seconds)

    def end(self, scan_id: int, ending: Ending) -> Ticket | None:
        """Ends a scan, and gives the ticket of the one that waited for it, if any. A scan ends once."""
        with self._database.transaction() as session:
            scan = locked_scan(session, scan_id)
            if scan is None or scan.state.finished:
                return None
            write_ending(session, scan, ending)
            session.flush()
            return _next_ticket(session, scan)

    def redispatch(self, scan_id: int) -> Ticket:
        with self._database.transaction() as session:
            return dispatch(session.get_one(models.Scan, scan_id))

    def waiting(self, dispatched_before: datetime) -> list[Ticket]:
        """The present tickets of due scans whose last job was made before this time and that wait for no other scan."""
        sibling = aliased(models.Scan)
        blocked = exists().where(
            sibling.repository_id == models.Scan.repository_id,
            sibling.number == models.Scan.number,
            sibling.kind == models.Scan.kind,
            sibling.state == ScanState.RUNNING,
        )
        query = select(models.Scan.id, models.Scan.dispatches).where(
            models.Scan.state == ScanState.QUEUED,
            or_(models.Scan.not_before.is_(None), models.Scan.not_before < dispatched_before),
            or_(models.Scan.dispatched_at.is_(None), models.Scan.dispatched_at < dispatched_before),
            ~blocked,
        )
        with self._database.transaction() as session:
            return [Ticket(SCANS, row, dispatch) for row, dispatch in session.execute(query.order_by(models.Scan.id))]


def _next_ticket(session: Session, ended: models.Scan) -> Ticket | None:
    query = lane(ended, ScanState.QUEUED).order_by(models.Scan.id)
    waiting = session.scalars(query).first()
    return dispatch(waiting) if waiting is not None else None
