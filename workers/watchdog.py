"""Nothing is lost or stuck: takes up what a dead worker, a wiped Redis or an unreachable GitHub left behind."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot import check_runs
from bot.errors import GitHubRefused, GitHubUnavailable
from workers import liveness
from workers.check import check_name, find_check_run
from workers.logs import get_logger
from workers.models import Scan, ScanState, now
from workers.queue import SCANS, Spent, Ticket
from workers.scans import Ending, OpenCheck
from workers.services import Services

log = get_logger(__name__)

GRACE = timedelta(seconds=15)
"""A job needs this long at most from its row to the queue, or from the queue to its worker."""
ELSEWHERE = timedelta(minutes=3)
"""So long after its time limit a worker with another data folder has ended a scan, or is dead."""
REMEMBERED = timedelta(days=3)
DEAD_WORKER = "its worker was killed: the machine may be out of memory"
CHECK_PAUSE = 60.0
"""Seconds until GitHub is asked again to end a check run."""


def sweep(services: Services, grace: timedelta = GRACE) -> None:
    """Looks once at everything that is not finished. Safe to run at any time, and in several processes."""
    recover_dead_scans(services)
    requeue_lost(services, now() - grace)
    end_open_checks(services)


def recover_dead_scans(services: Services) -> None:
    """Takes up the scans whose worker is gone."""
    for scan in services.scans.running():
        if not is_dead(services, scan):
            continue
        if _seconds_since_start(scan) > services.settings.scan_seconds:
            give_up_scan(services, scan.id, too_slow(services.settings.scan_seconds))
        else:
            recover_scan(services, scan.id, DEAD_WORKER, attempt=scan.attempt)


def is_dead(services: Services, scan: Scan) -> bool:
    data_dir = services.settings.data_dir
    if scan.host == liveness.place(data_dir):
        return not liveness.is_held(data_dir, liveness.scan_name(scan.id))
    return _seconds_since_start(scan) > services.settings.scan_seconds + ELSEWHERE.total_seconds()


def too_slow(seconds: int) -> str:
    return (
        f"it took longer than {seconds // 60} minutes" if seconds >= 120 else f"it took longer than {seconds} seconds"
    )


def _seconds_since_start(scan: Scan) -> float:
    return (now() - scan.started_at).total_seconds() if scan.started_at else 0


def recover_killed_job(services: Services, queue: str, row: int) -> None:
    """Takes up what the process of a job had begun when it was killed, unless another one is at it already."""
    if queue == SCANS:
        recover_dead_scans(services)
    elif not liveness.is_held(services.settings.data_dir, liveness.delivery_name(row)):
        retry_delivery(services, row, DEAD_WORKER)


def recover_scan(
    services: Services,
    scan_id: int,
    reason: str,
    *,
    seconds: float | None = None,
    patient: bool = False,
    attempt: int | None = None,
) -> None:
    """Another attempt for a scan that could not end itself; after too many it is given up.

    Be `patient` with what passes by itself, such as GitHub's bad days, and not with what a scan does to its worker.
    With an `attempt`, nothing happens unless that one is still said to run.
    """
    try:
        again = services.scans.postpone(scan_id, reason, seconds, patient=patient, attempt=attempt)
    except Spent:
        give_up_scan(services, scan_id, reason)
        return
    if again is not None:
        log.warning("scan_retried", scan=scan_id, reason=reason, seconds=again.seconds)
        services.queues.offer(again.ticket, delay=again.seconds)


def give_up_scan(services: Services, scan_id: int, reason: str) -> None:
    """Ends a scan without a verdict; its check run says why."""
    log.error("scan_given_up", scan=scan_id, reason=reason)
    waiting = services.scans.end(scan_id, Ending(ScanState.FAILED, reason, conclusion="neutral"))
    if waiting is not None:
        services.queues.offer(waiting)
    end_open_checks(services)


def retry_delivery(services: Services, delivery_id: int, reason: str, *, seconds: float | None = None) -> None:
    """Another attempt for a delivery; after too many it has failed."""
    try:
        again = services.inbox.postpone(delivery_id, reason, seconds)
    except Spent:
        log.error("delivery_given_up", delivery=delivery_id, reason=reason)
        return
    if again is not None:
        log.warning("delivery_retried", delivery=delivery_id, reason=reason, seconds=again.seconds)
        services.queues.offer(again.ticket, delay=again.seconds)


def requeue_lost(services: Services, dispatched_before: datetime) -> None:
    """Makes new jobs for rows whose job was made before this time and that Redis does not hold any more."""
    for ticket in services.inbox.waiting(dispatched_before):
        if _is_lost(services, ticket, liveness.delivery_name(ticket.row)):
            _requeue(services, services.inbox.redispatch(ticket.row))
    for ticket in services.scans.waiting(dispatched_before):
        if _is_lost(services, ticket, liveness.scan_name(ticket.row)):
            _requeue(services, services.scans.redispatch(ticket.row))


def _is_lost(services: Services, ticket: Ticket, name: str) -> bool:
    if services.queues.holds(ticket):
        return False
    return not services.queues.is_begun(ticket) or liveness.has_died(services.settings.data_dir, name)


def end_open_checks(services: Services) -> None:
    """Ends the check runs of scans that ended without being able to, or gives one to a scan that came to none.

    A limit or an outage that one of them meets is not tried again with the others of its installation.
    """
    unavailable: set[int] = set()
    for check in services.scans.claim_open_checks(now() - REMEMBERED, CHECK_PAUSE):
        if check.installation_id in unavailable:
            continue
        try:
            _end_check(services, check)
        except GitHubUnavailable as error:
            log.warning("check_run_not_ended", scan=check.scan_id, reason=error.reason)
            services.scans.postpone_check(check.scan_id, error.retry_after or CHECK_PAUSE)
            unavailable.add(check.installation_id)
            continue
        except GitHubRefused as error:
            log.warning("check_run_refused", scan=check.scan_id, reason=str(error))
        services.scans.record_check_run_ended(check.scan_id)


def _end_check(services: Services, check: OpenCheck) -> None:
    github = services.github.repository(check.installation_id, check.repository)
    payload = check_runs.not_checked(check.reason, now())
    run_id, name = check.check_run_id, check_name(check.kind)
    if run_id is None:
        created = find_check_run(github, check.scan_id, check.head_sha, name)
        if created is not None and created.status == "completed":
            return
        run_id = created.id if created is not None else None
    if run_id is not None:
        github.update_check_run(run_id, payload)
    elif check.needs_one:
        opening = check_runs.queued(
            check.head_sha, str(check.scan_id), services.settings.scan_url(check.scan_id), name=name
        )
        github.create_check_run(opening | payload)


def _requeue(services: Services, ticket: Ticket) -> None:
    log.warning("lost_job_requeued", queue=ticket.queue, row=ticket.row)
    services.queues.put(ticket)
