"""Reviews and comments on lines: what stands, and each way in which one comment spoils the whole review."""

from __future__ import annotations

from typing import Any

from tests.sandbox.world import World

SERVICE = "app/service.py"


def review(hub: World, *comments: dict[str, Any], **more: Any) -> Any:
    body = {"event": "COMMENT", "body": "Read this.", "comments": list(comments), **more}
    return hub.repo("POST", "/pulls/1/reviews", body)


def on(line: int, path: str = SERVICE, **more: Any) -> dict[str, Any]:
    return {"path": path, "line": line, "body": "Look here.", **more}


def stored(hub: World) -> list[Any]:
    comments: list[Any] = hub.repo("GET", "/pulls/1/comments").body
    return comments


def test_a_review_holds_its_comments(hub: World) -> None:
    answer = review(hub, on(5), on(2, "app/new.py"), on(6, start_line=4, start_side="RIGHT", side="RIGHT"))

    assert answer.status == 200
    assert answer.body["state"] == "COMMENTED"
    assert answer.body["commit_id"] == hub.pull.head_sha
    first, second, ranged = stored(hub)
    assert (first["line"], first["side"], first["start_line"]) == (5, "RIGHT", None)
    assert first["diff_hunk"].endswith("-line_5 = 5\n+line_5 = 500")
    assert first["diff_hunk"].startswith("@@ -2,7 +2,8 @@")
    assert (second["path"], second["line"]) == ("app/new.py", 2)
    assert (ranged["start_line"], ranged["line"], ranged["start_side"]) == (4, 6, "RIGHT")
    listed = hub.repo("GET", f"/pulls/1/reviews/{answer.body['id']}/comments").body
    assert [each["id"] for each in listed] == [each["id"] for each in stored(hub)]


def test_the_context_of_a_hunk_can_be_commented_on(hub: World) -> None:
    for line in (2, 9, 38, 44):
        assert review(hub, on(line)).status == 200, line


def test_one_line_outside_the_hunks_refuses_all(hub: World) -> None:
    for line in (1, 10, 37, 45, 999):
        answer = review(hub, on(5), on(line))
        assert answer.status == 422, line
        assert answer.body["errors"] == [
            "Pull request review thread line must be part of the diff and "
            "Pull request review thread diff hunk can't be blank"
        ]
    assert stored(hub) == []
    assert hub.repo("GET", "/pulls/1/reviews").body == []


def test_removed_lines_are_on_the_left(hub: World) -> None:
    assert review(hub, on(5, side="LEFT")).status == 200
    assert review(hub, on(2, "app/old.py", side="LEFT")).status == 200
    assert review(hub, on(2, "app/old.py", side="RIGHT")).status == 422
    assert stored(hub)[0]["diff_hunk"].endswith("-line_5 = 5")


def test_a_range_stays_in_one_hunk(hub: World) -> None:
    answer = review(hub, on(41, start_line=5))

    assert answer.status == 422
    assert "start line must be part of the same hunk as the line." in answer.reasons


def test_a_range_starts_before_it_ends(hub: World) -> None:
    for start in (6, 7):
        answer = review(hub, on(6, start_line=start))
        assert answer.status == 422
        assert "start line must precede the end line." in answer.reasons


def test_a_range_may_lead_from_a_removed_line_to_an_added_one(hub: World) -> None:
    assert review(hub, on(6, side="RIGHT", start_line=5, start_side="LEFT")).status == 200
    assert review(hub, on(5, side="LEFT", start_line=6, start_side="RIGHT")).status == 422


def test_a_file_outside_the_diff_is_refused(hub: World) -> None:
    for path in ("README.md", "app/nowhere.py", "./app/service.py"):
        answer = review(hub, on(1, path))
        assert answer.status == 422
        assert "Pull request review thread path is invalid" in answer.reasons


def test_the_commit_belongs_to_the_pull_request(hub: World) -> None:
    for sha in (hub.pull.base_sha, "0" * 40, hub.pull.head_sha[:10]):
        answer = review(hub, on(5), commit_id=sha)
        assert answer.status == 422
        assert "The commitOID is not part of the pull request" in answer.reasons


def test_bodies_have_a_limit(hub: World) -> None:
    for length, status in ((65_536, 200), (65_537, 422)):
        assert review(hub, body="x" * length).status == status
        assert review(hub, on(5, body="x" * length)).status == status


