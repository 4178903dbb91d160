"""Pull requests get one verdict for their newest head, said once."""

from __future__ import annotations

import json

from bot.sandbox.faults import bad_gateway_after_storing, slow
from tests.system.stack import LAZY, OLD_LAZY, SERVICE, Stack
from workers.models import DeliveryState, ScanState


def test_an_opened_pull_request_gets_a_check_run_and_one_review(stack: Stack) -> None:
    pull = stack.lazy_pull()
    check = stack.concluded(pull)
    stack.wait_quiet()
    assert (check.name, check.conclusion, check.suite.head_sha) == ("Greenlatch", "failure", pull.head_sha)
    assert [note["path"] for note in check.annotations] == ["service.py"]
    assert [review.state for review in stack.reviews(pull)] == ["COMMENTED"]
    (comment,) = stack.comments(pull)
    assert comment.thread.path == "service.py"
    assert "`user.posts`" in comment.body
    assert "```suggestion" in comment.body
    assert [scan.state for scan in stack.scans(pull)] == [ScanState.DONE]


def test_what_was_there_before_is_counted_and_does_not_gate(stack: Stack) -> None:
    pull = stack.scenario.open_pull(
        stack.repository({"service.py": SERVICE + OLD_LAZY}),
        "feature",
        title="Say more",
        files={"README.md": "More.\n"},
    )
    check = stack.concluded(pull)
    assert check.conclusion == "success"
    assert "1 problem was there before" in (check.summary or "")
    assert stack.reviews(pull) == []


def test_a_clean_pull_request_passes_without_a_word(stack: Stack) -> None:
    pull = stack.scenario.open_pull(stack.repository(), "feature", title="Nothing", files={"notes.py": "ANSWER = 42\n"})
    assert stack.concluded(pull).conclusion == "success"
    stack.wait_quiet()
    assert stack.reviews(pull) == []
    assert stack.comments(pull) == []


def test_committing_the_suggestion_ends_it(stack: Stack) -> None:
    pull = stack.lazy_pull()
    stack.concluded(pull)
    (comment,) = stack.wait(lambda: stack.comments(pull), "the review is there")
    stack.scenario.commit_suggestions([comment], actor="wendy")
    assert stack.concluded(pull).conclusion == "success"
    stack.wait_quiet()
    assert len(stack.comments(pull)) == 1
    assert comment.body.startswith("✅ Fixed in")
    assert len(stack.reviews(pull)) == 1


def test_a_rescan_says_nothing_twice(stack: Stack) -> None:
    pull = stack.lazy_pull()
    stack.concluded(pull)
    comment = stack.ask(pull, "/greenlatch rescan")
    again = stack.concluded(pull, number=2)
    stack.wait_quiet()
    assert again.conclusion == "failure"
    assert len(stack.checks(pull)) == 2
    assert len(stack.reviews(pull)) == 1
    assert len(stack.comments(pull)) == 1
    assert [reaction.content for reaction in comment.reactions] == ["eyes", "rocket"]


def test_a_stranger_may_not_rescan(stack: Stack) -> None:
    pull = stack.lazy_pull()
    stack.concluded(pull)
    comment = stack.scenario.comment(pull, "/greenlatch rescan", actor="reed")
    stack.wait(lambda: comment.reactions, "the command is answered")
    stack.wait_quiet()
    assert [reaction.content for reaction in comment.reactions] == ["-1"]
    assert len(stack.checks(pull)) == 1


def test_the_rerun_button_scans_again(stack: Stack) -> None:
    pull = stack.lazy_pull()
    stack.scenario.press_rerun(stack.concluded(pull), actor="wendy")
    assert stack.concluded(pull, number=2).conclusion == "failure"
    stack.wait_quiet()
    assert len(stack.reviews(pull)) == 1


def test_a_push_during_a_scan_supersedes_it(stack: Stack) -> None:
    stack.state.faults.add(slow(2), path=r"git-upload-pack$", times=1)
    pull = stack.lazy_pull()
    older = pull.head_sha
    stack.wait(lambda: [run for run in stack.checks(pull, older) if run.status == "in_progress"], "the scan runs")
    stack.scenario.push(pull, {"service.py": SERVICE + LAZY.replace("titles", "headlines")}, actor="wendy")
    newer = stack.concluded(pull)
    stack.wait_quiet()
    assert newer.conclusion == "failure"
    (stale,) = stack.checks(pull, older)
    assert stale.conclusion == "neutral"
    assert "Superseded" in (stale.title or "")
    assert [review.commit_id for review in stack.reviews(pull)] == [pull.head_sha]
    assert [scan.state for scan in stack.scans(pull)] == [ScanState.SUPERSEDED, ScanState.DONE]


