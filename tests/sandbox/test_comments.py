"""The conversation: comments, reactions, and who may do what."""

from __future__ import annotations

from tests.sandbox.world import World


def test_a_comment_is_written_read_edited_and_deleted(hub: World) -> None:
    created = hub.repo("POST", "/issues/1/comments", {"body": "Hello."})
    assert created.status == 201
    assert created.headers["Location"] == created.body["url"]
    assert created.body["user"]["type"] == "Bot"
    path = f"/issues/comments/{created.body['id']}"

    assert hub.repo("PATCH", path, {"body": "Hello again."}).body["body"] == "Hello again."
    assert hub.repo("GET", "/issues/1/comments").body[0]["body"] == "Hello again."
    assert hub.repo("DELETE", path).status == 204
    assert hub.repo("GET", path).status == 404
    assert hub.told() == ["issue_comment.created", "issue_comment.edited", "issue_comment.deleted"]


def test_a_comment_without_a_fit_body_is_refused(hub: World) -> None:
    bodies: list[dict[str, object]] = [{"body": "x" * 65_537}, {"body": "  "}, {}, {"body": 3}]
    for body in bodies:
        assert hub.repo("POST", "/issues/1/comments", body).status == 422


def test_what_is_no_json_is_a_bad_request(hub: World) -> None:
    assert hub.repo("POST", "/issues/1/comments", b"{not json").status == 400


def test_nobody_edits_what_others_wrote(hub: World) -> None:
    comment = hub.scenario.comment(hub.pull, "Mine.", actor="bob")

    assert hub.repo("PATCH", f"/issues/comments/{comment.id}", {"body": "Yours."}).status == 403


def test_a_reaction_is_given_once(hub: World) -> None:
    comment = hub.scenario.comment(hub.pull, "/greenlatch rescan", actor="bob")
    path = f"/issues/comments/{comment.id}/reactions"

    assert hub.repo("POST", path, {"content": "eyes"}).status == 201
    assert hub.repo("POST", path, {"content": "eyes"}).status == 200
    assert hub.repo("POST", path, {"content": "thumbsup"}).status == 422
    (reaction,) = hub.repo("GET", path).body
    assert reaction["content"] == "eyes"
    assert hub.repo("DELETE", f"{path}/{reaction['id']}").status == 204


def test_review_comments_take_reactions_too(hub: World) -> None:
    comment = hub.scenario.review_comment(hub.pull, "app/service.py", 5, "Why?", actor="bob")

    assert hub.repo("POST", f"/pulls/comments/{comment.id}/reactions", {"content": "rocket"}).status == 201
    assert hub.repo("GET", f"/pulls/comments/{comment.id}").body["reactions"]["rocket"] == 1


def test_roles_become_permissions(hub: World) -> None:
    found = {}
    for login in ("acme", "meg", "ann", "bob"):
        answer = hub.repo("GET", f"/collaborators/{login}/permission").body
        found[login] = (answer["permission"], answer["role_name"])

    assert found == {
        "acme": ("admin", "admin"),
        "meg": ("write", "maintain"),
        "ann": ("write", "write"),
        "bob": ("read", "read"),
    }


def test_a_stranger_has_no_permission(hub: World) -> None:
    hub.scenario.user("eve")

    assert hub.repo("GET", "/collaborators/eve/permission").body["permission"] == "none"
    assert hub.repo("GET", "/collaborators/nobody/permission").status == 404
