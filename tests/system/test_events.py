"""What happens to a pull request while it is looked at, and what becomes of the look."""

from __future__ import annotations

from bot.sandbox.faults import slow
from bot.sandbox.model import Pull
from tests.system.stack import LAZY, SERVICE, Stack
from workers.models import ScanState


def running(stack: Stack, pull: Pull) -> None:
    stack.wait(lambda: [run for run in stack.checks(pull) if run.status == "in_progress"], "the scan runs")


def test_a_draft_is_left_alone_until_it_is_ready(stack: Stack) -> None:
    stack.state.faults.add(slow(2), path=r"git-upload-pack$", times=1)
    pull = stack.lazy_pull()
    running(stack, pull)
    stack.scenario.convert_to_draft(pull, actor="wendy")
    check = stack.concluded(pull)
    assert (check.conclusion, check.title) == ("neutral", "Not needed any more")
    assert "draft" in (check.summary or "")
    assert stack.reviews(pull) == []

    stack.scenario.push(pull, {"service.py": SERVICE + LAZY + "\n"}, actor="wendy")
    stack.wait_quiet()
    assert stack.checks(pull) == []

    stack.ask(pull, "/greenlatch rescan")
    assert stack.concluded(pull).conclusion == "neutral"
    stack.scenario.ready_for_review(pull, actor="wendy")
    assert stack.concluded(pull, number=2).conclusion == "failure"
    stack.wait_quiet()
    assert len(stack.reviews(pull)) == 1


def test_closing_ends_what_runs_and_a_question_is_answered(stack: Stack) -> None:
    stack.state.faults.add(slow(2), path=r"git-upload-pack$", times=1)
    pull = stack.lazy_pull()
    running(stack, pull)
    stack.scenario.close(pull, actor="wendy")
    assert stack.concluded(pull).title == "Not needed any more"
    stack.wait_quiet()
    assert [scan.state for scan in stack.scans(pull)] == [ScanState.CANCELLED]

    comment = stack.ask(pull, "/greenlatch rescan")
    assert [reaction.content for reaction in comment.reactions] == ["eyes", "confused"]
    (answer,) = stack.answers(pull)
    assert "the pull request is closed" in answer
    stack.scenario.reopen(pull, actor="wendy")
    assert stack.concluded(pull, number=2).conclusion == "failure"


def test_another_base_is_another_comparison(stack: Stack) -> None:
    repository = stack.repository()
    stack.scenario.commit(repository, "release", {"service.py": SERVICE + LAZY}, parent="main")
    pull = stack.scenario.open_pull(
        repository, "feature", title="Say more", author="wendy", files={"notes.py": "ANSWER = 42\n"}, base="release"
    )
    check = stack.concluded(pull)
    assert check.conclusion == "success"
    assert "1 problem was there before" in (check.summary or "")
    stack.scenario.change_base(pull, "main", actor="wendy")
    assert stack.concluded(pull, number=2).conclusion == "failure"
