"""What people see while all workers are busy: the sweeper takes their deliveries, and opens the checks that wait.

A required check that nobody reports holds a pull request up without a word, and the queue may be long.
"""

from __future__ import annotations

import time
from datetime import timedelta

from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from bot.client import GitHubClient
from bot.errors import GitHubRefused, GitHubUnavailable
from workers import deliveries, liveness, watchdog
from workers.check import open_check
from workers.logs import get_logger
from workers.models import ScanKind, now
from workers.queue import Ticket
from workers.scans import Task
from workers.services import Services

log = get_logger(__name__)

BUDGET_SECONDS = 10.0
"""After so many the sweeper goes on with what else it has to do."""


def relieve(services: Services, waited: timedelta) -> None:
    """Does for a while what has waited so long for a worker."""
    end = time.monotonic() + BUDGET_SECONDS
    for ticket in services.inbox.waiting(now() - waited):
        if time.monotonic() > end:
            return
        take_overdue(services, ticket)
    unavailable: set[int] = set()
    for scan_id, installation_id in services.scans.unannounced(now() - waited):
        if time.monotonic() > end:
            return
        if installation_id not in unavailable and not announce(services, scan_id):
            unavailable.add(installation_id)


def take_overdue(services: Services, ticket: Ticket) -> None:
    """Takes a delivery whose job no worker has begun."""
    if not services.queues.withdraw(ticket):
        return
    with liveness.hold(services.settings.data_dir, liveness.delivery_name(ticket.row)) as mine:
        if not mine:
            return
        try:
            deliveries.take(services, ticket.row)
        except (RedisError, SQLAlchemyError):
            raise
        except Exception as error:  # as in a job: what one delivery does harms no other
            log.exception("delivery_broke", delivery=ticket.row)
            watchdog.retry_delivery(services, ticket.row, f"internal error ({type(error).__name__})")


def announce(services: Services, scan_id: int) -> bool:
    """Opens the check run of a scan that waits for a worker. False when GitHub cannot be asked now."""
    task = services.scans.reserve(scan_id)
    if task is None:
        return True
    try:
        github = services.github.repository(task.installation_id, task.repository)
        if _is_wanted(services, github, task):
            open_check(services, github, task, task.head_sha, begun=False)
            log.info("scan_announced", scan=scan_id, repository=task.repository.full_name, number=task.number)
    except GitHubUnavailable as error:
        if error.limited:
            services.installations.pause(task.installation_id, error.retry_after or 0)
        log.warning("scan_not_announced", scan=scan_id, reason=error.reason)
        return False
    except GitHubRefused as error:  # the scan itself will tell
        log.warning("scan_not_announced", scan=scan_id, reason=str(error))
    finally:
        services.scans.release(scan_id)
    return True


def _is_wanted(services: Services, github: GitHubClient, task: Task) -> bool:
    """Whether the scan will be about this head: events come late and in any order."""
    if task.kind is ScanKind.MERGE_GROUP:
        return not services.scans.is_answered(task, task.base_ref)
    pull = github.get_pull(task.number)
    if not pull.is_open or pull.head_sha != task.head_sha or (pull.draft and not task.force):
        return False
    return not services.scans.is_answered(task, pull.base_ref)
