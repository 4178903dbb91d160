"""The long-running processes: a worker that forks for each job, and the sweeper."""

from __future__ import annotations

import gc
import logging
import signal
import threading
import time
from datetime import timedelta
from resource import struct_rusage
from types import FrameType

from redis import Redis
from redis.client import Pipeline
from redis.exceptions import RedisError
from rq import Queue, worker_registration
from rq.job import Job
from rq.registry import StartedJobRegistry
from rq.worker import Worker
from sqlalchemy.exc import SQLAlchemyError

from bot.client import GitHubApp
from bot.errors import GitHubRefused, GitHubUnavailable, UserError
from bot.redaction import redact
from bot.settings import Settings
from workers import heartbeat, jobs, redelivery, relief, retention, watchdog
from workers.git import require_git
from workers.logs import get_logger
from workers.models import now
from workers.queue import QUEUE_NAMES, SCANS, SERIALIZER, connect_worker
from workers.reload import LiveServices
from workers.services import open_services
from workers.telemetry import figures

log = get_logger(__name__)

MAINTENANCE_SECONDS = 30
"""RQ's own default leaves the jobs of dead workers alone for ten minutes."""
PRELOADED = (jobs,)
"""Imported before any fork, with all that it needs: a job starts at once and shares the memory."""


STOPPED_WORKER = "its worker was stopped"
RECONNECT_SECONDS = 2.0
IDLE_SECONDS = 30
"""How long an idle worker waits for a job before it looks after itself; RQ adds a minute to call it dead."""


class LastingWorker(Worker):
    """A worker that is known again after Redis was wiped (RQ itself registers it only once), and stops in order."""

    stop_seconds = 90.0
    hands_back = False
    was_asked_to_stop = False
    caches_are_due = retention.Hourly()

    def run_maintenance_tasks(self) -> None:
        """No sweeper may run on this machine: each worker looks after the caches there."""
        super().run_maintenance_tasks()  # type: ignore[no-untyped-call]
        if self.caches_are_due.is_due():
            try:
                with open_services() as services:
                    retention.drop_caches(services, now())
            except (UserError, SQLAlchemyError) as error:
                log.warning("caches_not_looked_after", error=type(error).__name__)

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        self.was_asked_to_stop = True
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]

    def handle_job_failure(
        self, job: Job, queue: Queue, started_job_registry: StartedJobRegistry | None = None, exc_string: str = ""
    ) -> None:
        """Redis keeps the traceback of a failed job for whoever looks."""
        super().handle_job_failure(job, queue, started_job_registry, redact(exc_string))

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        if pipeline is None and not self.connection.hexists(self.key, "birth"):
            self.connection.hset(self.key, mapping=self.serialize())
            worker_registration.register(self)
        super().heartbeat(timeout, pipeline)

    def handle_warm_shutdown_request(self) -> None:
        """The present job may end; one that takes too long is handed back for another worker."""
        limit = threading.Timer(self.stop_seconds, self.hand_back)
        limit.daemon = True
        limit.start()

    def request_force_stop(self, signum: int, frame: FrameType | None) -> None:
        """Who asks twice does not want to wait."""
        self.hand_back()

    def hand_back(self) -> None:
        if self.horse_pid:
            self.hands_back = True
            self.kill_horse()

    def handle_work_horse_killed(self, job: Job, retpid: int, ret_val: int, rusage: struct_rusage) -> None:
        if not self.hands_back:
            super().handle_work_horse_killed(job, retpid, ret_val, rusage)  # type: ignore[no-untyped-call]
        elif job.origin == SCANS:
            with open_services() as services:
                watchdog.recover_scan(services, int(job.args[0]), STOPPED_WORKER, seconds=0, patient=True)


def work(settings: Settings) -> None:
    """Takes jobs until SIGTERM, which lets the present job end for a while; a second SIGTERM hands it back at once."""
    require_git()
    check_identity(settings)
    gc.collect()
    gc.freeze()
    logging.getLogger("rq.worker").setLevel(logging.WARNING)
    connection = connect_worker(settings)
    while not _work_until_stopped(connection, settings.stop_seconds):
        log.warning("redis_awaited", seconds=RECONNECT_SECONDS)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)  # nothing is at work now that would have to end in order
        time.sleep(RECONNECT_SECONDS)


def _work_until_stopped(connection: Redis, stop_seconds: float) -> bool:
    """False when RQ gave up because Redis went away: the next worker of this process takes its place."""
    worker: LastingWorker | None = None
    try:
        worker = LastingWorker(
            list(QUEUE_NAMES),
            connection=connection,
            serializer=SERIALIZER,
            maintenance_interval=MAINTENANCE_SECONDS,
            worker_ttl=IDLE_SECONDS + 15,
            log_job_description=False,
            work_horse_killed_handler=_recover,
        )
        worker.log_result_lifespan = False
        worker.stop_seconds = stop_seconds
        log.info("worker_started", name=worker.name, preloaded=[module.__name__ for module in PRELOADED])
        worker.work(with_scheduler=True, logging_level="WARNING")
    except RedisError as error:
        log.warning("redis_lost", error=type(error).__name__)
        return worker is not None and worker.was_asked_to_stop
    log.info("worker_stopped", name=worker.name)
    return worker.was_asked_to_stop


def check_identity(settings: Settings) -> None:
    """Raises UserError when GitHub calls the app otherwise than configured: it would not know its own comments."""
    try:
        GitHubApp(settings).check_identity()
    except (GitHubUnavailable, GitHubRefused) as error:
        log.warning("identity_not_checked", reason=str(error))


def watch(settings: Settings, *, every: float, grace: float, patience: float) -> None:
    """Sweeps every so many seconds until SIGTERM or SIGINT; `grace` is how many a job may be on its way.

    After `patience` it does itself what should not wait longer until a worker is free.
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    live = LiveServices(settings)
    services = live.current()
    deliveries, kept = redelivery.Redelivery(services), retention.Retention(services)
    log.info("sweeper_started", every=every)
    while not stop.is_set():
        if live.current() is not services:
            services = live.current()
            deliveries, kept = redelivery.Redelivery(services), retention.Retention(services)
        try:
            heartbeat.beat(services.queues.redis, every)
            relief.relieve(services, timedelta(seconds=patience))
            watchdog.sweep(services, timedelta(seconds=grace))
            deliveries.sweep()
            kept.sweep()
        except (RedisError, SQLAlchemyError) as error:
            log.warning("sweep_interrupted", error=type(error).__name__)
        figures.add_up(services.queues.redis)
        stop.wait(every)
    services.database.close()
    log.info("sweeper_stopped")


def _recover(job: Job, _pid: int, _status: int, _usage: object) -> None:
    """RQ calls this when the process of a job died: what it did is taken up at once, not at the next sweep."""
    try:
        with open_services() as services:
            watchdog.recover_killed_job(services, job.origin, int(job.args[0]))
    except (RedisError, SQLAlchemyError) as error:
        log.warning("recovery_postponed", job=job.id, error=type(error).__name__)
