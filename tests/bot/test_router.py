"""What each event asks for. The payloads have GitHub's shape and only the fields that are read."""

from __future__ import annotations

from typing import Any

import pytest

from bot.commands import Command, CommandName, Misunderstood
from bot.delivery import delivery_of
from bot.errors import UserError
from bot.identity import AppIdentity, Repository
from bot.intents import (
    ApplyFixes,
    CancelMergeGroup,
    CancelScans,
    CommentKind,
    ForgetInstallation,
    Ignore,
    Intent,
    RecordInstallation,
    RefreshConfiguration,
    RequestScan,
    RescanHead,
    RunCommand,
    ScanMergeGroup,
)
from bot.router import route

Json = dict[str, Any]

ME = AppIdentity(42, "greenlatch")
ARENA = Repository(7, "acme/arena")
HEAD, BASE = "a" * 40, "b" * 40

PERSON = {"login": "ada", "type": "User"}
OURSELVES = {"login": "greenlatch[bot]", "type": "Bot"}
COMMON: Json = {
    "repository": {"id": 7, "full_name": "acme/arena", "default_branch": "main"},
    "installation": {"id": 5},
    "sender": PERSON,
}
PULL: Json = {
    "number": 12,
    "state": "open",
    "draft": False,
    "merged": False,
    "user": {"login": "grace"},
    "head": {"sha": HEAD, "ref": "topic", "repo": None},
    "base": {"sha": BASE, "ref": "main", "repo": {"id": 7}},
}


def routed(event: str, payload: Json) -> list[Intent]:
    return route(delivery_of("guid", event, COMMON | payload), ME)


def pull_request(action: str, pull: Json | None = None, **more: Any) -> list[Intent]:
    return routed("pull_request", {"action": action, "number": 12, "pull_request": PULL | (pull or {}), **more})


def scan(reason: str) -> RequestScan:
    return RequestScan(ARENA, 5, 12, HEAD, BASE, "main", reason)


@pytest.mark.parametrize(
    ("action", "reason"),
    [
        ("opened", "opened"),
        ("reopened", "reopened"),
        ("synchronize", "new commits"),
        ("ready_for_review", "ready for review"),
    ],
)
def test_new_commits_ask_for_a_scan(action: str, reason: str) -> None:
    assert pull_request(action) == [scan(reason)]


def test_commits_that_we_pushed_ourselves_are_scanned_too() -> None:
    assert pull_request("synchronize", sender=OURSELVES) == [scan("new commits")]


def test_a_draft_waits() -> None:
    assert pull_request("opened", {"draft": True}) == [Ignore("a draft is scanned when it is ready for review")]


def test_a_late_event_of_a_closed_pull_request() -> None:
    assert pull_request("synchronize", {"state": "closed"}) == [Ignore("the pull request is closed")]


def test_another_base_is_another_diff() -> None:
    changes = {"base": {"ref": {"from": "develop"}, "sha": {"from": "c" * 40}}}
    assert pull_request("edited", changes=changes) == [scan("base changed from develop to main")]


def test_another_title_changes_nothing() -> None:
    assert pull_request("edited", changes={"title": {"from": "old"}}) == [Ignore("edited, with the same base")]


@pytest.mark.parametrize(
    ("action", "pull", "reason"),
    [
        ("closed", {"state": "closed"}, "closed"),
        ("closed", {"state": "closed", "merged": True}, "merged"),
        ("converted_to_draft", {"draft": True}, "converted to draft"),
    ],
)
def test_nobody_waits_any_more(action: str, pull: Json, reason: str) -> None:
    assert pull_request(action, pull) == [CancelScans(ARENA, 12, reason)]


def check_run(action: str, *, app: int = 42, pulls: Any = (), button: str = "") -> list[Intent]:
    run = {"head_sha": HEAD, "external_id": "scan-9", "app": {"id": app}, "pull_requests": pulls}
    pressed = {"requested_action": {"identifier": button}} if button else {}
    return routed("check_run", {"action": action, "check_run": run, **pressed})


HERE = {"number": 12, "base": {"repo": {"id": 7}}}
IN_A_FORK = {"number": 3, "base": {"repo": {"id": 8}}}


