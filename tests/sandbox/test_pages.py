"""The pages a person reads and uses."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
import urllib3

from bot.sandbox.pages.markdown import render
from tests.sandbox.world import World


def get(hub: World, path: str) -> Any:
    return urllib3.request("GET", hub.state.url + path, retries=False)


def text(hub: World, path: str = "/acme/shop/pull/1") -> str:
    answer = get(hub, path)
    assert answer.status == 200, answer.data
    body: str = answer.data.decode()
    return body


def post(hub: World, path: str, *, origin: str = "", **fields: str) -> int:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if origin:
        headers["Origin"] = origin
    answer = urllib3.request(
        "POST", hub.state.url + path, body=urlencode(fields), headers=headers, retries=False, redirect=False
    )
    return answer.status


def suggest(hub: World) -> int:
    comment = {"path": "app/service.py", "line": 5, "body": "Better:\n```suggestion\nline_5 = 5\n```"}
    body = {"event": "COMMENT", "body": "One **finding**.", "comments": [comment]}
    assert hub.repo("POST", "/pulls/1/reviews", body).status == 200
    return max(hub.state.review_comments)


def test_the_first_page_lists_pull_requests(hub: World) -> None:
    hub.repo("POST", "/check-runs", {"name": "Greenlatch", "head_sha": hub.pull.head_sha, "conclusion": "failure"})

    page = text(hub, "/")

    assert "acme/shop" in page
    assert "Change the service" in page
    assert "Greenlatch: failure" in page


def test_a_comment_stands_under_its_line_with_the_suggestion_as_a_diff(hub: World) -> None:
    suggest(hub)

    page = text(hub)

    row = page.index("+line_5 = 500")
    assert row < page.index("Better:") < page.index("+line_5b = 501")
    assert '<span class="removed">-line_5 = 500\n</span><span class="added">+line_5 = 5\n</span>' in page
    assert "One <strong>finding</strong>." in page


def test_the_button_commits_the_suggestion(hub: World) -> None:
    comment = suggest(hub)
    path = f"/acme/shop/pull/1/suggestions/{comment}"

    assert post(hub, path, actor="ann") == 303

    assert b"line_5 = 5\n" in hub.repository.git.file(hub.pull.head_sha, "app/service.py")
    assert "This suggestion is outdated." in text(hub)
    assert post(hub, path, actor="ann") == 409


def test_a_person_comments_and_is_heard(hub: World) -> None:
    assert post(hub, "/acme/shop/pull/1/comment", body="/greenlatch rescan", actor="bob") == 303

    assert "/greenlatch rescan" in text(hub)
    assert hub.state.webhooks.wait_idle()
    (received,) = hub.hooks.named("issue_comment.created")
    assert received.payload["comment"]["user"]["login"] == "bob"


def test_threads_are_answered_and_resolved(hub: World) -> None:
    suggest(hub)
    (thread,) = hub.state.threads.values()
    path = f"/acme/shop/pull/1/threads/{thread.id}"

    assert post(hub, path, body="Thank you.", actor="ann") == 303
    assert post(hub, path, do="resolve", actor="ann") == 303

    assert "Thank you." in text(hub)
    assert thread.resolved_by is not None
    assert post(hub, path, do="unresolve", actor="ann") == 303
    assert thread.resolved_by is None


def test_check_runs_show_their_findings_and_buttons(hub: World) -> None:
    annotation = {"path": "app/service.py", "start_line": 6, "end_line": 6, "annotation_level": "failure"}
    output = {"title": "One finding", "summary": "It **fails**.", "annotations": [{**annotation, "message": "Here."}]}
    actions = [{"label": "Apply fixes", "description": "Commit the safe fixes", "identifier": "fix"}]
    body = {"name": "Greenlatch", "head_sha": hub.pull.head_sha, "conclusion": "failure", "output": output}
    run = hub.repo("POST", "/check-runs", {**body, "actions": actions}).body
    hub.told()

    for page in (text(hub), text(hub, f"/acme/shop/runs/{run['id']}")):
        assert "It <strong>fails</strong>." in page
        assert "app/service.py:6" in page
        assert "Apply fixes" in page
    assert 'id="L6"' in text(hub, f"/acme/shop/blob/{hub.pull.head_sha}/app/service.py")
    assert post(hub, f"/acme/shop/runs/{run['id']}", actor="ann") == 303
    assert post(hub, f"/acme/shop/runs/{run['id']}", identifier="fix", actor="ann") == 303
    assert post(hub, f"/acme/shop/runs/{run['id']}", identifier="other") == 409
    assert hub.told() == ["check_run.rerequested", "check_run.requested_action"]


def test_a_pull_request_is_closed_and_opened(hub: World) -> None:
    for action, name in [("draft", "converted_to_draft"), ("ready", "ready_for_review"), ("close", "closed")]:
        assert post(hub, "/acme/shop/pull/1/state", do=action) == 303
        assert hub.told() == [f"pull_request.{name}"]
    assert post(hub, "/acme/shop/pull/1/state", do="burn") == 400


def test_deliveries_are_shown_and_repeated(hub: World) -> None:
    hub.scenario.comment(hub.pull, "Hello.", actor="bob")
    assert hub.state.webhooks.wait_idle()
    (first,) = hub.hooks.named("issue_comment.created")
    assert first.headers["X-GitHub-Delivery"] in text(hub, "/deliveries")

    assert post(hub, f"/deliveries/{max(hub.state.deliveries)}") == 302
    assert hub.told() == ["issue_comment.created"] * 2


def test_other_sites_cannot_press_buttons(hub: World) -> None:
    fields = {"body": "/greenlatch rescan"}

    assert post(hub, "/acme/shop/pull/1/comment", origin="http://evil.example", **fields) == 403
    assert post(hub, "/acme/shop/pull/1/comment", origin=hub.state.url, **fields) == 303
    assert len(hub.state.issue_comments) == 1


def test_nothing_that_was_typed_becomes_markup(hub: World) -> None:
    evil = "<script>alert(1)</script>"
    hub.scenario.edit(hub.pull, title=evil, body=evil)
    hub.scenario.push(hub.pull, {"evil.py": f"{evil}\n"})
    hub.scenario.comment(hub.pull, f"{evil} <img src=x onerror=alert(1)> [x](javascript:alert(1))", actor="bob")
    hub.scenario.review_comment(hub.pull, "evil.py", 1, f"```suggestion\n{evil}\n```", actor="bob")

    answer = get(hub, "/acme/shop/pull/1")
    page = answer.data.decode()

    assert "<script" not in page
    assert "<img" not in page
    assert 'href="javascript' not in page
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert get(hub, "/static/style.css").status == 200


def test_what_is_not_there_is_not_found(hub: World) -> None:
    for path in ("/acme/shop/pull/9", "/acme/none", "/acme/shop/runs/1", "/acme/shop/blob/main/no.py"):
        assert get(hub, path).status == 404


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a <!-- hidden --> b", "<p>a  b</p>\n"),
        ("<!-- hidden -->\n", "\n"),
        (
            "<details><summary>More</summary>\n\ntext\n\n</details>",
            "<details><summary>More</summary>\n<p>text</p>\n</details>",
        ),
        ('<details onclick="x">', "&lt;details onclick=&#34;x&#34;&gt;"),
        ("a `<b>` c", "<p>a <code>&lt;b&gt;</code> c</p>\n"),
    ],
)
def test_html_in_markdown(source: str, expected: str) -> None:
    assert render(source) == expected