def test_a_review_says_something(hub: World) -> None:
    assert review(hub, body="").status == 422
    assert review(hub, on(5), body="").status == 200
    assert review(hub, on(5, body="  ")).status == 422


def test_a_comment_has_no_other_keys(hub: World) -> None:
    answer = review(hub, on(5, subject_type="file"))

    assert answer.status == 422
    assert "is not a permitted key" in answer.body["message"]


def test_a_pending_review_is_seen_by_its_author_once_submitted(hub: World) -> None:
    pending = hub.repo("POST", "/pulls/1/reviews", {"body": "Later.", "comments": [on(5)]}).body
    assert pending["state"] == "PENDING"
    assert hub.told() == []
    assert review(hub).status == 422  # one pending review at a time

    done = hub.repo("POST", f"/pulls/1/reviews/{pending['id']}/events", {"event": "COMMENT"})
    assert done.body["state"] == "COMMENTED"
    assert hub.told() == ["pull_request_review.submitted", "pull_request_review_comment.created"]


def single(hub: World, **body: Any) -> Any:
    body = {"body": "Look.", "commit_id": hub.pull.head_sha, "path": SERVICE, **body}
    return hub.repo("POST", "/pulls/1/comments", body)


def test_a_single_comment_tells_which_field_is_wrong(hub: World) -> None:
    answer = single(hub, line=20, side="RIGHT")

    assert answer.status == 422
    fields = {each["field"]: each["code"] for each in answer.body["errors"]}
    assert fields == {
        "pull_request_review_thread.line": "custom",
        "pull_request_review_thread.diff_hunk": "missing_field",
    }


def test_a_changed_file_can_be_commented_on_as_a_whole(hub: World) -> None:
    answer = single(hub, subject_type="file")

    assert answer.status == 201
    assert answer.body["subject_type"] == "file"
    assert single(hub, subject_type="file", path="README.md").status == 422


def test_replies_stay_in_their_thread(hub: World) -> None:
    first = single(hub, line=5, side="RIGHT").body
    reply = hub.repo("POST", f"/pulls/1/comments/{first['id']}/replies", {"body": "Right."})

    assert reply.status == 201
    assert reply.body["in_reply_to_id"] == first["id"]
    assert reply.body["line"] == 5
    assert hub.repo("POST", f"/pulls/1/comments/{reply.body['id']}/replies", {"body": "No."}).status == 422


def test_comments_are_edited_and_deleted_by_their_author(hub: World) -> None:
    mine = single(hub, line=5, side="RIGHT").body
    theirs = hub.scenario.review_comment(hub.pull, SERVICE, 6, "I wonder.", actor="bob")

    assert hub.repo("PATCH", f"/pulls/comments/{mine['id']}", {"body": "Fixed."}).body["body"] == "Fixed."
    assert hub.repo("PATCH", f"/pulls/comments/{theirs.id}", {"body": "Mine now."}).status == 403
    assert hub.repo("DELETE", f"/pulls/comments/{mine['id']}").status == 204
    assert hub.repo("GET", f"/pulls/comments/{mine['id']}").status == 404


def test_a_comment_follows_its_line_and_is_outdated_when_it_changes(hub: World) -> None:
    review(hub, on(6), on(41), on(40, side="LEFT"))
    content = hub.repository.git.file(hub.pull.head_sha, SERVICE).decode()

    hub.scenario.push(hub.pull, {SERVICE: "# a new first line\n" + content.replace("line_5b = 501", "line_5b = 502")})

    changed, moved, left = stored(hub)
    assert (changed["line"], changed["position"], changed["original_line"]) == (None, None, 6)
    assert changed["commit_id"] == changed["original_commit_id"] != hub.pull.head_sha
    assert (moved["line"], moved["original_line"], moved["commit_id"]) == (42, 41, hub.pull.head_sha)
    assert left["line"] == 40


def test_an_older_commit_of_the_pull_request_has_its_own_diff(hub: World) -> None:
    old = hub.pull.head_sha
    hub.scenario.push(hub.pull, {"app/later.py": "later = 1\n"})

    assert review(hub, on(5), commit_id=old).status == 200
    assert review(hub, on(1, "app/later.py"), commit_id=old).status == 422
    assert review(hub, on(1, "app/later.py")).status == 200


def test_a_commit_that_was_force_pushed_away_is_no_longer_part(hub: World) -> None:
    old = hub.pull.head_sha
    hub.scenario.force_push(hub.pull, {"app/new.py": "one = 1\n"})

    assert review(hub, on(5), commit_id=old).status == 422
