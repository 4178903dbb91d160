"""The queues in Redis: they carry ids from the database to a worker, and may be wiped at any time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
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
from workers.logs import get_logger
from workers.redis_server import socket_path

log = get_logger(__name__)

SERIALIZER = "json"
"""Never pickle: whoever writes to Redis could run code in the workers."""

DELIVERIES = "deliveries"
SCANS = "scans"
QUEUE_NAMES = (DELIVERIES, SCANS)
"""In the order in which a worker takes from them."""

DELIVERY_SECONDS = 120
FAILURE_SECONDS = 3600
"""How long Redis remembers a failed job: for whoever looks, the database remembers the failure itself."""

PAUSES = (5.0, 30.0, 120.0, 600.0, 1800.0, 3600.0)
LATE = timedelta(seconds=10)
"""A delayed job that is overdue by so much has no scheduler that makes it due: none runs, or it died."""

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


class Spent(Exception):
    """There were enough attempts: one more would end like those before."""


@dataclass(frozen=True, slots=True)
class WorkerCounts:
    workers: int
    busy: int


class Queues:
    """The queues on one connection to Redis, or the ends of one that a worker takes from."""

    def __init__(self, redis: Redis, *, scan_seconds: int) -> None:
        self.redis = redis
        self._queues = {
            DELIVERIES: _queue(DELIVERIES, redis, DELIVERY_SECONDS),
            SCANS: _queue(SCANS, redis, scan_seconds),
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
                # RQ cuts the fraction of the second off, and whoever has to wait must not come too soon.
                queue.enqueue_in(timedelta(seconds=delay + 1), function, ticket.row, **arguments)
            else:
                queue.enqueue(function, ticket.row, **arguments)
        except DuplicateJobError:
            return

    def offer(self, ticket: Ticket, *, delay: float = 0) -> None:
        """Like `put`, for a ticket that the database holds: without Redis, the sweeper makes its job later."""
        try:
            self.put(ticket, delay=delay)
        except QUEUE_ERRORS as error:
            log.warning("job_not_enqueued", queue=ticket.queue, row=ticket.row, error=type(error).__name__)

    def carries(self, ticket: Ticket) -> bool:
        """Whether a worker has this ticket's job, or will get it."""
        return self.holds(ticket) or self.is_begun(ticket)

    def holds(self, ticket: Ticket) -> bool:
        """Whether a worker will get this ticket's job."""
        queue = self._queues[ticket.queue]
        return queue.get_job_position(ticket.job_id) is not None or self._is_scheduled(queue, ticket)

    def withdraw(self, ticket: Ticket) -> bool:
        """Takes a ticket's job back; False where a worker has it, or it is in no queue."""
        queue = self._queues[ticket.queue]
        if not self.redis.lrem(queue.key, 1, ticket.job_id):
            return False
        self.redis.delete(queue.job_class.key_for(ticket.job_id))
        return True

    def is_begun(self, ticket: Ticket) -> bool:
        """Whether a worker got this ticket's job. RQ needs minutes to notice that a whole worker died."""
        started = self._queues[ticket.queue].started_job_registry.get_job_ids(cleanup=False)
        return ticket.job_id in {entry.partition(":")[0] for entry in started}

    def _is_scheduled(self, queue: Queue, ticket: Ticket) -> bool:
        due: float | None = self.redis.zscore(queue.scheduled_job_registry.key, ticket.job_id)
        return due is not None and due > (now() - LATE).timestamp()

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


def now() -> datetime:
    return datetime.now(UTC)


def _queue(name: str, redis: Redis, seconds: int) -> Queue:
    return Queue(name, connection=redis, serializer=SERIALIZER, default_timeout=seconds)
