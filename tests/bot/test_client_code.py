"""Files, threads and commits through the client, against the sandbox and GitHub's own description."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot import graphql
from bot.client import GitHubApp, GitHubClient
from bot.errors import GitHubRefused, GitHubUnavailable
from bot.identity import Repository
from bot.settings import load_settings
from tests.sandbox.description import document_problem
from tests.sandbox.world import World, world


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path / "github") as here:
        here.clock.now = datetime.now(UTC)
        yield here


@pytest.fixture
def app(hub: World, tmp_path: Path) -> GitHubApp:
    return GitHubApp(
        load_settings(
            _env_file=None,
            webhook_secret="hush",
            app_id=hub.app.id,
            private_key=hub.app.private_key,
            github_url=hub.server.url,
            data_dir=tmp_path,
            seconds_between_writes=0,
        )
    )


@pytest.fixture
def client(hub: World, app: GitHubApp) -> GitHubClient:
    return app.repository(hub.installation.id, Repository(hub.repository.id, "acme/shop"))


@pytest.mark.parametrize("document", [graphql.THREADS, graphql.RESOLVE, graphql.UNRESOLVE, graphql.COMMIT])
def test_what_we_ask_is_in_githubs_schema(document: str) -> None:
    assert document_problem(document) is None


def test_files_of_a_branch(hub: World, client: GitHubClient) -> None:
    assert client.read_file("app/new.py", "feature") == b"one = 1\ntwo = 2\n"
    assert client.read_file("app/new.py", "main") is None
    assert client.read_file("app/old.py", "") == b"gone = True\nnot_yet = False\n"
    assert client.read_file("app", "main") is None
    hub.scenario.commit(hub.repository, "main", {"big.txt": b"x" * 1_000_001, "odd é#.py": "a = 1\n"})
    assert client.read_file("big.txt", "main") == bytes(1_000_001)
    assert client.read_file("odd é#.py", "main") == b"a = 1\n"


def test_a_repository_that_is_known_by_its_name(hub: World, app: GitHubApp) -> None:
    defaults = hub.scenario.create_repository("acme/.github", {"a.yml": "b"}, organization=True)
    unknown = app.repository(hub.installation.id, Repository(0, "acme/.github"))
    with pytest.raises(GitHubRefused, match="not accessible"):
        unknown.read_file("a.yml", "")
    hub.scenario.add_to_installation(hub.installation, [defaults])
    assert unknown.read_file("a.yml", "") == b"b"
    assert unknown.repository == Repository(defaults.id, "acme/.github")


def test_the_diff_as_github_has_it(hub: World, client: GitHubClient) -> None:
    files = {file.path: file for file in client.list_pull_files(hub.pull.number)}
    assert sorted(files) == ["app/new.py", "app/old.py", "app/service.py"]
    assert files["app/service.py"].hunk_of(5, 6) is not None
    assert files["app/service.py"].hunk_of(5, 41) is None


def test_threads_are_resolved_and_opened(hub: World, client: GitHubClient) -> None:
    for line in range(1, 103):
        hub.scenario.review_comment(hub.pull, "app/service.py", 5, f"Why {line}?", actor="bob")
    threads = client.list_threads(hub.pull.number, write=True)
    assert [one.comment_id for one in threads] == [comment.id for comment in hub.state.review_comments.values()]
    first = threads[0]
    assert (first.is_resolved, first.can_resolve, first.can_unresolve) == (False, True, False)
    assert not client.list_threads(hub.pull.number, write=False)[0].can_resolve

    client.set_resolved(first.id, resolved=True)
    first = client.list_threads(hub.pull.number, write=True)[0]
    assert (first.is_resolved, first.resolved_by) == (True, None)
    client.set_resolved(first.id, resolved=False)
    assert not client.list_threads(hub.pull.number, write=True)[0].is_resolved


def test_a_commit_of_several_files(hub: World, client: GitHubClient) -> None:
    before = hub.pull.head_sha
    files = {"app/new.py": b"one = 2\r\n", "app/é.py": b"\xff"}
    sha = client.create_commit("feature", parent=before, files=files, headline="Two", body="Because.")
    assert hub.pull.head_sha == sha
    assert {path: hub.repository.git.file(sha, path) for path in files} == files
    assert client.get_git_commit(sha).message == "Two\n\nBecause."
    with pytest.raises(GitHubRefused) as error:
        client.create_commit("feature", parent=before, files=files, headline="Two", body="")
    assert error.value.status == 409


def test_what_was_granted(hub: World, client: GitHubClient) -> None:
    assert client.may_write_code()
    hub.scenario.accept_permissions(hub.installation, {"metadata": "read", "contents": "read"})
    assert not client.may_write_code()


@pytest.mark.parametrize(
    ("error", "status"),
    [
        ({"type": "FORBIDDEN", "message": "no"}, 403),
        ({"type": "NOT_FOUND", "message": "no"}, 404),
        ({"type": "STALE_DATA", "message": "no"}, 409),
        ({"message": "Field 'x' doesn't exist"}, 422),
    ],
)
def test_refusals_have_the_status_of_rest(error: dict[str, str], status: int) -> None:
    refused = graphql.refused([error])
    assert isinstance(refused, GitHubRefused)
    assert refused.status == status


@pytest.mark.parametrize("error", [{"type": "RATE_LIMITED", "message": "x"}, {"message": "Something went wrong while"}])
def test_what_passes_is_tried_again(error: dict[str, str]) -> None:
    assert isinstance(graphql.refused([error]), GitHubUnavailable)
