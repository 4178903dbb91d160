"""A part goes away while others work: Redis, the database, the web application. All that was sent is done, once."""

from __future__ import annotations

import shutil
import sqlite3

import pytest

from bot.sandbox.faults import slow
from tests.system.faults import eventually, frozen, last_row, require_one_verdict, restart, settle, stored
from tests.system.stack import Stack

pytestmark = pytest.mark.faults


@pytest.mark.parametrize("wiped", [False, True], ids=["with its file", "without its file"])
def test_redis_is_killed_while_scans_run_and_wait(stack: Stack, wiped: bool) -> None:
    """Events that arrive meanwhile are stored; the workers and the sweeper outlive it."""
    stack.state.faults.add(slow(1.5), path=r"git-upload-pack$", times=2)
    early = [stack.lazy_pull(), stack.lazy_pull()]
    eventually(stack, lambda: any(stack.checks(pull) for pull in early))
    redis = stack.children.kill("redis")
    if wiped:
        shutil.rmtree(stack.data_dir / "redis")
    late = stack.lazy_pull()
    stack.state.webhooks.wait_idle(60)
    assert {one.status_code for one in stack.state.deliveries.values() if one.event == "pull_request"} == {202}
    stack.children.start(redis.name, redis.command, needed=True)
    settle(stack, [*early, late])
    for pull in (*early, late):
        require_one_verdict(stack, pull)
    eventually(stack, lambda: stack.health().get("status") == "ok")


def test_events_that_meet_a_locked_database_are_asked_for_again(stack: Stack) -> None:
    """GitHub is told in time that they were not stored, and the redelivery at the sweeper's start brings them back."""
    repository = stack.repository()
    settle(stack)
    before = set(stack.state.deliveries)
    other = sqlite3.connect(stack.data_dir / "greenlatch.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    pull = stack.lazy_pull(repository)
    assert stack.state.webhooks.wait_idle(60)
    lost = [one for key, one in stack.state.deliveries.items() if key not in before]
    assert {one.status_code for one in lost} == {503}
    other.execute("COMMIT")
    other.close()
    restart(stack, "sweeper")
    settle(stack, [pull])
    require_one_verdict(stack, pull)


def test_the_web_application_is_killed_between_the_row_and_the_answer(stack: Stack) -> None:
    repository = stack.repository()
    settle(stack)
    before, row = set(stack.state.deliveries), last_row(stack)
    (redis,) = stack.children.named("redis")
    with frozen(redis):
        pull = stack.lazy_pull(repository)
        eventually(stack, lambda: last_row(stack) > row)
        web = stack.children.kill("web")
        assert stack.state.webhooks.wait_idle(60)
    sent = [one for key, one in stack.state.deliveries.items() if key not in before]
    assert len(sent) > 1
    assert 202 not in {one.status_code for one in sent}
    stack.children.start(web.name, web.command)
    eventually(stack, lambda: stack.health().get("status") == "ok")
    restart(stack, "sweeper")
    settle(stack, [pull])
    require_one_verdict(stack, pull)
    assert len(stored(stack, "pull_request", row)) == 1
