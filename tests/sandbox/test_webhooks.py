"""How events reach the app: signed, recorded, again on request, and to whom."""

from __future__ import annotations

import hashlib
import hmac

from bot.sandbox.events import ping
from bot.sandbox.webhooks import signature
from tests.sandbox.world import World, eventually


def test_the_signature_is_the_documented_one() -> None:
    expected = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"

    assert signature("It's a Secret to Everybody", b"Hello, World!") == expected


def test_a_delivery_is_signed_over_its_bytes(hub: World) -> None:
    hub.scenario.comment(hub.pull, "Hello.", actor="bob")
    assert hub.state.webhooks.wait_idle()
    (received,) = hub.hooks.got

    digest = hmac.new(hub.app.webhook_secret.encode(), received.body, hashlib.sha256).hexdigest()
    assert received.headers["X-Hub-Signature-256"] == f"sha256={digest}"
    assert received.headers["X-GitHub-Event"] == "issue_comment"
    assert received.headers["User-Agent"].startswith("GitHub-Hookshot/")
    assert received.payload["installation"]["id"] == hub.installation.id
    assert received.payload["organization"]["login"] == "acme"


def test_failed_deliveries_are_listed_and_sent_again_with_their_guid(hub: World) -> None:
    hub.hooks.status = 500
    hub.scenario.comment(hub.pull, "Hello.", actor="bob")
    assert hub.state.webhooks.wait_idle()
    app = hub.app_jwt()

    (failed,) = hub.call("GET", "/app/hook/deliveries?status=failure", token=app).body
    assert (failed["status_code"], failed["event"], failed["action"]) == (500, "issue_comment", "created")
    detail = hub.call("GET", f"/app/hook/deliveries/{failed['id']}", token=app).body
    assert detail["request"]["payload"]["comment"]["body"] == "Hello."

    hub.hooks.status = 202
    assert hub.call("POST", f"/app/hook/deliveries/{failed['id']}/attempts", token=app).status == 202
    eventually(lambda: len(hub.hooks.got) == 2)
    first, second = hub.hooks.got
    assert first.headers["X-GitHub-Delivery"] == second.headers["X-GitHub-Delivery"] == failed["guid"]
    assert first.body == second.body
    assert hub.state.webhooks.wait_idle()
    newest = hub.call("GET", "/app/hook/deliveries?per_page=1", token=app)
    again = newest.body[0]
    assert (again["guid"], again["redelivery"], again["status"]) == (failed["guid"], True, "OK")
    assert "cursor=" in newest.headers["Link"]


def test_an_app_that_is_away_counts_as_failed(hub: World) -> None:
    hub.app.webhook_url = "http://127.0.0.1:9/webhook"
    hub.scenario.comment(hub.pull, "Hello.", actor="bob")
    assert hub.state.webhooks.wait_idle()

    (delivery,) = hub.call("GET", "/app/hook/deliveries?per_page=1", token=hub.app_jwt()).body
    assert delivery["status_code"] == 0
    assert delivery["status"].startswith("failed to connect")


def test_deliveries_can_be_doubled_reordered_and_forged(hub: World) -> None:
    webhooks = hub.state.webhooks
    webhooks.hold()
    first, second = (hub.scenario.comment(hub.pull, text, actor="bob") for text in ("First.", "Second."))
    assert hub.hooks.got == []
    webhooks.release(newest_first=True)
    assert webhooks.wait_idle()
    assert [each.payload["comment"]["id"] for each in hub.hooks.got] == [second.id, first.id]

    made = next(each for each in hub.state.deliveries.values() if each.event == "issue_comment")
    again = webhooks.duplicate(hub.app, made)
    webhooks.forge(hub.app, made, X_Hub_Signature_256=None)
    webhooks.forge(hub.app, made, body=b"{}")
    assert webhooks.wait_idle()
    assert again.guid == made.guid
    doubled, unsigned, altered = hub.hooks.got[2:]
    assert doubled.body == made.body
    assert "X-Hub-Signature-256" not in unsigned.headers
    assert altered.headers["X-Hub-Signature-256"] == made.headers["X-Hub-Signature-256"]
    assert altered.body == b"{}"


def test_events_need_subscription_and_permission(hub: World) -> None:
    hub.installation.events.remove("issue_comment")
    hub.scenario.comment(hub.pull, "Unheard.", actor="bob")
    assert hub.told() == []

    hub.installation.permissions["pull_requests"] = "write"
    del hub.installation.permissions["contents"]
    hub.scenario.push(hub.pull, {"x.py": "x = 1\n"})
    assert hub.told() == ["check_suite.requested", "pull_request.synchronize"]


def test_no_event_comes_from_elsewhere(hub: World) -> None:
    other = hub.scenario.create_repository("acme/till", {"a.py": "a = 1\n"})
    hub.scenario.open_pull(other, "feature", title="Unseen", files={"a.py": "a = 2\n"})
    assert hub.told() == []

    hub.scenario.suspend(hub.installation)
    hub.scenario.comment(hub.pull, "Unheard.", actor="bob")
    assert hub.told() == ["installation.suspend"]


def test_ping_has_no_action(hub: World) -> None:
    ping(hub.state, hub.app)

    assert hub.told() == ["ping"]


def test_the_hook_is_configured_by_the_api(hub: World) -> None:
    config = hub.call("GET", "/app/hook/config", token=hub.app_jwt()).body
    assert config["url"] == hub.hooks.url
    assert config["secret"] == "********"

    answer = hub.call("PATCH", "/app/hook/config", {"secret": "another secret"}, token=hub.app_jwt())
    assert answer.status == 200
    hub.scenario.comment(hub.pull, "Hello.", actor="bob")
    assert hub.state.webhooks.wait_idle()
    received = hub.hooks.got[-1]
    assert received.headers["X-Hub-Signature-256"] == signature("another secret", received.body)


def test_an_unknown_filter_is_refused(hub: World) -> None:
    assert hub.call("GET", "/app/hook/deliveries?status=broken", token=hub.app_jwt()).status == 422
