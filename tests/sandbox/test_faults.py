"""Failures on order: what the client sees, and what was stored all the same."""

from __future__ import annotations

import pytest
import urllib3

from bot.sandbox import faults
from tests.sandbox.world import World


def comments(hub: World) -> int:
    return len(hub.state.issue_comments)


def test_a_server_error_stores_nothing_and_passes(hub: World) -> None:
    hub.state.faults.add(faults.server_error(), method="POST", path="/comments$")

    assert hub.repo("POST", "/issues/1/comments", {"body": "Hi."}).status == 500
    assert comments(hub) == 0
    assert hub.repo("POST", "/issues/1/comments", {"body": "Hi."}).status == 201


def test_a_bad_gateway_may_come_after_the_work(hub: World) -> None:
    hub.state.faults.add(faults.bad_gateway_after_storing(), method="POST", path="/comments$")

    assert hub.repo("POST", "/issues/1/comments", {"body": "Hi."}).status == 502
    assert comments(hub) == 1


def test_limits_come_with_and_without_a_time_to_wait(hub: World) -> None:
    hub.state.faults.add(faults.secondary_limit(retry_after=7))
    hub.state.faults.add(faults.secondary_limit(status=429))
    hub.state.faults.add(faults.primary_limit(reset_at=1_800_000_000))
    hub.state.faults.add(faults.abuse())

    first, second, third, fourth = (hub.repo("GET", "") for _ in range(4))

    assert (first.status, first.headers["Retry-After"]) == (403, "7")
    assert second.status == 429
    assert "Retry-After" not in second.headers
    assert (third.status, third.headers["X-RateLimit-Remaining"]) == (403, "0")
    assert third.headers["X-RateLimit-Reset"] == "1800000000"
    assert fourth.body["errors"][0]["code"] == "abuse"


def test_a_fault_meets_only_what_it_is_for(hub: World) -> None:
    hub.state.faults.add(faults.server_error(), method="GET", path=r"/pulls/\d+$", times=2, skip=1)

    statuses = [hub.repo("GET", path).status for path in ("", "/pulls/1", "/pulls/1", "/pulls/1", "/pulls/1")]

    assert statuses == [200, 200, 500, 500, 200]
    assert [path for _, path, _ in hub.state.faults.served] == ["/api/v3/repos/acme/shop/pulls/1"] * 2


def test_half_a_body(hub: World) -> None:
    hub.state.faults.add(faults.cut_body())

    with pytest.raises(urllib3.exceptions.ProtocolError):
        hub.repo("GET", "")


def test_a_slow_answer_is_the_right_one(hub: World) -> None:
    hub.state.faults.add(faults.slow(0.05))

    assert hub.repo("GET", "").status == 200
    assert len(hub.state.faults.served) == 1


def test_git_can_fail_too(hub: World) -> None:
    hub.state.faults.add(faults.server_error(503), path=r"\.git/")
    url = f"{hub.state.url}/acme/shop.git/info/refs?service=git-upload-pack"

    assert urllib3.request("GET", url, retries=False).status == 503
    assert urllib3.request("GET", url, retries=False).status == 401
