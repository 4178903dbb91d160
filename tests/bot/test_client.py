"""The client against the sandbox; each request and answer is held against GitHub's own description."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot import check_runs
from bot.auth import InstallationToken
from bot.client import GitHubApp, GitHubClient
from bot.commands import Permission
from bot.errors import GitHubRefused, GitHubUnavailable, UserError
from bot.identity import Repository
from bot.intents import CommentKind
from bot.sandbox import faults
from bot.sandbox.faults import Fault
from bot.settings import Settings, load_settings
from tests.sandbox.world import World, world

NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path / "github") as here:
        here.clock.now = datetime.now(UTC)
        yield here


@pytest.fixture
def settings(hub: World, tmp_path: Path) -> Settings:
    return load_settings(
        _env_file=None,
        webhook_secret="hush",
        app_id=hub.app.id,
        slug="greenlatch",
        private_key=hub.app.private_key,
        github_url=hub.server.url,
        data_dir=tmp_path,
        seconds_between_writes=0,
    )


@pytest.fixture
def app(settings: Settings) -> GitHubApp:
    return GitHubApp(settings)


@pytest.fixture
def client(hub: World, app: GitHubApp) -> GitHubClient:
    return app.repository(hub.installation.id, Repository(hub.repository.id, "acme/shop"))


def test_a_pull_request(hub: World, client: GitHubClient) -> None:
    pull = client.get_pull(hub.pull.number)
    assert (pull.number, pull.author, pull.state, pull.draft, pull.merged) == (
        hub.pull.number,
        "ann",
        "open",
        False,
        False,
    )
    assert (pull.head_ref, pull.base_ref, pull.head_repo) == ("feature", "main", "acme/shop")
    assert pull.is_open
    assert [found.number for found in client.list_pulls_with_head(pull.head_sha)] == [hub.pull.number]
    assert client.list_pulls_with_head("f" * 40) == []


def test_the_life_of_a_check_run(hub: World, client: GitHubClient) -> None:
    head = client.get_pull(hub.pull.number).head_sha
    created = client.create_check_run(check_runs.queued(head, "scan-9", "https://latch.example/scans/9"))
    client.update_check_run(created.id, check_runs.in_progress(NOW))
    client.update_check_run(created.id, check_runs.not_checked("no reason", NOW))
    second = client.create_check_run(check_runs.queued(head, "scan-10"))
    newest, oldest = client.find_check_runs(head, check_runs.NAME)
    assert (newest.id, newest.status, newest.external_id) == (second.id, "queued", "scan-10")
    assert (oldest.id, oldest.status, oldest.conclusion) == (created.id, "completed", "neutral")
    assert client.find_check_runs(head, "another") == []


def review(line: int, *, start_line: int | None = None) -> dict[str, Any]:
    comment: dict[str, Any] = {"path": "app/service.py", "line": line, "side": "RIGHT", "body": "a comment"}
    if start_line is not None:
        comment |= {"start_line": start_line, "start_side": "RIGHT"}
    return {"event": "COMMENT", "body": "a review", "comments": [comment]}


def test_a_review_and_its_comments(hub: World, client: GitHubClient) -> None:
    number = hub.pull.number
    posted = client.create_review(number, review(6, start_line=4))
    assert [(one.id, one.author, one.body) for one in client.list_reviews(number)] == [
        (posted.id, "greenlatch[bot]", "a review")
    ]
    (comment,) = client.list_review_comments(number)
    assert (comment.path, comment.start_line, comment.line) == ("app/service.py", 4, 6)
    client.update_review_comment(comment.id, "edited")
    client.reply_to_review_comment(number, comment.id, "a reply")
    bodies = [(one.body, one.in_reply_to_id) for one in client.list_review_comments(number)]
    assert bodies == [("edited", None), ("a reply", comment.id)]
    client.delete_review_comment(comment.id)
    assert len(client.list_review_comments(number)) == 1


def test_a_comment_outside_of_the_diff_is_refused_with_githubs_words(hub: World, client: GitHubClient) -> None:
    with pytest.raises(GitHubRefused) as error:
        client.create_review(hub.pull.number, review(30))
    assert error.value.unprocessable
    assert "diff" in error.value.reason
    assert client.list_review_comments(hub.pull.number) == []


def test_the_conversation(hub: World, client: GitHubClient) -> None:
    said = hub.scenario.comment(hub.pull, "/greenlatch rescan", actor="ann")
    client.add_reaction(CommentKind.ISSUE, said.id, "eyes")
    client.add_reaction(CommentKind.ISSUE, said.id, "eyes")
    answer = client.create_issue_comment(hub.pull.number, "an answer")
    client.update_issue_comment(answer.id, "a better answer")
    comments = [(one.author, one.body) for one in client.list_issue_comments(hub.pull.number)]
    assert comments == [("ann", "/greenlatch rescan"), ("greenlatch[bot]", "a better answer")]
    client.create_review(hub.pull.number, review(6))
    (comment,) = client.list_review_comments(hub.pull.number)
    client.add_reaction(CommentKind.REVIEW, comment.id, "rocket")


@pytest.mark.parametrize(
    ("login", "permission"),
    [("ann", Permission.WRITE), ("meg", Permission.WRITE), ("bob", Permission.READ)],
)
def test_permissions(client: GitHubClient, login: str, permission: Permission) -> None:
    assert client.permission_of(login) is permission


def test_lists_have_pages(hub: World, client: GitHubClient) -> None:
    for number in range(105):
        hub.scenario.comment(hub.pull, f"comment {number}", actor="ann")
    bodies = [comment.body for comment in client.list_issue_comments(hub.pull.number)]
    assert bodies == [f"comment {number}" for number in range(105)]


def test_tokens_reach_one_repository_and_no_further(hub: World, client: GitHubClient) -> None:
    hub.state.tokens.clear()
    client.get_pull(hub.pull.number)
    client.list_issue_comments(hub.pull.number)
    secret = client.token_for_git().get_secret_value()
    assert {token.repository_ids for token in hub.state.tokens.values()} == {frozenset({hub.repository.id})}
    assert [token.permissions for token in hub.state.tokens.values()] == [
        {"metadata": "read", "checks": "write", "pull_requests": "write"},
        {"metadata": "read", "issues": "write", "pull_requests": "write"},
        {"metadata": "read", "contents": "read"},
    ]
    assert hub.state.tokens[secret].permissions == {"metadata": "read", "contents": "read"}


def test_tokens_are_used_again(client: GitHubClient) -> None:
    assert client.token_for_git() == client.token_for_git()


def test_a_token_is_not_used_until_its_very_end() -> None:
    token = InstallationToken(SecretStr("ghs_1"), NOW + timedelta(hours=1))
    assert token.is_fresh(NOW + timedelta(minutes=54))
    assert not token.is_fresh(NOW + timedelta(minutes=56))


def test_a_token_that_github_forgot_is_asked_for_once_more(hub: World, client: GitHubClient) -> None:
    client.get_pull(hub.pull.number)
    hub.state.tokens.clear()
    assert client.get_pull(hub.pull.number).number == hub.pull.number
    assert len(hub.state.tokens) == 1


def test_a_repository_that_was_renamed(hub: World, app: GitHubApp) -> None:
    client = app.repository(hub.installation.id, Repository(hub.repository.id, "acme/former"))
    assert client.get_pull(hub.pull.number).number == hub.pull.number
    assert client.repository.full_name == "acme/shop"


def moved(status: int) -> Fault:
    """What GitHub answers under the former name of a repository."""
    return Fault(status, "Moved Permanently", (("Location", "http://elsewhere.example/repositories/1"),))


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_what_was_moved_is_asked_again_under_its_new_name(hub: World, client: GitHubClient, status: int) -> None:
    """Also a write, whose answer says nothing else: it is not taken for done."""
    client.get_pull(hub.pull.number)
    hub.state.faults.add(moved(status), path="/pulls/")
    assert client.get_pull(hub.pull.number).number == hub.pull.number
    said = hub.scenario.comment(hub.pull, "Hello.", actor="ann")
    hub.state.faults.add(moved(status), path="/issues/comments/")
    client.add_reaction(CommentKind.ISSUE, said.id, "eyes")
    assert [reaction.content for reaction in said.reactions] == ["eyes"]
    hub.state.faults.add(moved(status), path="/pulls/", times=2)
    with pytest.raises(GitHubUnavailable, match="moved"):
        client.get_pull(hub.pull.number)


def test_an_answer_that_is_none(hub: World, client: GitHubClient) -> None:
    """What a proxy says with 200 in GitHub's name is no answer of GitHub."""
    client.get_pull(hub.pull.number)
    hub.state.faults.add(Fault(200, "Welcome!"), times=3)
    with pytest.raises(GitHubUnavailable, match="no PullRequest"):
        client.get_pull(hub.pull.number)
    with pytest.raises(GitHubUnavailable, match="no list"):
        client.list_review_comments(hub.pull.number)
    with pytest.raises(GitHubUnavailable, match="GraphQL"):
        client.list_threads(hub.pull.number, write=False)


