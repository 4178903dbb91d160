"""Each request of a scan, to the API and to git, meets each kind of bad day: the verdict is given once all the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import bot.client
from bot.sandbox import faults
from bot.sandbox.faults import Fault
from bot.sandbox.server import SandboxServer
from bot.sandbox.state import SandboxState
from bot.settings import Settings
from tests.system.stack import LAZY, SERVICE
from tests.waiting import wait_for
from tests.workers.lazy import LazyWorld, run_to_end, same_files_same_report
from workers import look, scan
from workers.jobs import limited_memory
from workers.models import ScanState
from workers.services import Services

SLOW = 1.5
"""Seconds; the client waits for one."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[LazyWorld]:
    state = SandboxState(tmp_path / "github", rate_limit=100_000)
    made = LazyWorld(tmp_path, state)
    with SandboxServer(state, observer=made.exchanges.append):
        yield made


@pytest.fixture
def settings(make_settings: Callable[..., Settings], world: LazyWorld) -> Settings:
    return make_settings(github_url=world.state.url, app_id=world.app.id, private_key=world.app.private_key)


BAD_DAYS = {
    "500": faults.server_error(),
    "502 after storing": faults.bad_gateway_after_storing(),
    "403 secondary limit": faults.secondary_limit(1),
    "429": faults.secondary_limit(status=429),
    "slow": faults.slow(SLOW),
    "half a body": faults.cut_body(),
}