def test_a_run_is_asked_for_again() -> None:
    again = RescanHead(ARENA, 5, HEAD, "scan-9", (12,), "re-run by ada")
    assert check_run("rerequested", pulls=[HERE, IN_A_FORK]) == [again]


def test_a_run_of_a_fork_names_no_pull_request() -> None:
    assert check_run("rerequested") == [RescanHead(ARENA, 5, HEAD, "scan-9", (), "re-run by ada")]


def test_a_run_without_an_external_id() -> None:
    run: Json = {"head_sha": HEAD, "external_id": None, "app": {"id": 42}, "pull_requests": []}
    assert routed("check_run", {"action": "rerequested", "check_run": run}) == [
        RescanHead(ARENA, 5, HEAD, "", (), "re-run by ada")
    ]


def test_the_run_of_another_app_is_not_ours() -> None:
    assert check_run("rerequested", app=43) == [Ignore("a check of another app")]


def test_our_own_progress_is_no_news() -> None:
    assert check_run("completed") == [Ignore("no use for the action `completed` of `check_run`")]


def test_the_button_that_applies_fixes() -> None:
    assert check_run("requested_action", pulls=[HERE], button="apply-fixes") == [
        ApplyFixes(ARENA, 5, HEAD, "scan-9", (12,), "ada")
    ]


def test_a_button_that_we_do_not_have() -> None:
    assert check_run("requested_action", button="merge") == [Ignore("no button of ours: `merge`")]


def test_a_suite_is_asked_for_again() -> None:
    suite = {"head_sha": HEAD, "app": {"id": 42}, "pull_requests": [HERE]}
    assert routed("check_suite", {"action": "rerequested", "check_suite": suite}) == [
        RescanHead(ARENA, 5, HEAD, "", (12,), "re-run by ada")
    ]


def comment(body: str, *, action: str = "created", on_pull: bool = True, author: Json = PERSON) -> list[Intent]:
    issue: Json = {"number": 12, "user": {"login": "grace"}}
    if on_pull:
        issue["pull_request"] = {"url": "https://api.github.com/repos/acme/arena/pulls/12"}
    payload = {"action": action, "issue": issue, "comment": {"id": 99, "body": body, "user": author}, "sender": author}
    return routed("issue_comment", payload)


def test_a_command_in_the_conversation() -> None:
    command = Command(CommandName.RESCAN)
    asked = RunCommand(ARENA, 5, 12, command, CommentKind.ISSUE, 99, "ada", is_pull_author=False)
    assert comment("/greenlatch rescan") == [asked]


def test_the_author_of_the_pull_request_is_known() -> None:
    (asked,) = comment("/greenlatch rescan", author={"login": "grace", "type": "User"})
    assert isinstance(asked, RunCommand)
    assert asked.is_pull_author


def test_a_typo_is_handed_on_to_be_answered() -> None:
    (asked,) = comment("/greenlatch rescn")
    assert isinstance(asked, RunCommand)
    assert isinstance(asked.command, Misunderstood)


@pytest.mark.parametrize(
    ("intents", "reason"),
    [
        (comment("nice work"), "a comment without commands"),
        (comment("/greenlatch rescan", action="edited"), "no use for the action `edited` of `issue_comment`"),
        (comment("/greenlatch rescan", on_pull=False), "a comment on an issue"),
        (comment("/greenlatch help", author=OURSELVES), "our own comment"),
        (comment("/greenlatch rescan", author={"login": "other[bot]", "type": "Bot"}), "a comment of a bot"),
    ],
)
def test_comments_that_command_nothing(intents: list[Intent], reason: str) -> None:
    assert intents == [Ignore(reason)]


def test_a_command_under_a_line_of_the_diff() -> None:
    payload = {
        "action": "created",
        "comment": {"id": 98, "body": "/greenlatch ignore 0123abcd tested", "user": PERSON, "in_reply_to_id": 97},
        "pull_request": PULL,
    }
    command = Command(CommandName.IGNORE, "0123abcd", "tested")
    asked = RunCommand(ARENA, 5, 12, command, CommentKind.REVIEW, 98, "ada", is_pull_author=False)
    assert routed("pull_request_review_comment", payload) == [asked]


QUEUE_REF = "refs/heads/gh-readonly-queue/main/pr-12-b"
GROUP = {"head_sha": HEAD, "head_ref": QUEUE_REF, "base_sha": BASE, "base_ref": "main"}


