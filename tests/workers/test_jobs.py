"""What RQ calls: a job that fails says so in its row, and a greedy one fails alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from rq import Queue
from rq.job import Job
from rq.timeouts import JobTimeoutException

from tests.workers.test_inbox import store
from tests.workers.world import World, row
from workers import jobs
from workers.models import DeliveryState, ScanState
from workers.queue import DELIVERIES, SCANS, SERIALIZER, Ticket
from workers.services import Services


@pytest.fixture(autouse=True)
def environment(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs read their settings from the environment."""
    settings = services.settings
    assert settings.private_key is not None
    for name, value in {
        "WEBHOOK_SECRET": settings.webhook_secret.get_secret_value(),
        "APP_ID": str(settings.app_id),
        "PRIVATE_KEY": settings.private_key.get_secret_value(),
        "DATA_DIR": str(settings.data_dir),
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": str(settings.redis_url),
        "GITHUB_URL": settings.github_url,
    }.items():
        monkeypatch.setenv(f"GREENLATCH_{name}", value)


@pytest.fixture
def failed(services: Services) -> Callable[[str, int, BaseException], None]:
    def fail(queue: str, number: int, error: BaseException) -> None:
        services.queues.put(Ticket(queue, number, 1))
        name = Ticket(queue, number, 1).job_id
        assert Queue(queue, connection=services.queues.redis).get_job_position(name) is not None
        job = Job.fetch(name, connection=services.queues.redis, serializer=SERIALIZER)
        jobs.record_failure(job, services.queues.redis, type(error), error, None)  # type: ignore[arg-type]

    return fail


Failed = Callable[[str, int, BaseException], None]


def test_a_scan_that_broke_is_tried_again(world: World, services: Services, failed: Failed) -> None:
    scan_id = world.begin(services)
    failed(SCANS, scan_id, ZeroDivisionError("a secret of the code"))
    assert (row(services, scan_id).state, row(services, scan_id).reason) == (
        ScanState.QUEUED,
        "internal error (ZeroDivisionError)",
    )


def test_a_scan_that_took_too_long_is_given_up(world: World, services: Services, failed: Failed) -> None:
    scan_id = world.begin(services)
    failed(SCANS, scan_id, JobTimeoutException())
    assert (row(services, scan_id).state, row(services, scan_id).reason) == (
        ScanState.FAILED,
        "it took longer than 15 minutes",
    )


def test_a_delivery_that_broke_is_tried_again(services: Services, failed: Failed) -> None:
    stored = store(services.inbox)
    services.inbox.begin(stored.id)
    failed(DELIVERIES, stored.id, ZeroDivisionError())
    assert services.inbox.counts() == {DeliveryState.RECEIVED.value: 1}
    assert services.queues.carries(Ticket(DELIVERIES, stored.id, 2))


def test_jobs_of_rows_that_are_gone_do_nothing() -> None:
    jobs.take_delivery(99)
    jobs.run_scan(99)


def test_too_much_memory_is_an_error_and_not_the_end_of_the_machine() -> None:
    with jobs.limited_memory(1024**3), pytest.raises(MemoryError):
        bytearray(2 * 1024**3)
    assert len(bytearray(1024)) == 1024
