"""Verified fixes are committed when a person asks for it; where that is not allowed, the patch is offered."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from bot.sandbox.faults import bad_gateway_after_storing
from bot.sandbox.model import Pull
from tests.system.stack import LAZY, SERVICE, Stack

TWO = SERVICE + LAZY + LAZY.replace("titles", "headlines").replace("User.name == name", "User.id == 1")
READ_ONLY = {"contents": "read"}


def test_fix_commits_what_was_verified_and_ends_it(stack: Stack) -> None:
    repository = stack.repository()
    pull = stack.scenario.open_pull(repository, "feature", title="Two", author="wendy", files={"service.py": TWO})
    check = stack.concluded(pull)
    assert [action["identifier"] for action in check.actions] == ["apply-fixes"]
    before = pull.head_sha
    ids = re.findall(r"ignore ([0-9a-f]{8}) ", "".join(comment.body for comment in stack.comments(pull)))

    comment = stack.ask(pull, "Thank you.\n\n/greenlatch fix")
    assert [reaction.content for reaction in comment.reactions] == ["eyes", "rocket"]
    commit = repository.git.read_commit(pull.head_sha)
    assert (commit.parents, commit.author.name) == ((before,), "greenlatch[bot]")
    assert [found for found in ids if found in commit.message] == ids
    assert "Requested-by: wendy" in commit.message
    assert "selectinload(User.posts)" in repository.git.file(pull.head_sha, "service.py").decode()
    (answer,) = stack.answers(pull)
    assert answer.startswith(f"Committed [`{pull.head_sha[:7]}`]")

    assert stack.concluded(pull).conclusion == "success"
    stack.wait_quiet()
    assert all(one.body.startswith("✅ Fixed in") for one in stack.comments(pull))
    assert all(one.thread.resolved_by is stack.app.bot for one in stack.comments(pull))
    assert len(repository.git.log(f"{before}..{pull.head_sha}")) == 1


def test_the_button_commits_one_commit_even_when_the_answer_is_lost(stack: Stack) -> None:
    pull = stack.lazy_pull()
    check = stack.concluded(pull)
    before = pull.head_sha
    stack.state.faults.add(bad_gateway_after_storing(), method="POST", path=r"/graphql$", skip=0)
    stack.scenario.press_button(check, "apply-fixes", actor="wendy")
    (answer,) = stack.answers(pull)
    assert "`wendy` pressed *Apply fixes*" in answer
    assert stack.concluded(pull).conclusion == "success"
    stack.wait_quiet()
    assert len(pull.repository.git.log(f"{before}..{pull.head_sha}")) == 1


def test_a_fork_gets_the_patch(stack: Stack, tmp_path: Path) -> None:
    repository = stack.repository()
    fork = stack.scenario.fork(repository, f"fork-of-{repository.owner.login}")
    stack.scenario.commit(fork, "feature", {"service.py": SERVICE + LAZY}, parent="main")
    pull = stack.scenario.open_pull(repository, "feature", title="From a fork", head_repository=fork)
    assert stack.concluded(pull).actions == []
    stack.ask(pull, "/greenlatch fix")
    (answer,) = stack.answers(pull)
    assert answer.startswith("This pull request comes from a fork")
    assert "selectinload(User.posts)" in applied(answer, pull, tmp_path)


def test_without_the_permission_the_patch_is_offered_and_no_button(stack: Stack, tmp_path: Path) -> None:
    pull = stack.lazy_pull(stack.repository(permissions=READ_ONLY))
    assert stack.concluded(pull).actions == []
    before = pull.head_sha
    stack.ask(pull, "/greenlatch fix")
    (answer,) = stack.answers(pull)
    assert "did not grant *Contents: read and write*" in answer
    assert "selectinload(User.posts)" in applied(answer, pull, tmp_path)
    assert pull.head_sha == before


def test_a_branch_that_takes_no_commits_is_told(stack: Stack) -> None:
    repository = stack.repository()
    repository.protected.add("feature")
    pull = stack.lazy_pull(repository)
    stack.concluded(pull)
    stack.ask(pull, "/greenlatch fix")
    (answer,) = stack.answers(pull)
    assert "changes must be made through a pull request" in answer
    assert "```diff" in answer


def test_who_may_not_and_what_cannot_be_fixed(stack: Stack) -> None:
    pull = stack.lazy_pull()
    stack.concluded(pull)
    stack.ask(pull, "/greenlatch fix", actor="reed")
    stack.ask(pull, "/greenlatch fix 0123abcd")
    refused, unknown = stack.answers(pull, 2)
    assert refused.startswith("`/greenlatch fix [id]` is for people with write permission; you have only read")
    assert "with the id `0123abcd`; there are `" in unknown


def applied(answer: str, pull: Pull, folder: Path) -> str:
    """The file after the patch of an answer, as `git apply` makes it."""
    (folder / "service.py").write_bytes(pull.repository.git.file(pull.head_sha, "service.py"))
    patch = answer.split("```diff\n")[1].split("```")[0]
    subprocess.run(["git", "apply", "-"], cwd=folder, input=patch.encode(), check=True, timeout=60)
    return (folder / "service.py").read_text("utf-8")
