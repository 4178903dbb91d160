"""What people do, and which webhooks tell of it; the payloads themselves are held against the description."""

from __future__ import annotations

from typing import Any

import pytest

from bot.sandbox.suggestions import NotAppliableError
from tests.sandbox.world import World


def test_a_push_is_told_three_times(hub: World) -> None:
    hub.scenario.push(hub.pull, {"x.py": "x = 1\n"}, actor="ann")

    assert hub.told() == ["push", "check_suite.requested", "pull_request.synchronize"]


def test_a_pull_request_of_a_fork_has_no_check_suite(hub: World) -> None:
    fork = hub.scenario.fork(hub.repository, "eve")
    pull = hub.scenario.open_pull(
        hub.repository, "evil", title="From a fork", author="eve", files={"e.py": "e = 1\n"}, head_repository=fork
    )
    assert hub.told() == ["pull_request.opened"]

    hub.scenario.push(pull, {"e.py": "e = 2\n"})
    assert hub.told() == ["pull_request.synchronize"]
    run = hub.repo("POST", "/check-runs", {"name": "Greenlatch", "head_sha": pull.head_sha}).body
    assert run["pull_requests"] == []


def test_a_force_push_is_marked(hub: World) -> None:
    hub.scenario.force_push(hub.pull, {"x.py": "x = 1\n"}, actor="ann")

    assert hub.state.webhooks.wait_idle()
    (push,) = hub.hooks.named("push")
    assert push.payload["forced"] is True
    assert hub.repo("GET", "/pulls/1").body["commits"] == 1


@pytest.mark.parametrize(
    ("act", "name"),
    [
        ("convert_to_draft", "pull_request.converted_to_draft"),
        ("ready_for_review", "pull_request.ready_for_review"),
        ("close", "pull_request.closed"),
        ("reopen", "pull_request.reopened"),
    ],
)
def test_the_state_of_a_pull_request_is_told(hub: World, act: str, name: str) -> None:
    getattr(hub.scenario, act)(hub.pull)

    assert hub.told() == [name]


def test_a_closed_pull_request_follows_its_branch_no_more(hub: World) -> None:
    old = hub.pull.head_sha
    hub.scenario.close(hub.pull)
    hub.scenario.push(hub.pull, {"x.py": "x = 1\n"})

    assert hub.repo("GET", "/pulls/1").body["head"]["sha"] == old


def test_a_new_base_is_told_with_the_old_one(hub: World) -> None:
    hub.scenario.commit(hub.repository, "next", {"n.py": "n = 1\n"}, parent="main")
    hub.told()
    old = hub.pull.base_sha

    hub.scenario.change_base(hub.pull, "next")

    assert hub.state.webhooks.wait_idle()
    (edited,) = hub.hooks.named("pull_request.edited")
    assert edited.payload["changes"]["base"] == {"ref": {"from": "main"}, "sha": {"from": old}}
    assert edited.payload["pull_request"]["base"]["ref"] == "next"


def test_the_merge_queue_asks_for_checks_of_its_commit(hub: World) -> None:
    group = hub.scenario.enqueue(hub.pull)

    assert hub.told() == ["pull_request.enqueued", "check_suite.requested", "merge_group.checks_requested"]
    assert hub.repository.git.read_commit(group.head_sha).parents == (hub.pull.base_sha, hub.pull.head_sha)
    assert group.head_ref.startswith("refs/heads/gh-readonly-queue/main/pr-1-")
    assert hub.repo("POST", "/check-runs", {"name": "Greenlatch", "head_sha": group.head_sha}).status == 201
    hub.told()

    hub.scenario.dequeue(hub.pull, reason="invalidated")
    assert hub.told() == ["pull_request.dequeued", "merge_group.destroyed"]


def test_a_merge_closes_and_moves_the_base(hub: World) -> None:
    sha = hub.scenario.merge(hub.pull, actor="ann")

    assert hub.repo("GET", "/commits/main").body["sha"] == sha
    body = hub.repo("GET", "/pulls/1").body
    assert (body["merged"], body["state"], body["merged_by"]["login"]) == (True, "closed", "ann")


def test_installations_come_and_go(hub: World) -> None:
    other = hub.scenario.create_repository("acme/till", {"a.py": "a = 1\n"})
    hub.scenario.add_to_installation(hub.installation, [other])
    hub.scenario.remove_from_installation(hub.installation, [other])
    hub.scenario.accept_permissions(hub.installation, {"metadata": "read"})
    hub.scenario.uninstall(hub.installation)
    hub.scenario.install(hub.app, "acme")

    assert hub.told() == [
        "installation_repositories.added",
        "installation_repositories.removed",
        "installation.new_permissions_accepted",
        "installation.deleted",
        "installation.created",
    ]


def test_a_deleted_repository_is_gone(hub: World) -> None:
    hub.scenario.delete_repository(hub.repository)

    assert hub.told() == ["installation_repositories.removed"]
    assert hub.repo("GET", "/pulls/1").status == 404


