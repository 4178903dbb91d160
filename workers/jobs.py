"""The functions that RQ calls, by name and with an id; everything else is elsewhere."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from redis import Redis
from rq.exceptions import AbandonedJobError
from rq.job import Job
from rq.timeouts import JobTimeoutException

from bot.redaction import redact
from workers import deliveries, liveness, scan, watchdog
from workers.logs import get_logger, job_context
from workers.queue import DELIVERIES
from workers.services import open_services

log = get_logger(__name__)


def take_delivery(delivery_id: int) -> None:
    with (
        job_context(delivery=delivery_id),
        open_services() as services,
        liveness.hold(services.settings.data_dir, liveness.delivery_name(delivery_id)) as mine,
    ):
        if mine:
            deliveries.take(services, delivery_id)


def run_scan(scan_id: int) -> None:
    with (
        job_context(scan=scan_id),
        open_services() as services,
        limited_memory(services.settings.scan_memory * 1024**2),
    ):
        scan.run(services, scan_id)


@contextmanager
def limited_memory(size: int) -> Iterator[None]:
    """So many bytes of data for this process, and for each git it starts.

    A repository that asks for more gets a MemoryError, and the machine's other scans go on.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (size if hard == resource.RLIM_INFINITY else min(size, hard), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def record_failure(
    job: Job, _redis: Redis, kind: type[BaseException], error: BaseException, _traceback: TracebackType
) -> None:
    """RQ calls this when a job raised, took too long, or lost its worker: the row says so, and is tried again."""
    row = int(job.args[0])
    log.error("job_failed", job=job.id, error=kind.__name__, message=redact(str(error))[:500])
    with open_services() as services:
        if issubclass(kind, AbandonedJobError):
            watchdog.recover_killed_job(services, job.origin, row)
        elif job.origin == DELIVERIES:
            watchdog.retry_delivery(services, row, f"internal error ({kind.__name__})")
        elif issubclass(kind, JobTimeoutException):
            watchdog.give_up_scan(services, row, watchdog.too_slow(services.settings.scan_seconds))
        else:
            watchdog.recover_scan(services, row, f"internal error ({kind.__name__})")
