"""What Prometheus reads at `/metrics`: counted as it happens, or asked of the database and Redis when it reads."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from workers.services import Services

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
    def __init__(self, services: Services) -> None:
        self._services = services

    def collect(self) -> Iterator[GaugeMetricFamily]:
        deliveries = GaugeMetricFamily("greenlatch_deliveries", "Stored deliveries", labels=["state"])
        scans = GaugeMetricFamily("greenlatch_scans", "Scans", labels=["state"])
        waiting = GaugeMetricFamily("greenlatch_waiting_jobs", "Jobs that wait for a worker", labels=["queue"])
        workers = GaugeMetricFamily("greenlatch_workers", "Workers that are alive", labels=["state"])
        try:
            _fill(deliveries, self._services.inbox.counts())
            _fill(scans, self._services.scans.counts())
        except SQLAlchemyError:
            pass  # an absent series tells that the database is not there; `/healthz` says it in words
        try:
            _fill(waiting, self._services.queues.lengths())
            found = self._services.queues.workers()
            _fill(workers, {"busy": found.busy, "idle": found.workers - found.busy})
        except RedisError:
            pass  # as above
        yield from (deliveries, scans, waiting, workers)


def _fill(family: GaugeMetricFamily, values: dict[str, int]) -> None:
    for name, value in values.items():
        family.add_metric([name], value)
