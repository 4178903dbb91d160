"""What the web application tells about itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from rq.worker import SimpleWorker

from app import create_app
from bot.identity import Repository
from bot.settings import Settings
from workers import heartbeat
from workers.models import Said, ScanState
from workers.queue import QUEUE_NAMES, SERIALIZER
from workers.scans import Ending, Request, Told
from workers.services import Services


@pytest.fixture
def web(services: Services) -> FlaskClient:
    return create_app(services.settings).test_client()


@pytest.fixture
def worker(services: Services) -> SimpleWorker:
    worker = SimpleWorker(list(QUEUE_NAMES), connection=services.queues.redis, serializer=SERIALIZER)
    worker.register_birth()  # type: ignore[no-untyped-call]
    heartbeat.beat(services.queues.redis, every=15)
    return worker


def a_scan(services: Services) -> int:
    request = Request(Repository(11, "octo/secret-app"), 5, 3, "a" * 40, "opened")
    scan_id = services.scans.request(request).scan_id
    services.scans.begin(scan_id, "here")
    told = Told(("f" * 16,), "BR-ASYNC-001", "error", "high", "secret/app.py", 7, "`user.posts`", True, Said.INLINE)
    services.scans.end(scan_id, Ending(ScanState.DONE, "", "failure", True, timings={"head": 1.5}, findings=[told]))
    return scan_id


@pytest.mark.usefixtures("worker")
def test_all_is_well(web: FlaskClient) -> None:
    answer = web.get("/healthz")
    assert answer.status_code == 200
    assert answer.json
    assert answer.json["status"] == "ok"
    assert answer.json["workers"] == {"status": "ok", "count": 1, "busy": 0}


def test_no_worker_is_a_problem(web: FlaskClient) -> None:
    answer = web.get("/healthz")
    assert answer.status_code == 503
    assert answer.json
    assert "python -m workers" in answer.json["workers"]["status"]
    assert answer.json["database"]["status"] == "ok"


def test_no_redis_is_a_problem(make_settings: Callable[..., Settings], services: Services) -> None:
    web = create_app(make_settings(redis_url="redis://127.0.0.1:9/0")).test_client()
    answer = web.get("/healthz")
    assert answer.status_code == 503
    assert answer.json
    assert answer.json["redis"]["status"].startswith("unreachable")


def test_a_database_without_tables_is_a_problem(make_settings: Callable[..., Settings], tmp_path: Path) -> None:
    empty = make_settings(database_url=f"sqlite:///{tmp_path / 'empty.db'}")
    answer = create_app(empty).test_client().get("/healthz")
    assert answer.status_code == 503
    assert answer.json
    assert "migrate" in answer.json["database"]["status"]


@pytest.mark.usefixtures("worker")
def test_no_sweeper_is_a_problem(web: FlaskClient, services: Services) -> None:
    services.queues.redis.delete(heartbeat.KEY)
    answer = web.get("/healthz")
    assert answer.status_code == 503
    assert answer.json
    assert "python -m workers watch" in answer.json["sweeper"]["status"]


def test_webhooks_can_be_taken_as_long_as_the_database_works(
    make_settings: Callable[..., Settings], services: Services, tmp_path: Path
) -> None:
    """Without Redis and workers they wait; without tables they would be lost."""
    web = create_app(services.settings.model_copy(update={"redis_url": "redis://127.0.0.1:9/0"})).test_client()
    assert web.get("/readyz").status_code == 200
    empty = create_app(make_settings(database_url=f"sqlite:///{tmp_path / 'empty.db'}")).test_client()
    assert empty.get("/readyz").status_code == 503
    assert empty.get("/livez").status_code == 200


@pytest.mark.usefixtures("worker")
def test_the_metrics_count(web: FlaskClient, services: Services) -> None:
    web.post("/webhook", data=b"{}", headers={"X-GitHub-Event": "pull_request"})
    web.post("/webhook", data=b"{}", headers={"X-GitHub-Event": 'x"} evil'})
    a_scan(services)
    lines = web.get("/metrics").text.splitlines()
    assert 'greenlatch_webhooks_total{event="pull_request",status="401"} 1.0' in lines
    assert 'greenlatch_webhooks_total{event="other",status="401"} 1.0' in lines
    assert 'greenlatch_scans{state="done"} 1.0' in lines
    assert 'greenlatch_workers{state="idle"} 1.0' in lines


def test_the_start_page_shows_the_parts(web: FlaskClient) -> None:
    answer = web.get("/")
    assert answer.status_code == 200
    assert "Redis" in answer.text


def test_pages_let_nothing_foreign_in(web: FlaskClient) -> None:
    assert "default-src 'none'" in web.get("/").headers["Content-Security-Policy"]
