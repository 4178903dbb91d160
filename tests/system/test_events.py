"""What happens to a pull request while it is looked at, and what becomes of the look."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator

from bot.sandbox.faults import slow
from bot.sandbox.model import Pull, Repository
from tests.system.faults import impatient
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


def test_a_pull_request_that_no_worker_has_time_for_says_that_it_waits(stack: Stack) -> None:
    """And a comment on it is heard."""
    others = [stack.repository(), stack.repository()]
    with impatient(stack):
        with contextlib.ExitStack() as held:
            for repository in others:
                held.enter_context(not_fetched(stack, repository))
                running(stack, stack.lazy_pull(repository))
            pull = stack.lazy_pull()
            stack.wait(lambda: [run for run in stack.checks(pull) if run.status == "queued"], "the check waits")
            comment = stack.scenario.comment(pull, "/greenlatch explain BR-ASYNC-001", actor="wendy")
            assert len(stack.answers(pull)) == 1
        assert stack.concluded(pull).conclusion == "failure"
        stack.wait_quiet()
    assert [reaction.content for reaction in comment.reactions] == ["eyes"]
    assert len(stack.checks(pull)) == 1
    assert len(stack.comments(pull)) == 1


@contextlib.contextmanager
def not_fetched(stack: Stack, repository: Repository) -> Iterator[None]:
    """Whoever scans it waits until another one has fetched it."""
    folder = stack.data_dir.resolve() / "repositories" / str(repository.id)
    folder.mkdir(parents=True)
    with (folder / "fetch.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
