"""A worker that is stopped ends its scan or hands it back, and another one goes on without a pause.

The workers are processes as they are started in production; GitHub is slow on order, so that a scan lasts.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.faults import slow
from tests.waiting import wait_for
from tests.workers.world import World, row
from workers.models import ScanState
from workers.services import Services

ROOT = Path(__file__).parents[2]
FIRST_READ = r"/pulls/1$"
Start = Callable[[float], "Worker"]


class Worker:
    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self._log = log

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._log.read_text().splitlines() if line.startswith("{")]

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


@pytest.fixture
def start(world: World, services: Services, tmp_path: Path) -> Iterator[Start]:
    """Starts a worker with this time to stop, and waits until it takes jobs."""
    workers: list[Worker] = []
    settings = services.settings
    given = {
        "WEBHOOK_SECRET": "the secret of the webhook",
        "APP_ID": str(world.app.id),
        "PRIVATE_KEY": world.app.private_key,
        "DATA_DIR": str(settings.data_dir),
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url or "",
        "GITHUB_URL": world.state.url,
        "SECONDS_BETWEEN_WRITES": "0",
    }

    def make(stop_seconds: float) -> Worker:
        variables = {f"GREENLATCH_{name}": value for name, value in given.items()}
        variables |= {"GREENLATCH_STOP_SECONDS": str(stop_seconds), "PYTHONPATH": str(ROOT)}
        log = tmp_path / f"worker-{len(workers)}.log"
        before = services.queues.workers().workers
        with log.open("wb") as stream:
            process = subprocess.Popen(
                [sys.executable, "-m", "workers"], env={**os.environ, **variables}, stderr=stream, cwd=tmp_path
            )
        workers.append(Worker(process, log))
        wait_for(lambda: services.queues.workers().workers > before, f"a worker starts: {log.read_text()}", seconds=180)
        return workers[-1]

    yield make
    for worker in workers:
        worker.process.kill()
        worker.process.wait()


def begin(world: World, services: Services, seconds: float) -> int:
    """A scan that a worker works on, in its first request to GitHub."""
    world.state.faults.add(slow(seconds), method="GET", path=FIRST_READ)
    granted = services.scans.request(world.request)
    assert granted.ticket is not None
    services.queues.put(granted.ticket)
    wait_for(lambda: world.state.faults.served, "the worker asks GitHub", seconds=120)
    return granted.scan_id


def test_a_scan_in_progress_is_finished(world: World, services: Services, start: Start) -> None:
    worker = start(60)
    scan_id = begin(world, services, 1)
    assert worker.stop() == 0
    assert row(services, scan_id).state is ScanState.DONE
    assert [check.status for check in world.checks()] == ["completed"]
    finished = [line for line in worker.lines() if line["event"] == "scan_finished"]
    assert [(line["scan"], line["repository"], line["number"]) for line in finished] == [(scan_id, "octo/app", 1)]


def test_one_that_takes_too_long_is_handed_to_another_worker(world: World, services: Services, start: Start) -> None:
    """At once: nobody waits for a time-out."""
    old = start(0.2)
    scan_id = begin(world, services, 25)
    assert old.stop() == 0
    handed_back = row(services, scan_id)
    assert (handed_back.state, handed_back.reason) == (ScanState.QUEUED, "its worker was stopped")
    new = start(60)
    wait_for(lambda: row(services, scan_id).state is ScanState.DONE, "the other worker did it", seconds=120)
    assert [check.conclusion for check in world.checks()] == ["success"]
    assert new.stop() == 0
