"""Every delivery ends with a state and one line that says what came of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.delivery import delivery_of
from workers import deliveries
from workers.models import Delivery, DeliveryState, ScanState
from workers.scans import Ending
from workers.services import Services

pytestmark = pytest.mark.every_database

REPOSITORY = {"id": 11, "full_name": "octo/app", "default_branch": "main"}
COMMON = {"repository": REPOSITORY, "installation": {"id": 5}, "sender": {"login": "wendy", "type": "User"}}
PULL = {
    **COMMON,
    "action": "opened",
    "number": 3,
    "pull_request": {
        "state": "open",
        "draft": False,
        "head": {"sha": "a" * 40, "ref": "feature"},
        "base": {"sha": "b" * 40, "ref": "main"},
    },
}


def take(services: Services, event: str, payload: dict[str, Any], guid: str = "guid") -> Delivery:
    stored = services.inbox.store(delivery_of(guid, event, payload), json.dumps(payload).encode())
    deliveries.take(services, stored.id)
    with services.database.transaction() as session:
        return session.get_one(Delivery, stored.id)


def test_a_new_pull_request_asks_for_a_scan(services: Services) -> None:
    row = take(services, "pull_request", PULL)
    assert (row.state, row.outcome) == (DeliveryState.DONE, "scan 1 of octo/app#3 (opened)")
    assert services.queues.lengths()["scans"] == 1


def test_taking_it_twice_asks_once(services: Services) -> None:
    take(services, "pull_request", PULL)
    deliveries.take(services, 1)
    assert services.scans.counts() == {"queued": 1}


def test_closing_ends_no_scan_by_itself(services: Services) -> None:
    take(services, "pull_request", PULL)
    row = take(services, "pull_request", {**PULL, "action": "closed"}, "other")
    assert (row.state, row.outcome) == (DeliveryState.DONE, "closed: 1 waiting scans look whether they are wanted")
    assert services.scans.counts() == {"queued": 1}


@pytest.mark.parametrize(
    ("event", "payload", "reason"),
    [
        ("brand_new", {}, "no use for the event `brand_new`"),
        ("pull_request", {**PULL, "action": "labeled"}, "no use for the action `labeled` of `pull_request`"),
        ("ping", {"zen": "z"}, "ping: the webhook works"),
    ],
)
def test_what_is_of_no_use_is_ignored_with_a_reason(
    services: Services, event: str, payload: dict[str, Any], reason: str
) -> None:
    row = take(services, event, payload)
    assert (row.state, row.outcome) == (DeliveryState.IGNORED, reason)


def test_a_payload_that_lacks_something_fails_with_what_it_lacks(services: Services) -> None:
    row = take(services, "pull_request", {"action": "opened", "number": 3})
    assert row.state is DeliveryState.FAILED
    assert "repository" in row.outcome


def test_a_github_that_does_not_answer_is_asked_again(services: Services) -> None:
    comment = {"id": 9, "body": "/greenlatch rescan", "user": {"login": "wendy"}}
    issue = {"number": 3, "user": {"login": "wendy"}, "pull_request": {"url": "x"}}
    row = take(services, "issue_comment", {**COMMON, "action": "created", "comment": comment, "issue": issue})
    assert (row.state, row.attempt) == (DeliveryState.RECEIVED, 1)
    assert row.not_before is not None
    assert row.outcome


def test_an_installation_is_remembered_and_forgotten(services: Services) -> None:
    installation = {"id": 5, "account": {"login": "octo"}}
    payload = {"action": "created", "installation": installation, "repositories": [REPOSITORY]}
    assert take(services, "installation", payload).outcome == "installation 5 of octo recorded"
    take(services, "pull_request", PULL, "pull")
    row = take(services, "installation", {"action": "deleted", "installation": installation}, "deleted")
    assert row.outcome == "installation 5 of octo forgotten, 1 scans cancelled"
    assert services.scans.counts() == {}


GROUP = {
    **COMMON,
    "action": "checks_requested",
    "merge_group": {
        "head_sha": "c" * 40,
        "head_ref": f"refs/heads/gh-readonly-queue/main/pr-3-{'b' * 40}",
        "base_sha": "b" * 40,
        "base_ref": "refs/heads/main",
    },
}


def test_a_merge_queue_asks_and_gives_up(services: Services) -> None:
    assert take(services, "merge_group", GROUP).outcome == "scan 1 of octo/app#3 (merge queue)"
    again = {"check_run": {"id": 1, "head_sha": "c" * 40, "external_id": "1", "app": {"id": 7}, "pull_requests": []}}
    row = take(services, "check_run", {**COMMON, "action": "rerequested", **again}, "again")
    assert row.outcome == "scan 1 of octo/app#3 (re-run by wendy): joined a queued scan"
    row = take(services, "merge_group", {**GROUP, "action": "destroyed", "reason": "dequeued"}, "gone")
    assert row.outcome == "merge group dequeued: 1 waiting scans cancelled"


def test_a_repaired_configuration_takes_up_who_waits_for_it(services: Services) -> None:
    take(services, "pull_request", PULL)
    assert services.scans.begin(1, "here") is not None
    services.scans.end(1, Ending(ScanState.DONE, "", "action_required"))
    push = {
        **COMMON,
        "ref": "refs/heads/main",
        "after": "d" * 40,
        "commits": [{"modified": [".github/greenlatch.yml"]}],
    }
    assert take(services, "push", push, "push").outcome == "scan 2 of octo/app#3 (configuration changed)"
    row = take(services, "push", push, "other")
    assert row.outcome == "the configuration changed, and no pull request waits for it"


def test_repositories_that_are_taken_away_are_left_alone(services: Services) -> None:
    take(services, "pull_request", PULL)
    installation = {"id": 5, "account": {"login": "octo"}}
    payload = {"action": "removed", "installation": installation, "repositories_added": []}
    row = take(services, "installation_repositories", {**payload, "repositories_removed": [REPOSITORY]}, "less")
    assert row.outcome == "installation 5 of octo recorded, 1 scans cancelled"
    assert services.scans.counts() == {}
