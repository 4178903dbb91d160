"""While all workers are busy, people see that their pull request waits, and get their answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.delivery import delivery_of
from bot.sandbox.faults import bad_gateway_after_storing, secondary_limit
from bot.sandbox.model import Pull
from bot.sandbox.server import SandboxServer
from bot.sandbox.state import SandboxState
from bot.settings import Settings
from tests.system.stack import LAZY, SERVICE
from tests.workers.lazy import LazyWorld, run_to_end, same_files_same_report
from tests.workers.world import row
from workers.models import Delivery, DeliveryState, ScanState
from workers.queue import DELIVERIES, Ticket
from workers.relief import announce, relieve
from workers.services import Services

AT_ONCE = timedelta(seconds=-1)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LazyWorld]:
    same_files_same_report(monkeypatch)
    state = SandboxState(tmp_path / "github")
    with SandboxServer(state):
        yield LazyWorld(tmp_path, state)


@pytest.fixture
def settings(make_settings: Callable[..., Settings], world: LazyWorld) -> Settings:
    return make_settings(github_url=world.state.url, app_id=world.app.id, private_key=world.app.private_key)


def asked(services: Services, world: LazyWorld, pull: Pull, **more: object) -> int:
    return services.scans.request(world.request(pull, base_ref="main", **more)).scan_id


def test_a_scan_that_waits_has_a_check_run_and_keeps_it(services: Services, world: LazyWorld) -> None:
    pull = world.open()
    scan_id = asked(services, world, pull)
    relieve(services, timedelta(seconds=10))
    assert world.checks(pull) == [], "a worker may be on its way"
    relieve(services, AT_ONCE)
    relieve(services, AT_ONCE)
    (check,) = world.checks(pull)
    assert (check.status, check.external_id) == ("queued", str(scan_id))
    assert run_to_end(services, scan_id).state is ScanState.DONE
    world.require_one_verdict(pull)


def test_a_push_while_it_waits_moves_the_check_run_on(services: Services, world: LazyWorld) -> None:
    pull = world.open()
    former = pull.head_sha
    asked(services, world, pull)
    relieve(services, AT_ONCE)
    world.scenario.push(pull, {"service.py": "# More.\n" + SERVICE + LAZY})
    scan_id = asked(services, world, pull)
    relieve(services, AT_ONCE)
    assert [check.status for check in world.checks(pull)] == ["queued"]
    (superseded,) = world.checks(pull, former)
    assert (superseded.status, superseded.conclusion) == ("completed", "neutral")
    run_to_end(services, scan_id)
    world.require_one_verdict(pull)


def test_a_late_event_opens_none_for_a_head_that_was_pushed_away(services: Services, world: LazyWorld) -> None:
    pull = world.open()
    scan_id = asked(services, world, pull, head_sha=pull.base_sha)
    relieve(services, AT_ONCE)
    assert world.checks(pull, pull.base_sha) == []
    run_to_end(services, scan_id)
    world.require_one_verdict(pull)


def test_what_is_closed_or_a_draft_gets_none(services: Services, world: LazyWorld) -> None:
    closed, draft = world.open(), world.open()
    world.scenario.close(closed)
    world.scenario.convert_to_draft(draft)
    for pull in (closed, draft):
        asked(services, world, pull)
    relieve(services, AT_ONCE)
    assert world.checks(closed) == world.checks(draft) == []


def test_a_head_that_another_scan_is_at_gets_no_second_one(services: Services, world: LazyWorld) -> None:
    """It was asked for before it was known which head the running one would find."""
    pull = world.open()
    first = asked(services, world, pull, head_sha=pull.base_sha)
    assert services.scans.begin(first, "here") is not None
    second = asked(services, world, pull)
    assert second != first
    assert services.scans.record_head(first, pull.head_sha, "main")
    relieve(services, AT_ONCE)
    assert world.checks(pull) == []


def test_no_worker_begins_what_is_being_announced(services: Services, world: LazyWorld) -> None:
    scan_id = asked(services, world, world.open())
    assert services.scans.reserve(scan_id) is not None
    assert services.scans.begin(scan_id, "here") is None
    assert services.scans.reserve(scan_id) is None
    assert services.scans.unannounced(row(services, scan_id).created_at + timedelta(seconds=1)) == []
    services.scans.release(scan_id)
    assert services.scans.begin(scan_id, "here") is not None
    assert not [task for task in [services.scans.reserve(scan_id)] if task]


def test_an_answer_that_was_lost_leaves_one_check_run(services: Services, world: LazyWorld) -> None:
    pull = world.open()
    scan_id = asked(services, world, pull)
    world.state.faults.add(bad_gateway_after_storing(), method="POST", path=r"/check-runs$")
    assert not announce(services, scan_id)
    relieve(services, AT_ONCE)
    run_to_end(services, scan_id)
    world.require_one_verdict(pull)


def test_a_limit_holds_for_all_of_an_installation(services: Services, world: LazyWorld) -> None:
    for pull in (world.open(), world.open()):
        asked(services, world, pull)
    world.state.faults.add(secondary_limit(60), method="POST", path=r"/check-runs$", times=2)
    relieve(services, AT_ONCE)
    relieve(services, AT_ONCE)
    assert len(world.state.faults.served) == 1


def test_a_delivery_that_no_worker_takes_is_taken_once(services: Services, world: LazyWorld) -> None:
    pull = world.open()
    payload = {
        "action": "opened",
        "number": pull.number,
        "repository": {"id": world.repository.id, "full_name": "octo/app"},
        "installation": {"id": world.installation.id},
        "pull_request": {"head": {"sha": pull.head_sha}, "base": {"sha": pull.base_sha, "ref": "main"}},
    }
    stored = services.inbox.store(delivery_of("guid", "pull_request", payload), json.dumps(payload).encode())
    assert stored.ticket is not None
    services.queues.put(stored.ticket)
    relieve(services, AT_ONCE)
    with services.database.transaction() as session:
        assert session.get_one(Delivery, stored.id).state is DeliveryState.DONE
    assert services.queues.lengths() == {"deliveries": 0, "scans": 1}
    assert [check.status for check in world.checks(pull)] == ["queued"]


def test_a_delivery_that_a_worker_has_is_left_to_it(services: Services, world: LazyWorld) -> None:
    assert not services.queues.withdraw(Ticket(DELIVERIES, 7, 1))


def test_a_delivery_that_breaks_the_sweeper_is_tried_again(
    services: Services, world: LazyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise TypeError("no")

    monkeypatch.setattr("workers.relief.deliveries.take", broken)
    stored = services.inbox.store(delivery_of("guid", "ping", {}), b"{}")
    assert stored.ticket is not None
    services.queues.put(stored.ticket)
    relieve(services, AT_ONCE)
    with services.database.transaction() as session:
        found = session.get_one(Delivery, stored.id)
        assert (found.state, found.outcome) == (DeliveryState.RECEIVED, "internal error (TypeError)")
