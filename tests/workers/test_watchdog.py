"""What a dead worker, a wiped Redis or an unreachable GitHub left behind is taken up again."""

from __future__ import annotations

import os
import signal
from datetime import timedelta

import pytest
from rq.worker import SimpleWorker

from bot import check_runs
from bot.sandbox.faults import secondary_limit, server_error
from tests.workers.lazy import make_due
from tests.workers.test_inbox import store
from tests.workers.world import World, row
from workers import liveness, watchdog
from workers.models import Scan, ScanState, now
from workers.queue import DELIVERIES, SCANS, SERIALIZER, Ticket
from workers.scans import MAX_FAILURES, Ending
from workers.services import Services

pytestmark = pytest.mark.every_database

NO_GRACE = timedelta(seconds=-1)


def begun(services: Services, world: World) -> int:
    """A scan with an open check run, whose worker is gone."""
    scan_id = world.begin(services)
    github = services.github.repository(world.installation.id, world.request.repository)
    created = github.create_check_run(check_runs.queued(world.pull.head_sha, str(scan_id)))
    services.scans.record_check_run(scan_id, world.pull.head_sha, created.id)
    return scan_id


def test_a_scan_without_a_worker_is_queued_again(services: Services, world: World) -> None:
    scan_id = begun(services, world)
    watchdog.recover_dead_scans(services)
    scan = row(services, scan_id)
    assert (scan.state, scan.reason) == (ScanState.QUEUED, watchdog.DEAD_WORKER)
    assert services.queues.carries(Ticket(SCANS, scan_id, scan.dispatches))


def test_a_scan_with_a_worker_is_left_alone(services: Services, world: World) -> None:
    scan_id = begun(services, world)
    with liveness.hold(services.settings.data_dir, liveness.scan_name(scan_id)):
        watchdog.sweep(services, NO_GRACE)
    assert row(services, scan_id).state is ScanState.RUNNING


def test_a_scan_that_kills_every_worker_ends_with_a_reason(services: Services, world: World) -> None:
    scan_id = begun(services, world)
    for _ in range(MAX_FAILURES):
        watchdog.recover_dead_scans(services)
        make_due(services, scan_id)
        services.scans.begin(scan_id, liveness.place(services.settings.data_dir))
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
    assert world.checks()[0].status == "queued", "GitHub is asked again after a while, not at once"
    make_due(services, scan_id)
    watchdog.sweep(services)
    assert world.checks()[0].conclusion == "neutral"


def test_a_limit_is_met_by_one_check_run_and_waited_for(services: Services, world: World) -> None:
    first = begun(services, world)
    services.scans.end(first, Ending(ScanState.FAILED, "one"))
    second = begun(services, world)
    services.scans.end(second, Ending(ScanState.FAILED, "two"))
    world.state.faults.add(secondary_limit(90), method="PATCH", times=5)
    watchdog.end_open_checks(services)
    assert len(world.state.faults.served) == 1
    world.state.faults.clear()
    watchdog.end_open_checks(services)
    assert [check.status for check in world.checks()] == ["queued", "queued"]
    for scan_id in (first, second):
        make_due(services, scan_id)
    watchdog.end_open_checks(services)
    assert {check.conclusion for check in world.checks()} == {"neutral"}


def test_a_verdict_that_will_not_come_is_seen_without_a_check_run(services: Services, world: World) -> None:
    """GitHub could not be reached until the scan was given up."""
    scan_id = world.begin(services)
    watchdog.give_up_scan(services, scan_id, "HTTP 502: Server Error")
    (check,) = world.checks()
    assert (check.status, check.conclusion) == ("completed", "neutral")
    assert "HTTP 502" in (check.summary or "")
    make_due(services, scan_id)
    watchdog.sweep(services)
    assert len(world.checks()) == 1


def test_a_check_run_whose_answer_was_lost_is_ended(services: Services, world: World) -> None:
    scan_id = world.begin(services)
    github = services.github.repository(world.installation.id, world.request.repository)
    github.create_check_run(check_runs.queued(world.pull.head_sha, str(scan_id)))
    services.scans.record_check_run(scan_id, world.pull.head_sha, None)
    watchdog.give_up_scan(services, scan_id, "its worker died")
    (check,) = world.checks()
    assert check.conclusion == "neutral"


def test_a_delivery_whose_process_was_killed_gets_a_new_job(services: Services) -> None:
    """RQ itself says for minutes that it is at work."""
    stored = store(services.inbox)
    assert stored.ticket is not None
    services.queues.put(stored.ticket)
    began_and_died(services, stored.ticket, liveness.delivery_name(stored.id))
    watchdog.requeue_lost(services, now() + timedelta(seconds=1))
    assert services.queues.holds(Ticket(DELIVERIES, stored.id, 2))


def test_a_job_that_is_at_work_is_left_alone(services: Services) -> None:
    stored = store(services.inbox)
    assert stored.ticket is not None
    services.queues.put(stored.ticket)
    began_and_died(services, stored.ticket, liveness.delivery_name(stored.id))
    with liveness.hold(services.settings.data_dir, liveness.delivery_name(stored.id)):
        watchdog.requeue_lost(services, now() + timedelta(seconds=1))
    assert not services.queues.carries(Ticket(DELIVERIES, stored.id, 2))


def began_and_died(services: Services, ticket: Ticket, name: str) -> None:
    """A job as a worker leaves it that is killed together with the process of the job."""
    worker = SimpleWorker([ticket.queue], connection=services.queues.redis, serializer=SERIALIZER)
    taken = worker.queue_class.dequeue_any(worker.queues, None, connection=services.queues.redis, serializer=SERIALIZER)
    assert taken is not None
    worker.prepare_execution(taken[0])
    pid = os.fork()
    if pid == 0:
        with liveness.hold(services.settings.data_dir, name):
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(pid, 0)
    assert services.queues.is_begun(ticket)


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
        scan.started_at -= timedelta(seconds=services.settings.scan_seconds + 60)
    watchdog.recover_dead_scans(services)
    assert row(services, scan_id).state is ScanState.RUNNING
    with services.database.transaction() as session:
        scan = session.get_one(Scan, scan_id)
        assert scan.started_at is not None
        scan.started_at -= watchdog.ELSEWHERE
    watchdog.recover_dead_scans(services)
    assert (row(services, scan_id).state, row(services, scan_id).reason) == (
        ScanState.FAILED,
        "it took longer than 15 minutes",
    )