def test_a_suspended_installation_is_refused(hub: World, client: GitHubClient) -> None:
    hub.scenario.suspend(hub.installation)
    with pytest.raises(GitHubRefused, match="suspended"):
        client.get_pull(hub.pull.number)


def test_an_installation_that_is_gone(hub: World, client: GitHubClient) -> None:
    hub.scenario.uninstall(hub.installation)
    with pytest.raises(GitHubRefused) as error:
        client.get_pull(hub.pull.number)
    assert error.value.gone


def test_a_permission_that_was_not_granted(hub: World, client: GitHubClient) -> None:
    hub.scenario.accept_permissions(hub.installation, {"metadata": "read", "checks": "write"})
    with pytest.raises(GitHubRefused, match="not granted"):
        client.get_pull(hub.pull.number)


def test_a_pull_request_that_does_not_exist(client: GitHubClient) -> None:
    with pytest.raises(GitHubRefused) as error:
        client.get_pull(4711)
    assert error.value.gone


@pytest.mark.parametrize(
    ("fault", "retry_after"),
    [
        (faults.server_error(500), None),
        (faults.server_error(503), None),
        (Fault(503, "Unavailable", (("Retry-After", "7"),)), 7),
        (faults.secondary_limit(), 60),
        (faults.secondary_limit(33), 33),
        (faults.secondary_limit(status=429), 60),
        (faults.secondary_limit(12, status=429), 12),
        (faults.abuse(), 60),
        (faults.cut_body(), None),
    ],
)
def test_what_passes_by(hub: World, client: GitHubClient, fault: Fault, retry_after: float | None) -> None:
    client.get_pull(hub.pull.number)
    hub.state.faults.add(fault, path="/pulls/")
    with pytest.raises(GitHubUnavailable) as error:
        client.get_pull(hub.pull.number)
    assert error.value.retry_after == retry_after
    assert client.get_pull(hub.pull.number).is_open