def test_threads_are_resolved_by_people(hub: World) -> None:
    comment = hub.scenario.review_comment(hub.pull, "app/service.py", 5, "Why?", actor="bob")
    hub.scenario.reply(comment, "Because.", actor="ann")
    hub.scenario.resolve(comment.thread, actor="ann")
    hub.scenario.unresolve(comment.thread, actor="bob")

    assert hub.told() == [
        "pull_request_review_comment.created",
        "pull_request_review_comment.created",
        "pull_request_review_thread.resolved",
        "pull_request_review_thread.unresolved",
    ]


def suggest(hub: World, line: int, text: str, **more: Any) -> Any:
    comment = {"path": "app/service.py", "line": line, "body": f"Better:\n\n```suggestion\n{text}```\n", **more}
    answer = hub.repo("POST", "/pulls/1/reviews", {"event": "COMMENT", "comments": [comment]})
    assert answer.status == 200
    return list(hub.state.review_comments.values())[-1]


def service(hub: World) -> str:
    return hub.repository.git.file(hub.pull.head_sha, "app/service.py").decode()


def test_a_suggestion_replaces_exactly_its_lines(hub: World) -> None:
    before = service(hub)
    comment = suggest(hub, 6, "    five = 5\n    six = 6\n\n", start_line=5)

    sha = hub.scenario.commit_suggestions([comment], actor="ann")

    expected = before.replace("line_5 = 500\nline_5b = 501\n", "    five = 5\n    six = 6\n\n")
    assert service(hub) == expected
    assert hub.pull.head_sha == sha
    assert hub.repository.git.read_commit(sha).author.name == "ann"


def test_an_empty_suggestion_deletes_and_several_are_one_commit(hub: World) -> None:
    before = service(hub)
    chosen = [suggest(hub, 5, ""), suggest(hub, 41, "line_40 = 4\n")]

    hub.scenario.commit_suggestions(chosen, actor="ann")

    assert service(hub) == before.replace("line_5 = 500\n", "").replace("line_40 = 400", "line_40 = 4")
    assert hub.repo("GET", "/pulls/1").body["commits"] == 2


def test_suggestions_that_github_would_not_apply(hub: World) -> None:
    unchanged = suggest(hub, 5, "line_5 = 500\n")
    useful = suggest(hub, 5, "line_5 = 5\n")
    plain = hub.scenario.review_comment(hub.pull, "app/service.py", 5, "Why?", actor="bob")
    removed = suggest(hub, 5, "x\n", side="LEFT")
    before = hub.pull.head_sha

    for chosen in ([unchanged], [plain], [removed], [useful, useful]):
        with pytest.raises(NotAppliableError):
            hub.scenario.commit_suggestions(chosen)
    assert hub.pull.head_sha == before

    hub.scenario.commit_suggestions([useful], actor="ann")
    with pytest.raises(NotAppliableError, match="outdated"):
        hub.scenario.commit_suggestions([unchanged])
    hub.scenario.close(hub.pull)
    with pytest.raises(NotAppliableError, match="closed"):
        hub.scenario.commit_suggestions([useful])


def test_a_suggestion_keeps_carriage_returns_and_a_missing_newline(hub: World) -> None:
    hub.scenario.push(hub.pull, {"app/service.py": "a = 1\r\nb = 2"})
    comments = [suggest(hub, 1, "a = 10\r\n"), suggest(hub, 2, "b = 20\n")]

    hub.scenario.commit_suggestions(comments, actor="ann")

    assert service(hub) == "a = 10\r\nb = 20"


def test_a_fence_may_be_longer_than_those_in_the_code(hub: World) -> None:
    hub.scenario.push(hub.pull, {"app/service.py": "doc = 1\n"})
    body = "````suggestion\n```\ndoc = 2\n```\n````\n"
    comment = hub.scenario.review_comment(hub.pull, "app/service.py", 1, body, actor="bob")

    hub.scenario.commit_suggestions([comment], actor="ann")

    assert service(hub) == "```\ndoc = 2\n```\n"


def test_a_push_lists_what_came_to_its_branch(hub: World) -> None:
    head = hub.pull.head_sha
    merged = hub.scenario.merge(hub.pull, actor="ann")
    assert hub.state.webhooks.wait_idle()

    (push,) = hub.hooks.named("push")

    assert [(one["id"], one["distinct"]) for one in push.payload["commits"]] == [(head, False), (merged, True)]
    assert push.payload["commits"][0]["removed"] == ["app/old.py"]


def test_a_deleted_branch_closes_its_pull_request(hub: World) -> None:
    hub.scenario.delete_branch(hub.repository, "feature", actor="ann")

    assert hub.told() == ["push", "pull_request.closed"]
    assert hub.repo("GET", "/pulls/1").body["state"] == "closed"
