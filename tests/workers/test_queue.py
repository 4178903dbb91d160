"""Redis carries ids to workers; wiping it loses nothing that the database holds."""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Callable

import pytest
from rq import Queue
from rq.job import Job
from rq.worker import SimpleWorker

from bot.settings import Settings
from workers.queue import DELIVERIES, QUEUE_ERRORS, QUEUE_NAMES, SCANS, SERIALIZER, Ticket, pause
from workers.services import Services, make_services


def jobs(services: Services, name: str) -> list[str]:
    return Queue(name, connection=services.queues.redis, serializer=SERIALIZER).get_job_ids()


def test_a_ticket_becomes_one_job(services: Services) -> None:
    ticket = Ticket(SCANS, 4, 1)
    services.queues.put(ticket)
    services.queues.put(ticket)
    assert jobs(services, SCANS) == ["scan-4-1"]
    assert services.queues.carries(ticket)
    assert not services.queues.carries(Ticket(SCANS, 4, 2))


def test_a_job_holds_an_id_and_no_pickle(services: Services) -> None:
    services.queues.put(Ticket(DELIVERIES, 9, 1))
    stored = services.queues.redis.hget("rq:job:delivery-9-1", "data")
    assert isinstance(stored, bytes)
    assert json.loads(zlib.decompress(stored)) == ["workers.jobs.take_delivery", None, [9], {}]


def test_a_delayed_job_waits_for_its_time(services: Services) -> None:
    ticket = Ticket(SCANS, 4, 2)
    services.queues.put(ticket, delay=60)
    assert jobs(services, SCANS) == []
    assert services.queues.carries(ticket)


def test_a_delayed_job_does_not_come_too_soon(services: Services) -> None:
    """RQ keeps whole seconds: what is cut off is added before."""
    earliest = time.time() + 10.5
    services.queues.put(Ticket(SCANS, 4, 2), delay=10.5)
    due = services.queues.redis.zscore("rq:scheduled:scans", "scan-4-2")
    assert isinstance(due, float)
    assert due >= earliest


def test_a_delayed_job_without_a_scheduler_is_not_carried(services: Services) -> None:
    ticket = Ticket(SCANS, 4, 2)
    services.queues.put(ticket, delay=60)
    services.queues.redis.zincrby("rq:scheduled:scans", -90, "scan-4-2")
    assert not services.queues.carries(ticket)


def test_without_redis_an_offer_is_no_error(make_settings: Callable[..., Settings]) -> None:
    services = make_services(make_settings(redis_url="redis://127.0.0.1:9/0"))
    services.queues.offer(Ticket(SCANS, 4, 2))
    with pytest.raises(QUEUE_ERRORS):
        services.queues.put(Ticket(SCANS, 4, 2))


def test_a_wiped_redis_carries_nothing(services: Services) -> None:
    ticket = Ticket(SCANS, 4, 1)
    services.queues.put(ticket)
    services.queues.redis.flushall()
    assert not services.queues.carries(ticket)
    services.queues.put(ticket)
    assert jobs(services, SCANS) == ["scan-4-1"]


def test_a_job_that_was_popped_and_not_begun_is_not_carried(services: Services) -> None:
    ticket = Ticket(SCANS, 4, 1)
    services.queues.put(ticket)
    services.queues.redis.lpop("rq:queue:scans")
    assert Job.exists("scan-4-1", connection=services.queues.redis)
    assert not services.queues.carries(ticket)


def test_deliveries_are_taken_before_scans(services: Services) -> None:
    services.queues.put(Ticket(SCANS, 1, 1))
    services.queues.put(Ticket(DELIVERIES, 1, 1))
    worker = SimpleWorker(list(QUEUE_NAMES), connection=services.queues.redis, serializer=SERIALIZER)
    taken = worker.queue_class.dequeue_any(worker.queues, None, connection=services.queues.redis, serializer=SERIALIZER)
    assert taken is not None
    assert taken[0].id == "delivery-1-1"


def test_living_workers_are_counted(services: Services) -> None:
    assert services.queues.workers().workers == 0
    worker = SimpleWorker(list(QUEUE_NAMES), connection=services.queues.redis, serializer=SERIALIZER)
    worker.register_birth()  # type: ignore[no-untyped-call]
    assert services.queues.workers().workers == 1


def test_pauses_grow_and_end() -> None:
    assert pause(0) == pause(1) < pause(2) < pause(3)
    assert pause(50) == pause(51)
