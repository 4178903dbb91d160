"""What Prometheus reads at `/metrics`: counted as it happens, or asked of the database and Redis when it reads."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from rules.cli.version import version
from workers.heartbeat import last_beat
from workers.models import now
from workers.queue import DELIVERIES, SCANS
from workers.services import Services
from workers.telemetry import collect, figures

WEBHOOK_BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0, 5.0)
KNOWN_EVENTS = frozenset(
    {
        "check_run",
        "check_suite",
        "installation",
        "installation_repositories",
        "issue_comment",
        "merge_group",
        "ping",
        "pull_request",
        "pull_request_review_comment",
        "push",
    }
)
"""Label values; a stranger's header does not become one."""


class Metrics:
    """The metrics of one process. Serve with one process and many threads, or scrape each process."""

    def __init__(self, services: Services) -> None:
        self.registry = CollectorRegistry()
        self._webhooks = Counter(
            "greenlatch_webhooks_total", "Webhook requests", ["event", "status"], registry=self.registry
        )
        self._seconds = Histogram(
            "greenlatch_webhook_seconds",
            "Time from the read body to the answer",
            buckets=WEBHOOK_BUCKETS,
            registry=self.registry,
        )
        self.registry.register(_Stored(services))

    def count_webhook(self, event: str, status: int, seconds: float) -> None:
        self._webhooks.labels(event if event in KNOWN_EVENTS else "other", str(status)).inc()
        self._seconds.observe(seconds)


class _Stored(Collector):
    """An absent series tells that a part is not there; `/healthz` says it in words."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def collect(self) -> Iterator[Metric]:
        figures.add_up(self._services.queues.redis)
        yield _family("greenlatch_info", "The version that runs", "version", {version(): 1})
        yield from self._of_disk()
        try:
            yield from self._of_database()
        except SQLAlchemyError:
            yield _family("greenlatch_database_up", "Whether the database answers", "", {"": 0})
        try:
            yield from self._of_redis()
        except RedisError:
            yield _family("greenlatch_redis_up", "Whether Redis answers", "", {"": 0})

    def _of_disk(self) -> Iterator[Metric]:
        folder = self._services.settings.data_dir
        if folder.exists():
            free = shutil.disk_usage(folder).free
            yield _family("greenlatch_disk_free_bytes", "What is free where the data folder is", "", {"": free})

    def _of_database(self) -> Iterator[Metric]:
        services = self._services
        yield _family("greenlatch_deliveries", "Stored deliveries", "state", services.inbox.counts())
        yield _family("greenlatch_scans", "Scans", "state", services.scans.counts())
        since = {DELIVERIES: services.inbox.waiting_since(), SCANS: services.scans.waiting_since()}
        ages = {queue: (now() - at).total_seconds() if at else 0.0 for queue, at in since.items()}
        yield _family("greenlatch_oldest_waiting_seconds", "How long the oldest due one waits", "queue", ages)
        yield _family("greenlatch_database_up", "Whether the database answers", "", {"": 1})

    def _of_redis(self) -> Iterator[Metric]:
        queues = self._services.queues
        yield _family("greenlatch_waiting_jobs", "Jobs that wait for a worker", "queue", queues.lengths())
        found = queues.workers()
        states = {"busy": found.busy, "idle": found.workers - found.busy}
        yield _family("greenlatch_workers", "Workers that are alive", "state", states)
        beat = last_beat(queues.redis)
        if beat is not None:
            yield _family("greenlatch_sweeper_seconds", "Since the sweeper looked last", "", {"": beat.age})
        yield from collect(queues.redis)
        yield _family("greenlatch_redis_up", "Whether Redis answers", "", {"": 1})


def _family(name: str, help_text: str, label: str, values: Mapping[str, float]) -> Metric:
    """`label` is empty for the one value of a metric without."""
    family = GaugeMetricFamily(name, help_text, labels=[label] if label else [])
    for value, number in values.items():
        family.add_metric([value] if label else [], number)
    return family