def test_the_merge_queue_waits_for_a_check() -> None:
    (asked,) = routed("merge_group", {"action": "checks_requested", "merge_group": GROUP})
    assert asked == ScanMergeGroup(ARENA, 5, 12, HEAD, QUEUE_REF, BASE, "main")


def test_a_merge_group_is_destroyed() -> None:
    payload = {"action": "destroyed", "merge_group": GROUP, "reason": "dequeued"}
    assert routed("merge_group", payload) == [CancelMergeGroup(ARENA, HEAD, "dequeued")]


def push(ref: str, after: str = HEAD, *, path: str = ".github/greenlatch.yml", how: str = "modified") -> list[Intent]:
    commits = [{"added": [], "modified": [], "removed": []}, {how: [path, "README.md"]}]
    return routed("push", {"ref": ref, "after": after, "before": BASE, "commits": commits})


@pytest.mark.parametrize("how", ["added", "modified", "removed"])
@pytest.mark.parametrize("path", [".github/greenlatch.yml", "pyproject.toml"])
def test_a_new_configuration_on_the_default_branch(path: str, how: str) -> None:
    assert push("refs/heads/main", path=path, how=how) == [RefreshConfiguration(ARENA, 5)]


def test_other_changes_of_the_default_branch() -> None:
    wanted = [Ignore("a push that leaves the configuration as it is")]
    assert push("refs/heads/main", path="docs/greenlatch.yml") == wanted


@pytest.mark.parametrize(
    ("ref", "after"), [("refs/heads/topic", HEAD), ("refs/tags/main", HEAD), ("refs/heads/main", "0" * 40)]
)
def test_other_pushes(ref: str, after: str) -> None:
    assert push(ref, after) == [Ignore("a push to another branch than the default one")]


def installation(action: str, **more: Any) -> list[Intent]:
    account = {"id": 5, "account": {"login": "acme"}, "suspended_at": more.pop("suspended_at", None)}
    payload = {"action": action, "installation": account, "sender": PERSON, **more}
    event = "installation_repositories" if "repositories_added" in more else "installation"
    return route(delivery_of("guid", event, payload), ME)


def test_the_app_is_installed_suspended_and_removed() -> None:
    arena = {"id": 7, "full_name": "acme/arena", "private": True}
    assert installation("created", repositories=[arena]) == [RecordInstallation(5, "acme", False, (ARENA,))]
    assert installation("suspend", suspended_at="2026-01-01T00:00:00Z") == [RecordInstallation(5, "acme", True)]
    assert installation("unsuspend") == [RecordInstallation(5, "acme", False)]
    assert installation("deleted") == [ForgetInstallation(5, "acme")]


def test_repositories_come_and_go() -> None:
    gone = {"id": 8, "full_name": "acme/old"}
    arena = {"id": 7, "full_name": "acme/arena"}
    intents = installation("added", repositories_added=[arena], repositories_removed=[gone])
    assert intents == [RecordInstallation(5, "acme", False, (ARENA,), (Repository(8, "acme/old"),))]


def test_ping_has_neither_action_nor_installation() -> None:
    assert route(delivery_of("guid", "ping", {"zen": "Design for failure.", "hook_id": 1}), ME) == [
        Ignore("ping: the webhook works")
    ]


def test_events_that_nobody_handles() -> None:
    assert routed("star", {"action": "created"}) == [Ignore("no use for the event `star`")]
    assert pull_request("labeled") == [Ignore("no use for the action `labeled` of `pull_request`")]


def test_a_payload_without_what_it_must_have() -> None:
    payload = {"action": "opened", "number": 12, "pull_request": {"head": {"sha": HEAD}, "base": "main"}}
    with pytest.raises(UserError) as error:
        route(delivery_of("guid", "pull_request", payload), ME)
    assert error.value.reference == "payload-incomplete"
    assert "pull_request.base.sha" in error.value.message
    assert "installation.id" in error.value.message


def test_a_ghost_has_no_account() -> None:
    assert comment("/greenlatch help", author=None)[0] == RunCommand(  # type: ignore[arg-type]
        ARENA, 5, 12, Command(CommandName.HELP), CommentKind.ISSUE, 99, "ghost", is_pull_author=False
    )
