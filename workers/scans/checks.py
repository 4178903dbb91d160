"""The check runs that scans owe: which are to be opened while workers are busy, which are still to be ended."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from bot.identity import Repository
from workers import models
from workers.models import ScanKind, ScanState, now
from workers.scans.rows import Rows, locked_scan, must_wait, task_of
from workers.scans.values import OpenCheck, Task

RESERVED = timedelta(seconds=90)
"""Longer than opening a check run takes."""
UNFINISHED = (ScanState.QUEUED, ScanState.RUNNING)


class Checks(Rows):
    """What is known of the check runs on GitHub."""

    def record_check_run(self, scan_id: int, head_sha: str, check_run_id: int | None) -> None:
        """`check_run_id` is None before the check run is created."""
        with self._database.transaction() as session:
            scan = session.get_one(models.Scan, scan_id)
            scan.check_run_sha, scan.check_run_id = head_sha, check_run_id

    def unannounced(self, asked_before: datetime, limit: int = 50) -> list[tuple[int, int]]:
        """Queued scans that were asked for before this time, without a check run; with the ids of installations."""
        query = (
            select(models.Scan.id, models.Installation.id)
            .join(models.Repository, models.Repository.id == models.Scan.repository_id)
            .join(models.Installation, models.Installation.id == models.Repository.installation_id)
            .where(
                models.Scan.state == ScanState.QUEUED,
                models.Scan.kind != ScanKind.FIX,
                models.Scan.created_at < asked_before,
                models.Scan.check_run_sha != models.Scan.head_sha,
                or_(models.Scan.not_before.is_(None), models.Scan.not_before <= now()),
                or_(models.Installation.paused_until.is_(None), models.Installation.paused_until <= now()),
            )
            .order_by(models.Scan.id)
            .limit(limit)
        )
        with self._database.transaction() as session:
            return [(scan_id, installation_id) for scan_id, installation_id in session.execute(query)]

    def reserve(self, scan_id: int) -> Task | None:
        """Keeps a queued scan from beginning until `release`, or for a while; None where it waits no more."""
        with self._database.transaction() as session:
            scan = locked_scan(session, scan_id)
            if scan is None or scan.state is not ScanState.QUEUED or must_wait(session, scan):
                return None
            scan.not_before = now() + RESERVED
            return task_of(scan)

    def release(self, scan_id: int) -> None:
        with self._database.transaction() as session:
            scan = locked_scan(session, scan_id)
            if scan is not None and scan.state is ScanState.QUEUED:
                scan.not_before = None

    def claim_open_checks(self, since: datetime, seconds: float) -> list[OpenCheck]:
        """The check runs of scans that ended since then without being able to end them.

        For so many seconds they are the caller's: two who create what is missing would create it twice.
        """
        query = (
            select(models.Scan)
            .options(joinedload(models.Scan.repository))
            .where(
                models.Scan.state.not_in(UNFINISHED),
                or_(
                    models.Scan.check_run_id.is_not(None),
                    models.Scan.check_run_sha != "",
                    models.Scan.state == ScanState.FAILED,
                ),
                models.Scan.check_run_ended.is_(False),
                models.Scan.finished_at > since,
                or_(models.Scan.not_before.is_(None), models.Scan.not_before <= now()),
            )
            .with_for_update(of=models.Scan, skip_locked=True)
        )
        with self._database.transaction() as session:
            found = session.scalars(query.order_by(models.Scan.id)).all()
            for scan in found:
                scan.not_before = now() + timedelta(seconds=seconds)
            return [_open_check(scan) for scan in found]

    def postpone_check(self, scan_id: int, seconds: float) -> None:
        with self._database.transaction() as session:
            session.get_one(models.Scan, scan_id).not_before = now() + timedelta(seconds=seconds)

    def record_check_run_ended(self, scan_id: int) -> None:
        with self._database.transaction() as session:
            session.get_one(models.Scan, scan_id).check_run_ended = True


def _open_check(scan: models.Scan) -> OpenCheck:
    return OpenCheck(
        scan_id=scan.id,
        repository=Repository(scan.repository_id, scan.repository.full_name),
        installation_id=scan.repository.installation_id,
        check_run_id=scan.check_run_id,
        head_sha=scan.check_run_sha or scan.head_sha,
        kind=scan.kind,
        needs_one=scan.state is ScanState.FAILED,
        reason=scan.reason,
    )
