"""Who may ask for what: app tokens, installation tokens, their hour, their repositories, their permissions."""

from __future__ import annotations

from tests.sandbox.world import World


def test_an_app_is_known_by_its_jwt(hub: World) -> None:
    answer = hub.call("GET", "/app", token=hub.app_jwt())

    assert answer.status == 200
    assert answer.body["slug"] == "greenlatch"


def test_a_jwt_outside_its_bounds_is_refused(hub: World) -> None:
    now = int(hub.clock().timestamp())
    cases: list[tuple[dict[str, object], str]] = [
        ({"exp": now}, "'exp'"),
        ({"exp": now + 601}, "too far in the future"),
        ({"exp": None}, "'exp'"),
        ({"iat": now + 120}, "'iat'"),
        ({"iss": "7"}, "Integration not found"),
    ]
    for claims, reason in cases:
        answer = hub.call("GET", "/app", token=hub.app_jwt(**claims))
        assert answer.status == 401, claims
        assert reason in answer.body["message"]
    assert hub.call("GET", "/app", token=hub.app_jwt(exp=now + 600)).status == 200


def test_a_jwt_of_another_key_is_refused(hub: World) -> None:
    hub.app.private_key = hub.state.add_app("other").private_key

    assert hub.call("GET", "/app", token=hub.app_jwt()).status == 401


def test_each_kind_of_token_opens_only_its_own_doors(hub: World) -> None:
    assert hub.call("GET", "/app", token=hub.token).status == 401
    assert hub.repo("GET", "", token=hub.app_jwt()).status == 401
    assert hub.repo("GET", "", token="").status == 401
    assert hub.repo("GET", "", token="ghs_made_up").status == 401


def test_a_token_is_long_and_lives_for_an_hour(hub: World) -> None:
    assert 500 < len(hub.token) < 540
    assert hub.token.startswith(f"ghs_{hub.app.id}_")
    assert {".", "-"} <= set(hub.token)

    hub.clock.advance(minutes=59)
    assert hub.repo("GET", "").status == 200
    hub.clock.advance(minutes=1)
    assert hub.repo("GET", "").status == 401


def test_a_token_never_holds_more_than_was_granted(hub: World) -> None:
    path = f"/app/installations/{hub.installation.id}/access_tokens"
    answer = hub.call("POST", path, {"permissions": {"merge_queues": "write"}}, token=hub.app_jwt())

    assert answer.status == 422
    assert "not granted" in answer.body["message"]


def test_a_token_of_one_repository_sees_no_other(hub: World) -> None:
    other = hub.scenario.create_repository("acme/till", {"a.py": "a = 1\n"})
    hub.scenario.add_to_installation(hub.installation, [other])

    token = hub.new_token(repository_ids=[hub.repository.id])

    assert hub.repo("GET", "", token=token).status == 200
    assert hub.call("GET", "/repos/acme/till", token=token).status == 404
    assert hub.call("GET", "/repos/acme/till").status == 200
    listed = hub.call("GET", "/installation/repositories", token=token).body
    assert [each["name"] for each in listed["repositories"]] == ["shop"]


def test_a_token_cannot_be_scoped_to_a_repository_outside_the_installation(hub: World) -> None:
    other = hub.scenario.create_repository("else/where", {"a.py": "a = 1\n"})

    path = f"/app/installations/{hub.installation.id}/access_tokens"
    answer = hub.call("POST", path, {"repository_ids": [other.id]}, token=hub.app_jwt())

    assert answer.status == 422
    assert hub.call("GET", "/repos/else/where").status == 404


def test_a_missing_permission_is_named(hub: World) -> None:
    token = hub.new_token(permissions={"contents": "read"})

    answer = hub.repo("POST", "/check-runs", {"name": "x", "head_sha": hub.pull.head_sha}, token=token)

    assert answer.status == 403
    assert answer.body["message"] == "Resource not accessible by integration"
    assert answer.headers["X-Accepted-GitHub-Permissions"] == "checks=write"


def test_reading_does_not_allow_writing(hub: World) -> None:
    token = hub.new_token(permissions={"pull_requests": "read"})

    assert hub.repo("GET", "/pulls/1", token=token).status == 200
    assert hub.repo("POST", "/issues/1/comments", {"body": "hi"}, token=token).status == 403


def test_a_suspended_or_removed_installation_is_shut_out(hub: World) -> None:
    path = f"/app/installations/{hub.installation.id}/access_tokens"
    hub.scenario.suspend(hub.installation)
    assert hub.repo("GET", "").status == 403
    assert hub.call("POST", path, {}, token=hub.app_jwt()).status == 403

    hub.scenario.unsuspend(hub.installation)
    assert hub.repo("GET", "").status == 200

    hub.scenario.uninstall(hub.installation)
    assert hub.repo("GET", "").status == 401
    assert hub.call("POST", path, {}, token=hub.app_jwt()).status == 404


def test_the_installation_of_a_repository_is_found(hub: World) -> None:
    answer = hub.repo("GET", "/installation", token=hub.app_jwt())

    assert answer.body["id"] == hub.installation.id
    assert hub.call("GET", "/app/installations", token=hub.app_jwt()).body[0]["id"] == hub.installation.id


def test_the_hour_has_a_limit(hub: World) -> None:
    first = hub.repo("GET", "")
    assert int(first.headers["X-RateLimit-Remaining"]) < hub.state.rate_limit

    hub.state.rate_limit = 1
    answer = hub.repo("GET", "")
    assert answer.status == 403
    assert answer.headers["X-RateLimit-Remaining"] == "0"
    assert "API rate limit exceeded" in answer.body["message"]

    hub.clock.advance(minutes=61)
    assert hub.repo("GET", "", token=hub.new_token()).status == 200


def test_a_client_must_name_itself_and_a_known_version(hub: World) -> None:
    assert hub.repo("GET", "", headers={"User-Agent": ""}).status == 403
    assert hub.repo("GET", "", headers={"X-GitHub-Api-Version": "2021-01-01"}).status == 400
