"""What jobs counted in processes of their own is one sum at `/metrics`."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import generate_latest

from bot.exchange import Exchange, Limit, limit_of
from workers import telemetry
from workers.metrics import Metrics
from workers.queue import connect
from workers.services import Services
from workers.telemetry import Figures, figures, reason_of

COUNTING = """
import logging, sys
from redis import Redis
from workers.logs import configure_logging, get_logger
from workers.telemetry import figures
configure_logging()
get_logger("a").info("all_is_well")
get_logger("a").warning("scan_retried", scan=7, reason="HTTP 502: Bad gateway")
get_logger("a").error("job_failed", error="KeyError")
logging.getLogger("urllib3").warning("a sentence of a library")
figures.add_up(Redis.from_url(sys.argv[1]))
"""


@pytest.fixture(autouse=True)
def nothing_yet(services: Services) -> Iterator[None]:
    figures.clear()
    yield
    figures.clear()


def shown(services: Services) -> list[str]:
    return generate_latest(Metrics(services).registry).decode().splitlines()


def test_processes_add_up(services: Services) -> None:
    redis = services.queues.redis
    for seconds in (0.3, 7.0, 5000.0):
        one = Figures()
        one.count(telemetry.FINDINGS, "BR-ASYNC-001", "error", amount=2)
        one.observe(telemetry.STAGES, seconds, "head")
        one.add_up(redis)
        one.add_up(redis)
    lines = shown(services)
    assert 'greenlatch_findings_total{rule="BR-ASYNC-001",severity="error"} 6.0' in lines
    told = {
        le: f'greenlatch_scan_stage_seconds_bucket{{le="{le}",stage="head"}} {count}'
        for le, count in {"0.25": 0.0, "0.5": 1.0, "10.0": 2.0, "900.0": 2.0, "+Inf": 3.0}.items()
    }
    assert [le for le, line in told.items() if line not in lines] == []
    assert 'greenlatch_scan_stage_seconds_sum{stage="head"} 5007.3' in lines


def test_without_redis_nothing_is_lost(services: Services) -> None:
    one = Figures()
    one.count(telemetry.SCANS, "done", "failure")
    one.add_up(connect(services.settings.model_copy(update={"redis_url": "redis://127.0.0.1:9/0"})))
    one.add_up(services.queues.redis)
    assert 'greenlatch_finished_scans_total{conclusion="failure",state="done"} 1.0' in shown(services)


def test_a_fork_begins_with_nothing(services: Services) -> None:
    figures.count(telemetry.SCANS, "done", "success")
    child = os.fork()
    if child == 0:
        figures.add_up(services.queues.redis)
        os._exit(0)
    os.waitpid(child, 0)
    assert 'greenlatch_finished_scans_total{conclusion="success",state="done"} 1.0' in shown(services)


def test_limits_are_told_while_they_hold(services: Services) -> None:
    soon = time.time() + 60
    figures.observe_exchange(Exchange("GET", 200, 0.1, 5, Limit("core", 4990, 5000, soon)))
    figures.observe_exchange(Exchange("GET", 200, 0.1, 6, Limit("core", 10, 5000, time.time() - 1)))
    lines = shown(services)
    assert 'greenlatch_github_rate_limit_remaining{installation="5",resource="core"} 4990.0' in lines
    assert not [line for line in lines if 'installation="6"' in line]
    assert 'greenlatch_github_requests_total{status="200",verb="GET"} 2.0' in lines


def test_the_limit_is_read_from_an_answer() -> None:
    headers = {"X-RateLimit-Limit": "5000", "x-ratelimit-remaining": "17", "X-RateLimit-Reset": "1790000000"}
    assert limit_of(headers) == Limit("core", 17, 5000, 1790000000.0)
    assert limit_of({"x-ratelimit-remaining": "many"}) is None


def test_failures_are_counted_as_they_are_logged(services: Services) -> None:
    redis_url = services.settings.redis_url or ""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    subprocess.run([sys.executable, "-c", COUNTING, redis_url], check=True, capture_output=True, env=environment)
    found = [line for line in shown(services) if line.startswith("greenlatch_failures_total{")]
    assert sorted(found) == [
        'greenlatch_failures_total{event="job_failed",reason="KeyError"} 1.0',
        'greenlatch_failures_total{event="scan_retried",reason="HTTP 502"} 1.0',
    ]


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"reference": "repository-too-large"}, "repository-too-large"),
        ({"reason": "signature"}, "signature"),
        ({"reason": "rate limit: You have exceeded"}, "rate limit"),
        ({"reason": "somebody's own words, in any number"}, "other"),
        ({}, ""),
    ],
)
def test_a_reason_is_one_of_few(told: dict[str, str], reason: str) -> None:
    assert reason_of(told) == reason
