"""Each call of the client, held once against an independent validator of GitHub's own description."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot import check_runs
from bot.client import GitHubApp, GitHubClient
from bot.errors import GitHubRefused, GitHubUnavailable
from bot.identity import Repository
from bot.intents import CommentKind
from bot.settings import load_settings
from tests.conformance.prism import Proxy, refusal, running_prism

NOW = datetime(2026, 11, 28, tzinfo=UTC)
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


APP: dict[str, Callable[[GitHubApp], object]] = {
    "create_token": lambda app: app.repository(1, Repository(1296269, "octocat/Hello-World")).token_for_git(),
    "check_identity": lambda app: app.check_identity(),
    "get_installation": lambda app: app.get_installation(1),
    "list_installations": lambda app: app.list_installations(),
    "list_failed_deliveries": lambda app: app.list_failed_deliveries(NOW),
    "redeliver": lambda app: app.redeliver(12345678),
}
CLIENT: dict[str, Callable[[GitHubClient], object]] = {
    "token_for_git": lambda client: client.token_for_git(),
    "get_pull": lambda client: client.get_pull(1347),
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
UNACCEPTABLE: dict[str, Callable[[GitHubClient], object]] = {
    "51 annotations": lambda client: client.update_check_run(4, annotated(51)),
    "an unknown conclusion": lambda client: client.update_check_run(4, annotated(1, conclusion="good")),
    "an unknown reaction": lambda client: client.add_reaction(CommentKind.ISSUE, 10, "thumbs"),
    "a label that is too long": lambda client: client.update_check_run(
        4, annotated(1, actions=[{**check_runs.FIX_BUTTON, "label": "x" * 21}])
    ),
    "a comment without a text": lambda client: client.create_review(1347, {**REVIEW, "comments": [{"path": "a.py"}]}),
}


@pytest.fixture(scope="module")
def prism() -> Iterator[Proxy]:
    with running_prism() as proxy:
        yield proxy


@pytest.fixture
def app(prism: Proxy, private_key: str, tmp_path: Path) -> GitHubApp:
    prism.calls.clear()
    return GitHubApp(
        load_settings(
            _env_file=None,
            webhook_secret="hush",
            app_id=1,
            slug="octoapp",
            private_key=private_key,
            github_url=prism.url,
            data_dir=tmp_path,
            seconds_between_writes=0,
        )
    )


def public(kind: type) -> set[str]:
    return {name for name, _ in inspect.getmembers(kind, inspect.isfunction) if not name.startswith("_")}


def test_no_call_is_left_out() -> None:
    assert public(GitHubApp) - {"repository"} == APP.keys()
    assert public(GitHubClient) == CLIENT.keys()


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


@pytest.mark.parametrize("name", UNACCEPTABLE)
def test_the_validator_refuses_what_github_would(app: GitHubApp, prism: Proxy, name: str) -> None:
    with pytest.raises((GitHubRefused, GitHubUnavailable)):
        UNACCEPTABLE[name](app.repository(1, Repository(1296269, "octocat/Hello-World")))
    assert prism.calls[-1].status == 422
