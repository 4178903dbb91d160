"""What a dead worker, a wiped Redis or an unreachable GitHub left behind is taken up again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot import check_runs
from bot.sandbox.faults import server_error
from tests.workers.test_inbox import store
from tests.workers.world import World, row
from workers import liveness, watchdog
from workers.models import Scan, ScanState
from workers.queue import SCANS, Ticket
from workers.scans import MAX_ATTEMPTS
from workers.services import Services

pytestmark = pytest.mark.every_database

NO_GRACE = timedelta(seconds=-1)


def begun(services: Services, world: World) -> int:
    """A scan with an open check run, whose worker is gone."""
    scan_id = world.begin(services)
    github = services.github.repository(world.installation.id, world.request.repository)
    created = github.create_check_run(check_runs.queued(world.pull.head_sha, str(scan_id)))
    services.scans.record_check_run(scan_id, created.id)
    return scan_id


def test_a_scan_without_a_worker_is_queued_again(services: Services, world: World) -> None:
    scan_id = begun(services, world)
    watchdog.recover_dead_scans(services)
    scan = row(services, scan_id)
    assert (scan.state, scan.reason) == (ScanState.QUEUED, watchdog.DEAD_WORKER)
    assert services.queues.carries(Ticket(SCANS, scan_id, scan.dispatches))


def test_a_scan_with_a_worker_is_left_alone(services: Services, world: World) -> None:
    scan_id = begun(services, world)
    with liveness.hold(services.settings.data_dir, scan_id):
        watchdog.sweep(services, NO_GRACE)
    assert row(services, scan_id).state is ScanState.RUNNING


def test_a_scan_that_kills_every_worker_ends_with_a_reason(services: Services, world: World) -> None:
    scan_id = begun(services, world)
    for _ in range(MAX_ATTEMPTS):
        watchdog.recover_dead_scans(services)
        services.scans.begin(scan_id, liveness.HOST)
    scan = row(services, scan_id)
    assert (scan.state, scan.reason, scan.check_run_ended) == (ScanState.FAILED, watchdog.DEAD_WORKER, True)
    (check,) = world.checks()
    assert (check.status, check.conclusion) == ("completed", "neutral")
    assert watchdog.DEAD_WORKER in (check.summary or "")


def test_a_check_run_that_could_not_be_ended_is_ended_later(services: Services, world: World) -> None:
    scan_id = begun(services, world)
    world.state.faults.add(server_error(502), method="PATCH", path="/check-runs/")
    watchdog.give_up_scan(services, scan_id, "it took longer than 15 minutes")
    assert world.checks()[0].status == "queued"
    watchdog.sweep(services)
    assert world.checks()[0].conclusion == "neutral"


def test_what_redis_lost_gets_new_jobs(services: Services, world: World) -> None:
    delivery = store(services.inbox)
    assert delivery.ticket is not None
    granted = services.scans.request(world.request)
    assert granted.ticket is not None
    services.queues.put(delivery.ticket)
    services.queues.put(granted.ticket)
    watchdog.sweep(services, NO_GRACE)
    assert services.queues.lengths() == {"deliveries": 1, "scans": 1}
    services.queues.redis.flushall()
    watchdog.sweep(services, NO_GRACE)
    assert services.queues.lengths() == {"deliveries": 1, "scans": 1}


def test_what_is_on_its_way_is_left_alone(services: Services) -> None:
    store(services.inbox)
    watchdog.sweep(services)
    assert services.queues.lengths()["deliveries"] == 0


def test_the_scan_of_another_machine_is_given_time(services: Services, world: World) -> None:
    scan_id = services.scans.request(world.request).scan_id
    services.scans.begin(scan_id, "another-machine")
    watchdog.recover_dead_scans(services)
    assert row(services, scan_id).state is ScanState.RUNNING
    with services.database.transaction() as session:
        scan = session.get_one(Scan, scan_id)
        assert scan.started_at is not None
        scan.started_at -= watchdog.ELSEWHERE + timedelta(seconds=1)
    watchdog.recover_dead_scans(services)
    assert row(services, scan_id).state is ScanState.QUEUED
