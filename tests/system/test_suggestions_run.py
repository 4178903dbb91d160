"""The heart: the demo pull requests fail, Greenlatch posts how to repair them, that is done, and the code works."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from bot.sandbox.model import Pull, ReviewComment
from tests.pulls.demo import load_pull, main_branch
from tests.pulls.scenario import run_scenario, write_tree
from tests.system.stack import Stack


def opened(stack: Stack, name: str) -> Pull:
    demo = load_pull(name)
    full_name = f"demo-{demo.branch}/services"
    repository = stack.scenario.create_repository(full_name, dict(main_branch()), roles={demo.author: "write"})
    stack.scenario.install(stack.app, f"demo-{demo.branch}", [repository])
    return stack.scenario.open_pull(
        repository, demo.branch, title=demo.title, body=demo.body, author=demo.author, files=dict(demo.head)
    )


def checkout(pull: Pull, folder: Path) -> Path:
    git = pull.repository.git
    entries = [entry for entry in git.tree(pull.head_sha, recursive=True) if entry.type == "blob"]
    return write_tree(folder, {entry.path: git.file(pull.head_sha, entry.path) for entry in entries})


def patches(comments: Iterable[ReviewComment]) -> list[str]:
    """The verified patches among the texts: what repairs a line that the pull request does not touch."""
    blocks = (
        block
        for comment in comments
        for block in re.findall(r"\*\*Fix:\*\* ([^\n]*)\n\n```diff\n(.*?)```", comment.body, re.DOTALL)
    )
    return [patch for title, patch in blocks if "not verified" not in title]


def patched(folder: Path, wanted: Iterable[str]) -> Path:
    for patch in wanted:
        subprocess.run(["git", "apply", "--recount", "-"], cwd=folder, input=patch, text=True, check=True)
    return folder


def suggesting(comments: list[ReviewComment]) -> list[ReviewComment]:
    return [comment for comment in comments if "```suggestion" in comment.body]


@pytest.mark.parametrize(
    "name", ["000-digest-source", "001-driver-mismatch", "002-job-timestamps", "003-battle-performers"]
)
def test_doing_what_the_review_says_makes_the_application_work(stack: Stack, name: str, tmp_path: Path) -> None:
    pull = opened(stack, name)
    assert stack.concluded(pull).conclusion == "failure"
    assert not run_scenario(name, checkout(pull, tmp_path / "before")).works

    suggestions = stack.wait(lambda: suggesting(stack.comments(pull)), "the review has suggestions")
    elsewhere = patches(stack.comments(pull))
    stack.scenario.commit_suggestions(suggestions)

    stack.concluded(pull)
    repaired = patched(checkout(pull, tmp_path / "after"), elsewhere)
    assert run_scenario(name, repaired).failures == ()
