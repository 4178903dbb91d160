"""The functions that RQ calls, by name and with an id; everything else is elsewhere."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from redis import Redis
from rq.job import Job
from rq.timeouts import JobTimeoutException

from workers import deliveries, scan, watchdog
from workers.logs import get_logger, job_context
from workers.queue import DELIVERIES, SCAN_SECONDS
from workers.services import open_services

log = get_logger(__name__)

MAX_SCAN_MEMORY = 4 * 1024**3
"""Bytes of data of one scan's process (and of each git it starts)."""


def take_delivery(delivery_id: int) -> None:
    with job_context(delivery=delivery_id), open_services() as services:
        deliveries.take(services, delivery_id)


def run_scan(scan_id: int) -> None:
    with limited_memory(), job_context(scan=scan_id), open_services() as services:
        scan.run(services, scan_id)


@contextmanager
def limited_memory(size: int = MAX_SCAN_MEMORY) -> Iterator[None]:
    """A repository that asks for more memory gets a MemoryError, and the machine's other scans go on."""
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
    log.error("job_failed", job=job.id, error=kind.__name__, message=str(error)[:500])
    with open_services() as services:
        if job.origin == DELIVERIES:
            watchdog.retry_delivery(services, row, f"internal error ({kind.__name__})")
        elif issubclass(kind, JobTimeoutException):
            watchdog.give_up_scan(services, row, f"it took longer than {SCAN_SECONDS // 60} minutes")
        else:
            watchdog.recover_scan(services, row, f"internal error ({kind.__name__})")