def test_events_in_the_wrong_order_end_at_the_newest_head(stack: Stack) -> None:
    repository = stack.repository()
    stack.state.webhooks.wait_idle()
    stack.state.webhooks.hold()
    pull = stack.lazy_pull(repository)
    stack.scenario.push(pull, {"service.py": SERVICE}, actor="wendy")
    stack.state.webhooks.release(newest_first=True)
    assert stack.concluded(pull).conclusion == "success"
    stack.wait_quiet()
    assert stack.reviews(pull) == []
    assert len(stack.checks(pull)) == 1


def test_a_commit_that_was_pushed_away_is_not_missed(stack: Stack) -> None:
    repository = stack.repository()
    stack.state.webhooks.wait_idle()
    stack.state.webhooks.hold()
    pull = stack.lazy_pull(repository)
    gone = pull.head_sha
    stack.scenario.force_push(pull, {"service.py": SERVICE + LAZY.replace("titles", "headlines")}, actor="wendy")
    repository.git.run("reflog", "expire", "--expire=now", "--all")
    repository.git.run("gc", "--quiet", "--prune=now")
    stack.state.webhooks.release()
    assert stack.concluded(pull).conclusion == "failure"
    stack.wait_quiet()
    assert stack.checks(pull, gone) == []
    assert [review.commit_id for review in stack.reviews(pull)] == [pull.head_sha]


def test_a_closed_pull_request_is_left_alone(stack: Stack) -> None:
    repository = stack.repository()
    stack.state.webhooks.wait_idle()
    stack.state.webhooks.hold()
    pull = stack.lazy_pull(repository)
    stack.scenario.close(pull)
    stack.state.webhooks.release()
    stack.wait(lambda: [scan for scan in stack.scans(pull) if scan.state.finished], "the scan ended")
    stack.wait_quiet()
    assert [scan.state for scan in stack.scans(pull)] == [ScanState.CANCELLED]
    assert stack.reviews(pull) == []


def test_a_review_whose_answer_was_lost_is_not_posted_twice(stack: Stack) -> None:
    stack.state.faults.add(bad_gateway_after_storing(), method="POST", path=r"/reviews$")
    pull = stack.lazy_pull()
    assert stack.concluded(pull).conclusion == "failure"
    stack.wait_quiet()
    assert len(stack.reviews(pull)) == 1
    assert len(stack.comments(pull)) == 1
    assert len(stack.checks(pull)) == 1


def test_the_same_event_twice_is_one_scan(stack: Stack) -> None:
    pull = stack.lazy_pull()
    stack.concluded(pull)
    opened = next(
        one
        for one in stack.state.deliveries.values()
        if one.event == "pull_request" and json.loads(one.body)["repository"]["id"] == pull.repository.id
    )
    again = [stack.state.webhooks.redeliver(stack.app, opened), stack.state.webhooks.duplicate(stack.app, opened)]
    stack.wait(lambda: all(one.status != "pending" for one in again), "both arrived")
    stack.wait_quiet()
    assert [one.status_code for one in again] == [202, 202]
    assert len(stack.scans(pull)) == 1
    assert len(stack.checks(pull)) == 1
    row = stack.delivery(opened.guid)
    assert row is not None
    assert row.state is DeliveryState.DONE
    assert row.outcome.startswith("scan ")


def test_a_fork_is_reviewed_too(stack: Stack) -> None:
    repository = stack.repository()
    fork = stack.scenario.fork(repository, "contributor")
    stack.scenario.commit(fork, "feature", {"service.py": SERVICE + LAZY}, actor="contributor", parent="main")
    pull = stack.scenario.open_pull(
        repository, "feature", title="From a fork", author="contributor", head_repository=fork
    )
    assert stack.concluded(pull).conclusion == "failure"
    assert len(stack.comments(pull)) == 1
