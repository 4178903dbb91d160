"""Nothing is lost or stuck: takes up what a dead worker, a wiped Redis or an unreachable GitHub left behind."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot import check_runs
from bot.errors import GitHubRefused, GitHubUnavailable
from workers import liveness
from workers.logs import get_logger
from workers.models import Scan, ScanState, now
from workers.queue import SCAN_SECONDS, Ticket
from workers.scans import Ending, OpenCheck
from workers.services import Services

log = get_logger(__name__)

GRACE = timedelta(seconds=15)
"""A job needs this long at most from its row to the queue, or from the queue to its worker."""
ELSEWHERE = timedelta(seconds=SCAN_SECONDS + 180)
"""After this time the worker of another machine has ended a scan, or is dead: it has a time limit of its own."""
REMEMBERED = timedelta(days=3)
DEAD_WORKER = "its worker died"


def sweep(services: Services, grace: timedelta = GRACE) -> None:
    """Looks once at everything that is not finished. Safe to run at any time, and in several processes."""
    recover_dead_scans(services)
    requeue_lost(services, now() - grace)
    end_open_checks(services)


def recover_dead_scans(services: Services) -> None:
    """Takes up the scans whose worker is gone."""
    for scan in services.scans.running():
        if is_dead(services, scan):
            recover_scan(services, scan.id, DEAD_WORKER)


def is_dead(services: Services, scan: Scan) -> bool:
    if scan.host == liveness.HOST:
        return not liveness.is_held(services.settings.data_dir, scan.id)
    return scan.started_at is not None and now() - scan.started_at > ELSEWHERE


def recover_scan(services: Services, scan_id: int, reason: str, *, seconds: float | None = None) -> None:
    """Another attempt for a scan that could not end itself; after too many it is given up."""
    again = services.scans.postpone(scan_id, reason, seconds)
    if again is None:
        give_up_scan(services, scan_id, reason)
    else:
        log.warning("scan_retried", scan=scan_id, reason=reason, seconds=again.seconds)
        services.queues.put(again.ticket, delay=again.seconds)


def give_up_scan(services: Services, scan_id: int, reason: str) -> None:
    """Ends a scan without a verdict; its check run says why."""
    log.error("scan_given_up", scan=scan_id, reason=reason)
    waiting = services.scans.end(scan_id, Ending(ScanState.FAILED, reason, conclusion="neutral"))
    if waiting is not None:
        services.queues.put(waiting)
    end_open_checks(services)


def retry_delivery(services: Services, delivery_id: int, reason: str, *, seconds: float | None = None) -> None:
    """Another attempt for a delivery; after too many it has failed."""
    again = services.inbox.postpone(delivery_id, reason, seconds)
    if again is None:
        log.error("delivery_given_up", delivery=delivery_id, reason=reason)
    else:
        log.warning("delivery_retried", delivery=delivery_id, reason=reason, seconds=again.seconds)
        services.queues.put(again.ticket, delay=again.seconds)


def requeue_lost(services: Services, dispatched_before: datetime) -> None:
    """Makes new jobs for rows whose job was made before this time and that Redis does not hold any more."""
    for ticket in services.inbox.waiting(dispatched_before):
        if not services.queues.carries(ticket):
            _requeue(services, services.inbox.redispatch(ticket.row))
    for ticket in services.scans.waiting(dispatched_before):
        if not services.queues.carries(ticket):
            _requeue(services, services.scans.redispatch(ticket.row))


def end_open_checks(services: Services) -> None:
    """Ends the check runs of scans that ended without being able to."""
    for check in services.scans.open_checks(now() - REMEMBERED):
        if _end_check(services, check):
            services.scans.record_check_run_ended(check.scan_id)


def _end_check(services: Services, check: OpenCheck) -> bool:
    """False when GitHub is to be asked again later."""
    github = services.github.repository(check.installation_id, check.repository)
    try:
        github.update_check_run(check.check_run_id, check_runs.not_checked(check.reason, now()))
    except GitHubUnavailable as error:
        log.warning("check_run_not_ended", scan=check.scan_id, reason=error.reason)
        return False
    except GitHubRefused as error:
        log.warning("check_run_refused", scan=check.scan_id, reason=str(error))
    return True


def _requeue(services: Services, ticket: Ticket) -> None:
    log.warning("lost_job_requeued", queue=ticket.queue, row=ticket.row)
    services.queues.put(ticket)
