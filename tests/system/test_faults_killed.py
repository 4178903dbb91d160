"""A worker is killed at every stage of every kind of job: what it did is done, and done once."""

from __future__ import annotations

import pytest

from tests.system import deadly
from tests.system.faults import require_one_verdict, settle
from tests.system.stack import Stack
from workers.models import Delivery, DeliveryState

pytestmark = pytest.mark.faults


def test_a_scan_that_is_killed_at_any_stage_is_done_once(stack: Stack) -> None:
    """Its stages are those that a scan without a fault comes to. The process of the job dies, or the whole worker;
    and the process that asks for the scan has died before."""
    model = stack.lazy_pull()
    settle(stack, [model])
    stages = stack.stages_of(deadly.scan_job(model.repository.id, model.number))
    asking = stack.stages_of(deadly.event_job("pull_request", model.repository.id, model.number))
    assert len(stages) > 40, stages
    assert len(asking) > 5, asking
    pulls = []
    for number in range(len(stages)):
        repository = stack.repository()
        stack.kill_at(deadly.scan_job(repository.id, 1), number, whole=number % 2 == 0)
        if number < len(asking):
            stack.kill_at(deadly.event_job("pull_request", repository.id, 1), number, whole=number % 2 == 1)
        pulls.append(stack.lazy_pull(repository))
    settle(stack, pulls)
    assert list(stack.stages.glob("*.order")) == []
    for pull, stage in zip(pulls, stages, strict=True):
        require_one_verdict(stack, pull, f"killed at {stage}")


def test_a_command_that_is_killed_at_any_stage_is_answered_once(stack: Stack) -> None:
    repository = stack.repository()
    model = stack.scenario.open_pull(repository, "feature", title="Nothing", files={"notes.py": "ANSWER = 42\n"})
    stack.scenario.comment(model, "/greenlatch explain BR-ASYNC-001", actor="wendy")
    settle(stack, [model])
    stages = stack.stages_of(deadly.event_job("issue_comment", repository.id, model.number))
    assert len(stages) > 8, stages
    pulls = [
        stack.scenario.open_pull(repository, f"feature-{number}", title="Nothing", files={"notes.py": f"{number}\n"})
        for number in range(len(stages))
    ]
    for number, pull in enumerate(pulls):
        stack.kill_at(deadly.event_job("issue_comment", repository.id, pull.number), number, whole=number % 2 == 1)
        stack.scenario.comment(pull, "/greenlatch explain BR-ASYNC-001", actor="wendy")
    settle(stack, pulls)
    assert list(stack.stages.glob("*.order")) == []
    for pull, stage in zip(pulls, stages, strict=True):
        with stack.state.lock:
            said = [one for one in stack.state.issue_comments_of(pull) if one.user is stack.app.bot]
        assert len(said) == 1, f"killed at {stage}"
        assert "BR-ASYNC-001" in said[0].body
    with stack.database.transaction() as session:
        states = {row.state for row in session.query(Delivery).filter(Delivery.event == "issue_comment")}
    assert states <= {DeliveryState.DONE, DeliveryState.IGNORED}, "our own answers are ignored"
