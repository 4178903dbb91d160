"""The commits that a merge queue makes get their check, and wait for nothing else."""

from __future__ import annotations

from bot.sandbox.model import CheckRun, MergeGroup, Repository
from tests.system.stack import Stack
from workers.models import ScanKind


def concluded(stack: Stack, repository: Repository, group: MergeGroup, number: int = 1) -> CheckRun:
    def done() -> list[CheckRun]:
        runs = [run for run in stack.state.runs_for(repository, group.head_sha) if run.status == "completed"]
        return runs if len(runs) >= number else []

    return stack.wait(done, f"check {number} of the merge group")[0]


def test_each_commit_of_the_queue_gets_its_verdict(stack: Stack) -> None:
    repository = stack.repository()
    clean = stack.scenario.open_pull(repository, "clean", title="Clean", files={"notes.py": "ANSWER = 42\n"})
    stack.concluded(clean)
    group = stack.scenario.enqueue(clean, actor="wendy")
    assert concluded(stack, repository, group).conclusion == "success"

    pull = stack.lazy_pull(repository)
    stack.concluded(pull)
    group = stack.scenario.enqueue(pull, actor="wendy")
    check = concluded(stack, repository, group)
    assert (check.name, check.conclusion) == ("Greenlatch", "failure")
    assert [note["path"] for note in check.annotations] == ["service.py"]
    assert "`user.posts`" in (check.text or "")

    stack.scenario.press_rerun(check, actor="wendy")
    assert concluded(stack, repository, group, 2).conclusion == "failure"
    stack.wait_quiet()
    assert len(stack.reviews(pull)) == 1
    assert len(stack.checks(pull)) == 1


def test_a_queue_that_was_left_costs_nothing(stack: Stack) -> None:
    repository = stack.repository()
    pull = stack.scenario.open_pull(repository, "feature", title="In and out", files={"notes.py": "ANSWER = 42\n"})
    stack.concluded(pull)
    stack.state.webhooks.wait_idle()
    stack.state.webhooks.hold()
    group = stack.scenario.enqueue(pull, actor="wendy")
    stack.scenario.dequeue(pull, actor="wendy")
    stack.state.webhooks.release(newest_first=True)
    stack.wait_quiet()
    kinds = [scan.kind for scan in stack.scans(pull) if scan.head_sha == group.head_sha]
    assert kinds in ([], [ScanKind.MERGE_GROUP])
    assert all(run.status == "completed" for run in stack.state.runs_for(repository, group.head_sha))