@pytest.mark.parametrize("name", BAD_DAYS)
def test_whichever_request_fails_there_is_one_verdict(
    world: LazyWorld, services: Services, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The requests are not listed here: the fault moves on from the first one until the scan has none left."""
    fault = BAD_DAYS[name]
    same_files_same_report(monkeypatch)
    if fault.delay:
        monkeypatch.setattr(bot.client, "TIMEOUT_SECONDS", 1)
    met = list(_met(world, services, fault))
    assert len(met) > 12
    assert {method for method, _ in met} == {"GET", "POST", "PATCH"}
    assert any("git-upload-pack" in path for _, path in met)


def _met(world: LazyWorld, services: Services, fault: Fault) -> Iterator[tuple[str, str]]:
    number = 0
    while True:
        pull = world.open()
        world.state.faults.clear()
        world.state.faults.served.clear()
        world.state.faults.add(fault, skip=number)
        world.exchanges.clear()
        ended = run_to_end(services, services.scans.request(world.request(pull)).scan_id, lambda: _wait(world))
        if not world.state.faults.served:
            return
        ((method, path, _),) = world.state.faults.served
        what = f"request {number}: {method} {path}"
        assert (ended.state, ended.reason) == (ScanState.DONE, ""), what
        try:
            world.require_one_verdict(pull)
        except (AssertionError, ValueError) as error:
            raise AssertionError(what) from error
        yield method, path
        number += 1


def test_whichever_request_of_a_later_review_is_answered_with_an_error_nothing_is_said_or_done_twice(
    world: LazyWorld, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One finding stays and its comment moves, one is gone and its thread resolved, one comes."""
    same_files_same_report(monkeypatch)
    kept, gone, new = (LAZY.replace("titles", f"titles_{one}") for one in ("kept", "gone", "new"))
    number = 0
    while True:
        pull = world.open()
        world.scenario.push(pull, {"service.py": SERVICE + kept + gone})
        run_to_end(services, services.scans.request(world.request(pull)).scan_id)
        world.scenario.push(pull, {"service.py": "# A line.\n" + SERVICE + kept + new})
        world.state.faults.clear()
        world.state.faults.served.clear()
        world.state.faults.add(
            BAD_DAYS["502 after storing"], path="/(reviews|comments|graphql|check-runs)", skip=number
        )
        ended = run_to_end(services, services.scans.request(world.request(pull)).scan_id)
        if not world.state.faults.served:
            break
        what = str(world.state.faults.served[0][:2])
        assert (ended.state, ended.reason) == (ScanState.DONE, ""), what
        bodies = sorted(comment.body.partition(" ")[0] for comment in world.comments(pull))
        assert (len(bodies), bodies.count("✅")) == (3, 1), what
        assert [len(check.annotations) for check in world.checks(pull)] == [2], what
        threads = [comment.thread for comment in world.comments(pull)]
        assert [thread.resolved_by is not None for thread in threads].count(True) == 1, what
        number += 1
    assert number > 8


def _wait(world: LazyWorld) -> None:
    """What GitHub does too slowly is done before the next attempt, which waits for longer than a test can."""
    if any(fault.delay and path.startswith("/api") for _, path, fault in world.state.faults.served):
        wait_for(lambda: any(exchange.fault for exchange in world.exchanges), "the slow request is done")


def test_a_scan_that_needs_too_much_memory_ends_at_once_with_a_reason(
    world: LazyWorld, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look, "analyze", lambda *_, **__: bytearray(2 * 1024**3))
    pull = world.open()
    scan_id = services.scans.request(world.request(pull)).scan_id
    with limited_memory(1024**3):
        scan.run(services, scan_id)
    row = services.scans.load(scan_id)
    assert row is not None
    assert (row.state, row.attempt) == (ScanState.FAILED, 1)
    (check,) = world.checks(pull)
    assert check.conclusion == "neutral"
    assert "more memory than a scan may use" in (check.summary or "")


def test_a_commit_that_github_tells_of_before_it_shows_it_is_not_lost(
    world: LazyWorld, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The API still gives the former head, which has its verdict: that is not the answer to the new event."""
    same_files_same_report(monkeypatch)
    pull = world.open()
    former = pull.head_sha
    run_to_end(services, services.scans.request(world.request(pull)).scan_id)
    world.scenario.push(pull, {"service.py": SERVICE + LAZY.replace("titles", "headlines")})
    newer, pull.head_sha = pull.head_sha, former
    scan_id = services.scans.request(world.request(pull, head_sha=newer)).scan_id
    scan.run(services, scan_id)
    assert world.checks(pull, newer) == []
    pull.head_sha = newer
    assert run_to_end(services, scan_id).state is ScanState.DONE
    assert [check.conclusion for check in world.checks(pull, newer)] == ["failure"]


def test_a_commit_that_takes_no_check_yet_is_tried_again(
    world: LazyWorld, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    same_files_same_report(monkeypatch)
    unknown = Fault(422, "No commit found for SHA")
    early, never = world.open(), world.open()
    world.state.faults.add(unknown, method="POST", path="/check-runs$")
    assert run_to_end(services, services.scans.request(world.request(early)).scan_id).attempt == 2
    world.require_one_verdict(early)
    world.state.faults.add(unknown, method="POST", path="/check-runs$", times=9)
    ended = run_to_end(services, services.scans.request(world.request(never)).scan_id)
    assert (ended.state, ended.attempt) == (ScanState.FAILED, 3)
    assert "No commit found" in ended.reason


def test_annotations_that_went_through_are_not_sent_again(world: LazyWorld, services: Services) -> None:
    """GitHub takes fifty at a time, and none of them back."""
    many = "".join(LAZY.replace("titles", f"titles_{number}") for number in range(60))
    pull = world.scenario.open_pull(world.repository, "many", title="Many", files={"service.py": SERVICE + many})
    world.state.faults.add(faults.bad_gateway_after_storing(), method="PATCH", path="/check-runs/")
    assert run_to_end(services, services.scans.request(world.request(pull)).scan_id).attempt == 2
    (check,) = world.checks(pull)
    lines = [note["start_line"] for note in check.annotations]
    assert len(lines) == len(set(lines)) == 60


def test_the_check_run_of_a_head_that_was_pushed_away_meanwhile_is_ended(
    world: LazyWorld, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was created, GitHub's answer was lost, and the next attempt is for another head."""
    same_files_same_report(monkeypatch)
    world.state.faults.add(faults.bad_gateway_after_storing(), method="POST", path="/check-runs$")
    pull = world.open()
    former = pull.head_sha
    scan_id = services.scans.request(world.request(pull)).scan_id
    scan.run(services, scan_id)
    world.scenario.push(pull, {"service.py": SERVICE + LAZY.replace("titles", "headlines")})
    assert run_to_end(services, scan_id).state is ScanState.DONE
    assert [(check.status, check.conclusion) for check in world.checks(pull, former)] == [("completed", "neutral")]
    assert [check.conclusion for check in world.checks(pull)] == ["failure"]


def test_a_conversation_that_takes_no_review_gets_the_verdict_all_the_same(
    world: LazyWorld, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be locked: what the review would have said stands in the check."""
    same_files_same_report(monkeypatch)
    pull = world.open()
    locked = Fault(403, "Unable to create comment because issue is locked.")
    world.state.faults.add(locked, method="POST", path="/reviews$", times=9)
    assert run_to_end(services, services.scans.request(world.request(pull)).scan_id).state is ScanState.DONE
    (check,) = world.checks(pull)
    assert (check.conclusion, len(check.annotations), world.reviews(pull)) == ("failure", 1, [])
    assert "issue is locked" in (check.summary or "")
    assert "User.posts" in (check.text or "")


def test_a_comment_that_is_deleted_while_it_is_updated_costs_no_verdict(
    world: LazyWorld, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    same_files_same_report(monkeypatch)
    pull = world.open()
    run_to_end(services, services.scans.request(world.request(pull)).scan_id)
    world.scenario.push(pull, {"service.py": "# Twice.\n" + SERVICE + LAZY})
    world.state.faults.add(Fault(404, "Not Found"), method="PATCH", path="/pulls/comments/")
    assert run_to_end(services, services.scans.request(world.request(pull)).scan_id).state is ScanState.DONE
    assert [fault.status for _, _, fault in world.state.faults.served] == [404]
    (check,) = world.checks(pull)
    assert (check.conclusion, len(world.comments(pull))) == ("failure", 1)
    assert "User.posts" in (check.text or ""), "no comment is known to tell it"


def test_annotations_that_github_does_not_take_cost_no_verdict(
    world: LazyWorld, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A path that somebody made for it must not open the gate."""
    same_files_same_report(monkeypatch)
    pull = world.open()
    odd = Fault(422, "Validation Failed", errors=({"resource": "CheckAnnotation", "code": "invalid"},))
    world.state.faults.add(odd, method="PATCH", path="/check-runs/")
    assert run_to_end(services, services.scans.request(world.request(pull)).scan_id).state is ScanState.DONE
    (check,) = world.checks(pull)
    assert (check.conclusion, check.annotations) == ("failure", [])
    assert "User.posts" in (check.summary or "")
    assert len(world.comments(pull)) == 1
