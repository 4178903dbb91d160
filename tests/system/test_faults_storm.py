"""500 events over 50 pull requests, twice, in any order, on GitHub's worst day: one verdict for each head."""

from __future__ import annotations

import random

import pytest
from redis import Redis

from bot.sandbox.faults import bad_gateway_after_storing, cut_body, secondary_limit, server_error
from bot.sandbox.model import Pull
from tests.system.faults import eventually, impatient, require_one_verdict, settle
from tests.system.stack import BASE, LAZY, SERVICE, Stack
from workers.redis_server import socket_path

pytestmark = pytest.mark.faults

REPOSITORIES, PULLS, EVENTS = 5, 10, 10


def test_500_events_over_50_pull_requests_give_50_verdicts(stack: Stack) -> None:
    settle(stack)
    stack.state.webhooks.hold()
    already = set(stack.state.deliveries)
    pulls = [pull for number in range(REPOSITORIES) for pull in opened(stack, f"storm-{number}")]
    for pull in pulls:
        make_ten_events_of(stack, pull)
    sent = [one for key, one in stack.state.deliveries.items() if key not in already and one.event == "pull_request"]
    assert len(sent) == REPOSITORIES * PULLS * EVENTS
    mixed = random.Random(7)
    for one in mixed.sample(sent, 50):
        stack.state.webhooks.duplicate(stack.app, one)
    order_bad_days(stack)
    with impatient(stack):
        stack.state.webhooks.release(mixed=mixed)
        eventually(stack, lambda: sum(bool(stack.checks(pull)) for pull in pulls) > len(pulls) // 2)
        with Redis(unix_socket_path=str(socket_path(stack.data_dir))) as redis:
            redis.flushall()
        settle(stack, pulls)
    for pull in pulls:
        require_one_verdict(stack, pull, f"{pull.repository.full_name}#{pull.number}")
        for sha in {scan.head_sha for scan in stack.scans(pull)}:
            assert len(stack.checks(pull, sha)) <= 1
            assert all(check.status == "completed" for check in stack.checks(pull, sha))


def opened(stack: Stack, owner: str) -> list[Pull]:
    """Of one small repository; its installation is told of pull requests alone, so that the storm is of these.

    Each has commits of its own: equal ones of the same second would be one, with the check runs of all.
    """
    repository = stack.scenario.create_repository(f"{owner}/app", dict(BASE), roles={"wendy": "write"})
    stack.scenario.install(stack.app, owner, [repository]).events[:] = ["pull_request"]
    return [
        stack.scenario.open_pull(
            repository,
            f"feature-{number}",
            title="Add titles",
            author="wendy",
            files={"service.py": SERVICE + LAZY, "notes.txt": f"{number}\n"},
        )
        for number in range(PULLS)
    ]


def make_ten_events_of(stack: Stack, pull: Pull) -> None:
    """The first is the opening; the last head brings the finding back that the one before had lost."""
    scenario = stack.scenario
    scenario.push(pull, {"service.py": SERVICE})
    scenario.edit(pull, title="Add all titles")
    scenario.convert_to_draft(pull)
    scenario.edit(pull, body="All of them.")
    scenario.ready_for_review(pull)
    scenario.close(pull)
    scenario.reopen(pull)
    scenario.push(pull, {"service.py": SERVICE + LAZY})
    scenario.edit(pull, title="Add titles")


def order_bad_days(stack: Stack) -> None:
    faults = stack.state.faults
    for often in range(4):
        faults.add(bad_gateway_after_storing(), method="POST", path=r"/reviews$", skip=11 * often)
        faults.add(bad_gateway_after_storing(), method="POST", path=r"/check-runs$", skip=11 * often + 3)
        faults.add(bad_gateway_after_storing(), method="PATCH", path=r"/check-runs/", skip=11 * often + 6)
    faults.add(server_error(), method="GET", path=r"/pulls/\d+$", skip=9)
    faults.add(server_error(503), path=r"git-upload-pack$", skip=20)
    faults.add(cut_body(), method="GET", path=r"/pulls/\d+/comments$", skip=15)
    faults.add(secondary_limit(1), method="POST", path=r"/reviews$", skip=17)
