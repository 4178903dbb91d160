"""git over HTTP, with the real git on both ends."""

from __future__ import annotations

import base64
import os
import subprocess
from pathlib import Path

import pytest

from tests.sandbox.world import World


class Clone:
    """A local repository that knows the sandbox by a token in its environment."""

    def __init__(self, hub: World, folder: Path, token: str) -> None:
        self.folder = folder
        self.url = f"{hub.state.url}/{hub.repository.full_name}.git"
        credentials = base64.b64encode(f"x-access-token:{token}".encode()).decode()
        self.environment = {
            "PATH": os.environ["PATH"],
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_CONFIG_COUNT": "1" if token else "0",
            "GIT_CONFIG_KEY_0": f"http.{hub.state.url}.extraHeader",
            "GIT_CONFIG_VALUE_0": f"Authorization: Basic {credentials}",
        }
        folder.mkdir()
        self.run("init", "--quiet", "--initial-branch=main", ".")

    def run(self, *arguments: str) -> str:
        identity = ("-c", "user.name=ann", "-c", "user.email=ann@localhost")
        command = ["git", *identity, *arguments]
        done = subprocess.run(command, cwd=self.folder, env=self.environment, capture_output=True, text=True)
        if done.returncode:
            raise subprocess.SubprocessError(done.stderr)
        return done.stdout.strip()


@pytest.fixture
def clone(hub: World, tmp_path: Path) -> Clone:
    return Clone(hub, tmp_path / "clone", hub.token)


def test_the_head_of_a_pull_request_is_fetched_by_its_ref(hub: World, clone: Clone) -> None:
    clone.run("fetch", "--quiet", clone.url, "refs/pull/1/head")

    assert clone.run("rev-parse", "FETCH_HEAD") == hub.pull.head_sha
    assert clone.run("show", "FETCH_HEAD:app/new.py") == "one = 1\ntwo = 2"


def test_commits_are_fetched_by_id_and_without_large_blobs(hub: World, clone: Clone) -> None:
    sha = hub.scenario.push(hub.pull, {"big.bin": b"\x00" * 3000})

    clone.run("fetch", "--quiet", "--depth=1", "--filter=blob:limit=1k", clone.url, sha, hub.pull.base_sha)

    listed = clone.run("rev-list", "--objects", "--missing=print", sha)
    assert [line for line in listed.splitlines() if line.startswith("?")]
    assert "app/new.py" in clone.run("diff", "--name-only", hub.pull.base_sha, sha)


def test_a_commit_that_was_force_pushed_away_can_still_be_fetched(hub: World, clone: Clone) -> None:
    old = hub.pull.head_sha
    hub.scenario.force_push(hub.pull, {"app/new.py": "one = 11\n"})

    clone.run("fetch", "--quiet", clone.url, old)

    assert clone.run("rev-parse", "FETCH_HEAD") == old


def test_a_fork_is_reached_through_the_base(hub: World, clone: Clone) -> None:
    fork = hub.scenario.fork(hub.repository, "eve")
    pull = hub.scenario.open_pull(
        hub.repository, "evil", title="From a fork", author="eve", files={"evil.py": "e = 1\n"}, head_repository=fork
    )

    clone.run("fetch", "--quiet", clone.url, f"refs/pull/{pull.number}/head")

    assert clone.run("rev-parse", "FETCH_HEAD") == pull.head_sha
    body = hub.repo("GET", f"/pulls/{pull.number}").body
    assert (body["head"]["repo"]["full_name"], body["head"]["repo"]["fork"]) == ("eve/shop", True)
    assert hub.call("GET", "/repos/eve/shop").status == 404


@pytest.mark.parametrize("token", ["", "ghs_made_up"])
def test_nothing_without_a_token(hub: World, tmp_path: Path, token: str) -> None:
    clone = Clone(hub, tmp_path / "clone", token)

    with pytest.raises(subprocess.SubprocessError, match=r"could not read Username|Authentication failed"):
        clone.run("fetch", clone.url, "main")


def test_a_token_of_another_repository_finds_nothing(hub: World, tmp_path: Path) -> None:
    other = hub.scenario.create_repository("acme/till", {"a.py": "a = 1\n"})
    hub.scenario.add_to_installation(hub.installation, [other])
    clone = Clone(hub, tmp_path / "clone", hub.new_token(repository_ids=[other.id]))

    with pytest.raises(subprocess.SubprocessError, match="not found"):
        clone.run("fetch", clone.url, "main")


def commit_on_feature(clone: Clone) -> str:
    clone.run("fetch", "--quiet", clone.url, "feature")
    clone.run("checkout", "--quiet", "-B", "feature", "FETCH_HEAD")
    (clone.folder / "app" / "new.py").write_text("one = 100\n")
    clone.run("commit", "--quiet", "--all", "--message=Fix it")
    return clone.run("rev-parse", "HEAD")


def test_a_push_moves_the_pull_request(hub: World, clone: Clone) -> None:
    sha = commit_on_feature(clone)
    before = hub.pull.head_sha

    clone.run("push", "--quiet", clone.url, "feature")

    assert hub.pull.head_sha == sha
    assert hub.repo("GET", "/pulls/1").body["head"]["sha"] == sha
    assert hub.state.webhooks.wait_idle()
    (synchronized,) = hub.hooks.named("pull_request.synchronize")
    assert (synchronized.payload["before"], synchronized.payload["after"]) == (before, sha)
    assert synchronized.payload["sender"]["login"] == "greenlatch[bot]"


def test_a_push_needs_the_permission(hub: World, tmp_path: Path) -> None:
    clone = Clone(hub, tmp_path / "clone", hub.new_token(permissions={"contents": "read"}))
    commit_on_feature(clone)

    with pytest.raises(subprocess.SubprocessError, match="403"):
        clone.run("push", clone.url, "feature")


def test_the_refs_of_pull_requests_are_not_pushed_to(hub: World, clone: Clone) -> None:
    commit_on_feature(clone)

    with pytest.raises(subprocess.SubprocessError, match="hidden ref"):
        clone.run("push", clone.url, "feature:refs/pull/1/head")
