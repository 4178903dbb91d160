"""The queues in Redis: they carry ids from the database to a worker, and may be wiped at any time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from redis import Redis
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry
from rq import Callback, Queue
from rq.exceptions import DuplicateJobError
from rq.worker import Worker

from bot.settings import Settings
from workers.redis_server import socket_path

SERIALIZER = "json"
"""Never pickle: whoever writes to Redis could run code in the workers."""

DELIVERIES = "deliveries"
SCANS = "scans"
QUEUE_NAMES = (DELIVERIES, SCANS)
"""In the order in which a worker takes from them."""

DELIVERY_SECONDS = 120
SCAN_SECONDS = 900
FAILURE_SECONDS = 3600
"""How long Redis remembers a failed job: for whoever looks, the database remembers the failure itself."""

PAUSES = (5.0, 30.0, 120.0, 600.0)

QUEUE_ERRORS = (RedisConnectionError, RedisTimeoutError)
"""Redis cannot be reached now. Nothing is lost: the sweeper queues again what the database holds."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """One job for one row: its id names the row and how often a job was made for it."""

    queue: str
    row: int
    dispatch: int

    @property
    def job_id(self) -> str:
        kind = "delivery" if self.queue == DELIVERIES else "scan"
        return f"{kind}-{self.row}-{self.dispatch}"


@dataclass(frozen=True, slots=True)
class Again:
    """One more attempt: this ticket, after so many seconds."""

    ticket: Ticket
    seconds: float


@dataclass(frozen=True, slots=True)
class WorkerCounts:
    workers: int
    busy: int


class Queues:
    """The queues on one connection to Redis, or the ends of one that a worker takes from."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis
        self._queues = {
            DELIVERIES: _queue(DELIVERIES, redis, DELIVERY_SECONDS),
            SCANS: _queue(SCANS, redis, SCAN_SECONDS),
        }

    def put(self, ticket: Ticket, *, delay: float = 0) -> None:
        """Makes the job of a ticket, after `delay` seconds. A ticket that has one already is left alone.

        Raises one of QUEUE_ERRORS.
        """
        arguments: dict[str, Any] = {
            "job_id": ticket.job_id,
            "unique": True,
            "result_ttl": 0,
            "failure_ttl": FAILURE_SECONDS,
            "on_failure": Callback("workers.jobs.record_failure", timeout=60),
        }
        queue = self._queues[ticket.queue]
        function = "workers.jobs.take_delivery" if ticket.queue == DELIVERIES else "workers.jobs.run_scan"
        try:
            if delay > 0:
                queue.enqueue_in(timedelta(seconds=delay), function, ticket.row, **arguments)
            else:
                queue.enqueue(function, ticket.row, **arguments)
        except DuplicateJobError:
            return

    def carries(self, ticket: Ticket) -> bool:
        """Whether a worker has this ticket's job, or will get it."""
        queue = self._queues[ticket.queue]
        return (
            queue.get_job_position(ticket.job_id) is not None
            or ticket.job_id in queue.scheduled_job_registry
            or ticket.job_id
            in {entry.partition(":")[0] for entry in queue.started_job_registry.get_job_ids(cleanup=False)}
        )

    def lengths(self) -> dict[str, int]:
        return {name: len(queue) for name, queue in self._queues.items()}

    def workers(self) -> WorkerCounts:
        workers = Worker.all(connection=self.redis)
        return WorkerCounts(len(workers), sum(worker.get_state() == "busy" for worker in workers))


def pause(attempt: int) -> float:
    """Seconds to wait after an attempt that failed, when nobody asked for another time."""
    return PAUSES[min(max(attempt, 1), len(PAUSES)) - 1]


def redis_url(settings: Settings) -> str:
    """The given Redis, else the embedded one of the data folder."""
    return settings.redis_url or f"unix://{socket_path(settings.data_dir)}"


def connect(settings: Settings) -> Redis:
    """A connection that answers or fails within two seconds."""
    return Redis.from_url(
        redis_url(settings),
        socket_timeout=2,
        socket_connect_timeout=2,
        health_check_interval=30,
        retry=Retry(ExponentialBackoff(cap=0.2, base=0.05), retries=1),
    )


def connect_worker(settings: Settings) -> Redis:
    """A connection that outlives a restart of Redis; RQ sets its own timeouts on it."""
    return Redis.from_url(
        redis_url(settings),
        health_check_interval=30,
        retry=Retry(ExponentialBackoff(cap=2, base=0.1), retries=6),
        retry_on_error=[RedisConnectionError],
    )


def _queue(name: str, redis: Redis, seconds: int) -> Queue:
    return Queue(name, connection=redis, serializer=SERIALIZER, default_timeout=seconds)
