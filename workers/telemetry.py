"""Figures about what jobs do: counted in their short-lived processes, added up in Redis, read by `/metrics`.

They are no truth: when Redis is wiped they begin again at nothing, as Prometheus expects of a restart.
"""

from __future__ import annotations

import json
import os
import re
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from redis import Redis
from redis.exceptions import RedisError

from bot.exchange import Exchange

SUMS = "greenlatch:figures"
LATEST = "greenlatch:latest"
INF = "+Inf"


@dataclass(frozen=True, slots=True)
class Figure:
    """`buckets` are those of a histogram; a figure without is a counter."""

    name: str
    help: str
    labels: tuple[str, ...]
    buckets: tuple[float, ...] = ()


SECONDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0)
DELIVERIES = Figure("greenlatch_taken_deliveries", "Deliveries that were taken to their end", ("event", "state"))
SCANS = Figure("greenlatch_finished_scans", "Scans that ended", ("state", "conclusion"))
VERDICTS = Figure("greenlatch_verdict_seconds", "From the request of a scan to its verdict", (), SECONDS)
STAGES = Figure("greenlatch_scan_stage_seconds", "Time that a stage of a scan took", ("stage",), SECONDS)
FINDINGS = Figure("greenlatch_findings", "New findings that were told", ("rule", "severity"))
REQUESTS = Figure("greenlatch_github_requests", "Requests to GitHub; status 0 is no answer", ("verb", "status"))
REQUEST_SECONDS = Figure("greenlatch_github_request_seconds", "Time until GitHub answered", (), SECONDS[:9])
FAILURES = Figure("greenlatch_failures", "Warnings and errors, as they are called in the log", ("event", "reason"))
FIGURES = {
    figure.name: figure
    for figure in (DELIVERIES, SCANS, VERDICTS, STAGES, FINDINGS, REQUESTS, REQUEST_SECONDS, FAILURES)
}
REMAINING = "greenlatch_github_rate_limit_remaining"
TOTAL = "greenlatch_github_rate_limit"
LIMIT_LABELS = ("installation", "resource")

REASONS = (
    re.compile(r"HTTP \d{3}"),
    re.compile(r"rate limit"),
    re.compile(r"internal error \(\w+\)"),
    re.compile(r"its worker (?:died|was killed|was stopped)"),
    re.compile(r"it took longer"),
    re.compile(r"git did not finish|git could not fetch|the cache of the repository is damaged"),
    re.compile(r"the commit or its branch is gone"),
    re.compile(r"got no complete answer"),
)
"""What a reason for people is counted as: a label has few values."""


class Figures:
    """What one process counted since it was added up last. Threads share it, and a fork begins with none."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        self._sums: dict[str, float] = defaultdict(float)
        self._latest: dict[str, str] = {}

    def count(self, figure: Figure, *labels: str, amount: float = 1) -> None:
        with self._lock:
            self._sums[_field(figure.name, labels)] += amount

    def observe(self, figure: Figure, value: float, *labels: str) -> None:
        """One more value of a histogram."""
        bucket = next((str(bound) for bound in figure.buckets if value <= bound), INF)
        with self._lock:
            self._sums[_field(figure.name, (*labels, bucket))] += 1
            self._sums[_field(figure.name, (*labels, "sum"))] += value

    def observe_exchange(self, exchange: Exchange) -> None:
        self.count(REQUESTS, exchange.verb, str(exchange.status))
        self.observe(REQUEST_SECONDS, exchange.seconds)
        if exchange.limit is not None:
            limit = exchange.limit
            who = "app" if exchange.installation_id is None else str(exchange.installation_id)
            with self._lock:
                self._latest[_field("limit", (who, limit.resource))] = json.dumps(
                    [limit.remaining, limit.total, limit.reset]
                )

    def count_failure(self, event: str, told: Mapping[str, Any]) -> None:
        """A line of the log that is a warning or worse."""
        self.count(FAILURES, event, reason_of(told))

    def add_up(self, redis: Redis) -> None:
        """Adds what was counted to the sums of all processes. Without Redis it is kept for the next time."""
        with self._lock:
            sums, latest = self._sums, self._latest
            self.clear()
        if not (sums or latest):
            return
        try:
            with redis.pipeline() as pipeline:
                for field, amount in sums.items():
                    pipeline.hincrbyfloat(SUMS, field, amount)
                for field, value in latest.items():
                    pipeline.hset(LATEST, field, value)
                pipeline.execute()
        except RedisError:
            with self._lock:
                for field, amount in sums.items():
                    self._sums[field] += amount


figures = Figures()
os.register_at_fork(after_in_child=figures.clear)


def reason_of(told: Mapping[str, Any]) -> str:
    """One of few words for why: a permanent reference, the kind of an error, or the beginning of a reason."""
    for name in ("reference", "error"):
        if isinstance(told.get(name), str):
            return str(told[name])
    reason = str(told.get("reason", ""))
    if re.fullmatch(r"[a-z-]{1,40}", reason):
        return reason
    found = (match[0] for match in (form.search(reason) for form in REASONS) if match)
    return next(found, "other" if reason else "")


def collect(redis: Redis) -> Iterator[Metric]:
    """The sums of all processes as Prometheus reads them. Raises RedisError."""
    rows: dict[str, dict[tuple[str, ...], float]] = defaultdict(dict)
    for field, amount in _hash(redis, SUMS).items():
        name, *labels = json.loads(field)
        rows[name][tuple(labels)] = float(amount)
    for name, figure in FIGURES.items():
        yield _histogram(figure, rows[name]) if figure.buckets else _counter(figure, rows[name])
    yield from _limits({field: json.loads(value) for field, value in _hash(redis, LATEST).items()})


def _hash(redis: Redis, key: str) -> dict[str, str]:
    return {
        field.decode() if isinstance(field, bytes) else field: value.decode() if isinstance(value, bytes) else value
        for field, value in redis.hgetall(key).items()
    }


def _counter(figure: Figure, rows: Mapping[tuple[str, ...], float]) -> Metric:
    family = CounterMetricFamily(figure.name, figure.help, labels=figure.labels)
    for labels, amount in rows.items():
        family.add_metric(list(labels), amount)
    return family


def _histogram(figure: Figure, rows: Mapping[tuple[str, ...], float]) -> Metric:
    family = HistogramMetricFamily(figure.name, figure.help, labels=figure.labels)
    for labels in dict.fromkeys(key[:-1] for key in rows):
        total, buckets = 0.0, []
        for bound in (*map(str, figure.buckets), INF):
            total += rows.get((*labels, bound), 0)
            buckets.append((bound, total))
        family.add_metric(list(labels), buckets, rows.get((*labels, "sum"), 0))
    return family


def _limits(told: Mapping[str, tuple[float, float, float]]) -> Iterator[Metric]:
    """What GitHub said last, while it holds."""
    remaining = GaugeMetricFamily(REMAINING, "Requests to GitHub that are left", labels=LIMIT_LABELS)
    total = GaugeMetricFamily(TOTAL, "Requests to GitHub that are allowed in an hour", labels=LIMIT_LABELS)
    for field, (left, allowed, reset) in told.items():
        if reset > time.time():
            labels = json.loads(field)[1:]
            remaining.add_metric(labels, left)
            total.add_metric(labels, allowed)
    yield from (remaining, total)


def _field(name: str, labels: tuple[str, ...]) -> str:
    return json.dumps([name, *labels])