def test_an_exhausted_primary_limit_waits_for_its_reset(hub: World, client: GitHubClient) -> None:
    client.get_pull(hub.pull.number)
    hub.state.faults.add(faults.primary_limit(int(time.time()) + 600), path="/pulls/")
    with pytest.raises(GitHubUnavailable, match="rate limit") as error:
        client.get_pull(hub.pull.number)
    assert error.value.retry_after is not None
    assert 500 < error.value.retry_after <= 600


def test_a_write_whose_answer_was_lost_is_not_repeated(hub: World, client: GitHubClient) -> None:
    hub.state.faults.add(faults.bad_gateway_after_storing(), method="POST", path="/reviews")
    with pytest.raises(GitHubUnavailable):
        client.create_review(hub.pull.number, review(6))
    assert len(client.list_reviews(hub.pull.number)) == 1


WRITES: list[Callable[[GitHubClient, int], object]] = [
    lambda client, number: client.create_review(number, review(6)),
    lambda client, number: client.update_review_comment(1, "text"),
]


@pytest.mark.parametrize("write", WRITES)
def test_no_write_is_retried(hub: World, client: GitHubClient, write: Callable[[GitHubClient, int], object]) -> None:
    client.get_pull(hub.pull.number)
    hub.state.faults.add(faults.secondary_limit(1), path="/pulls/", times=5)
    with pytest.raises(GitHubUnavailable):
        write(client, hub.pull.number)
    assert len(hub.state.faults.served) == 1
    hub.state.faults.clear()


def test_a_server_that_is_not_there(settings: Settings) -> None:
    app = GitHubApp(settings.model_copy(update={"github_url": "http://127.0.0.1:9"}))
    with pytest.raises(GitHubUnavailable, match="no complete answer"):
        app.check_identity()


def test_deliveries_that_never_arrived(hub: World, app: GitHubApp) -> None:
    since = hub.clock.now - timedelta(days=3)
    assert app.list_failed_deliveries(since) == []
    hub.hooks.status = 500
    hub.scenario.close(hub.pull)
    hub.told()
    (lost,) = app.list_failed_deliveries(since)
    assert (lost.event, lost.action, lost.status_code) == ("pull_request", "closed", 500)
    hub.clock.advance(seconds=5)
    hub.hooks.status = 202
    app.redeliver(lost.id)
    assert hub.told() == ["pull_request.closed"]
    assert app.list_failed_deliveries(since) == []


def test_deliveries_before_the_window_are_not_asked_for(hub: World, app: GitHubApp) -> None:
    hub.hooks.status = 500
    hub.scenario.close(hub.pull)
    hub.told()
    assert app.list_failed_deliveries(hub.clock.now + timedelta(seconds=1)) == []


def test_installations(hub: World, app: GitHubApp) -> None:
    assert [one.id for one in app.list_installations()] == [hub.installation.id]
    assert app.get_installation(hub.installation.id).account == "acme"


def test_who_we_are(hub: World, app: GitHubApp, settings: Settings) -> None:
    app.check_identity()
    wrong = GitHubApp(settings.model_copy(update={"slug": "another"}))
    with pytest.raises(UserError) as error:
        wrong.check_identity()
    assert error.value.reference == "wrong-slug"
    assert "GREENLATCH_SLUG=greenlatch" in str(error.value)


def test_no_token_gets_into_the_log(hub: World, settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    hub.state.tokens.clear()
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, logger="github"):
        app = GitHubApp(settings)
        app.repository(hub.installation.id, Repository(hub.repository.id, "acme/shop")).get_pull(hub.pull.number)
    assert hub.state.tokens
    for token in hub.state.tokens:
        assert token not in caplog.text
