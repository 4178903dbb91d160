"""Each call of the client, held once against an independent validator of GitHub's own description."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot import check_runs
from bot.accounts import Person, convert_manifest
from bot.client import GitHubApp, GitHubClient
from bot.diff import MalformedDiff
from bot.errors import GitHubRefused, GitHubUnavailable
from bot.identity import Repository
from bot.intents import CommentKind
from bot.settings import Settings, load_settings
from tests.conformance.prism import Proxy, refusal, running_prism

NOW = datetime(2026, 11, 28, tzinfo=UTC)
LONG_AGO = datetime(2012, 1, 1, tzinfo=UTC)
SHA = "6dcb09b5b57875f334f61aebed695e2e4193db5e"

TEXT = "Content of the comment"
COMMENT = {"path": "service.py", "line": 9, "start_line": 7, "side": "RIGHT", "start_side": "RIGHT", "body": TEXT}
REVIEW = {"commit_id": SHA, "event": "COMMENT", "body": TEXT, "comments": [COMMENT]}
ANNOTATION = {
    "path": "service.py",
    "start_line": 3,
    "end_line": 4,
    "annotation_level": "failure",
    "title": "Lazy load in async code",
    "message": TEXT,
    "raw_details": TEXT,
}


def annotated(count: int, **more: object) -> check_runs.Payload:
    output = {"title": "t", "summary": "s", "annotations": [ANNOTATION] * count}
    return {"status": "completed", "conclusion": "failure", "output": output, **more}


def _garbled(call: Callable[[], object], error: type[Exception]) -> None:
    """The examples of these answers are cut short in the description itself, and that is seen."""
    with pytest.raises(error):
        call()


APP: dict[str, Callable[[GitHubApp], object]] = {
    "create_token": lambda app: app.repository(1, Repository(1296269, "octocat/Hello-World")).token_for_git(),
    "describe": lambda app: app.describe(),
    "hook_config": lambda app: app.hook_config(),
    "check_identity": lambda app: app.check_identity(),
    "get_installation": lambda app: app.get_installation(1),
    "list_installations": lambda app: app.list_installations(),
    "list_failed_deliveries": lambda app: app.list_failed_deliveries(NOW),
    "list_deliveries": lambda app: list(app.list_deliveries(LONG_AGO)),
    "redeliver": lambda app: app.redeliver(12345678),
}
CLIENT: dict[str, Callable[[GitHubClient], object]] = {
    "token_for_git": lambda client: client.token_for_git(),
    "get_pull": lambda client: client.get_pull(1347),
    "list_pull_files": lambda client: _garbled(lambda: client.list_pull_files(1347), MalformedDiff),
    "read_file": lambda client: _garbled(lambda: client.read_file("README.md", "main"), GitHubUnavailable),
    "get_git_commit": lambda client: client.get_git_commit(SHA),
    "may_write_code": lambda client: client.may_write_code(),
    "list_threads": lambda client: client.list_threads(1347, write=False),
    "set_resolved": lambda client: client.set_resolved("PRRT_1", resolved=True),
    "create_commit": lambda client: client.create_commit(
        "feature", parent=SHA, files={"service.py": b"A = 1\n"}, headline="Apply fixes", body=TEXT
    ),
    "list_pulls_with_head": lambda client: client.list_pulls_with_head(SHA),
    "create_check_run": lambda client: client.create_check_run(check_runs.queued(SHA, "7", "https://example.com/7")),
    "update_check_run": lambda client: client.update_check_run(4, annotated(50, actions=[check_runs.FIX_BUTTON])),
    "find_check_runs": lambda client: client.find_check_runs(SHA, check_runs.NAME),
    "list_annotations": lambda client: client.list_annotations(4),
    "create_review": lambda client: client.create_review(1347, REVIEW),
    "list_reviews": lambda client: client.list_reviews(1347),
    "list_review_comments": lambda client: client.list_review_comments(1347),
    "update_review_comment": lambda client: client.update_review_comment(10, TEXT),
    "delete_review_comment": lambda client: client.delete_review_comment(10),
    "reply_to_review_comment": lambda client: client.reply_to_review_comment(1347, 10, TEXT),
    "create_issue_comment": lambda client: client.create_issue_comment(1347, TEXT),
    "update_issue_comment": lambda client: client.update_issue_comment(10, TEXT),
    "list_issue_comments": lambda client: client.list_issue_comments(1347),
    "add_reaction": lambda client: client.add_reaction(CommentKind.REVIEW, 10, "eyes"),
    "permission_of": lambda client: client.permission_of("octocat"),
}
PERSON: dict[str, Callable[[Person], object]] = {
    "account": lambda person: person.account(),
    "repositories": lambda person: person.repositories(),
    "can_read": lambda person: person.can_read(1296269),
}
UNDESCRIBED = {"can_read"}
"""Repositories can be had by id, and GitHub itself redirects to that after a renaming, without describing it."""
UNACCEPTABLE: dict[str, Callable[[GitHubClient], object]] = {
    "51 annotations": lambda client: client.update_check_run(4, annotated(51)),
    "an unknown conclusion": lambda client: client.update_check_run(4, annotated(1, conclusion="good")),
    "an unknown reaction": lambda client: client.add_reaction(CommentKind.ISSUE, 10, "thumbs"),
    "a label that is too long": lambda client: client.update_check_run(
        4, annotated(1, actions=[{**check_runs.FIX_BUTTON, "label": "x" * 21}])
    ),
    "a commit that follows none": lambda client: client.create_commit(
        "feature",
        parent=None,  # type: ignore[arg-type]
        files={},
        headline="Apply fixes",
        body=TEXT,
    ),
    "a comment without a text": lambda client: client.create_review(1347, {**REVIEW, "comments": [{"path": "a.py"}]}),
}


@pytest.fixture(scope="module")
def prism() -> Iterator[Proxy]:
    with running_prism() as proxy:
        yield proxy


@pytest.fixture
def settings(prism: Proxy, private_key: str, tmp_path: Path) -> Settings:
    prism.calls.clear()
    return load_settings(
        _env_file=None,
        webhook_secret="hush",
        app_id=1,
        slug="octoapp",
        private_key=private_key,
        github_url=prism.url,
        data_dir=tmp_path,
        seconds_between_writes=0,
    )


@pytest.fixture
def app(settings: Settings) -> GitHubApp:
    return GitHubApp(settings)


def public(kind: type) -> set[str]:
    return {name for name, _ in inspect.getmembers(kind, inspect.isfunction) if not name.startswith("_")}


def test_no_call_is_left_out() -> None:
    assert public(GitHubApp) - {"repository"} == APP.keys()
    assert public(GitHubClient) == CLIENT.keys()
    assert public(Person) == PERSON.keys()


@pytest.mark.parametrize("name", APP)
def test_calls_of_the_app(app: GitHubApp, prism: Proxy, name: str) -> None:
    APP[name](app)
    assert prism.calls
    assert [refusal(call) for call in prism.calls if call.status >= 400] == []


@pytest.mark.parametrize("name", CLIENT)
def test_calls_in_a_repository(app: GitHubApp, prism: Proxy, name: str) -> None:
    CLIENT[name](app.repository(1, Repository(1296269, "octocat/Hello-World")))
    assert prism.calls
    assert [refusal(call) for call in prism.calls if call.status >= 400] == []


@pytest.mark.parametrize("name", PERSON)
def test_calls_for_a_person(settings: Settings, prism: Proxy, name: str) -> None:
    PERSON[name](Person(settings, SecretStr("of somebody")))
    refusals = [refusal(call) for call in prism.calls if call.status >= 400]
    if name in UNDESCRIBED:
        assert all("no path matched" in told for told in refusals)
    else:
        assert refusals == []
    assert prism.calls


def test_the_call_that_makes_an_app(settings: Settings, prism: Proxy) -> None:
    assert convert_manifest(settings.github_url, "code").slug
    assert [(call.method, call.status) for call in prism.calls] == [("POST", 201)]


@pytest.mark.parametrize("name", UNACCEPTABLE)
def test_the_validator_refuses_what_github_would(app: GitHubApp, prism: Proxy, name: str) -> None:
    with pytest.raises((GitHubRefused, GitHubUnavailable)):
        UNACCEPTABLE[name](app.repository(1, Repository(1296269, "octocat/Hello-World")))
    assert prism.calls[-1].status == 422
