"""The validator itself: it sees what the sandbox would get wrong, and lets pass what is right."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bot.sandbox.server import Exchange
from tests.sandbox.description import Validator, payload_problem, request_problem, response_problem
from tests.sandbox.world import World


@pytest.fixture
def exchange(hub: World) -> Exchange:
    """One that is right: a check run is created."""
    hub.repo("POST", "/check-runs", {"name": "Greenlatch", "head_sha": hub.pull.head_sha})
    assert hub.validator.last is not None
    return hub.validator.last


def changed(body: bytes, **values: object) -> bytes:
    shape = json.loads(body) | values
    return json.dumps({key: value for key, value in shape.items() if value is not ...}).encode()


def test_what_is_right_passes(exchange: Exchange) -> None:
    assert request_problem(exchange) is None
    assert response_problem(exchange) is None


@pytest.mark.parametrize("values", [{"head_sha": ...}, {"status": "done"}, {"conclusion": "fine"}])
def test_a_wrong_request_is_seen(exchange: Exchange, values: dict[str, object]) -> None:
    wrong = replace(exchange, request_body=changed(exchange.request_body, **values))

    assert request_problem(wrong) is not None


@pytest.mark.parametrize("values", [{"id": ...}, {"conclusion": "fine"}, {"output": {}}, {"started_at": "today"}])
def test_a_wrong_response_is_seen(exchange: Exchange, values: dict[str, object]) -> None:
    wrong = replace(exchange, response_body=changed(exchange.response_body, **values))

    assert response_problem(wrong) is not None


def test_an_unknown_path_is_seen(exchange: Exchange) -> None:
    assert request_problem(replace(exchange, path="/repos/acme/shop/check-ruins")) is not None


def test_kindness_is_a_violation_and_refusal_is_not(exchange: Exchange) -> None:
    validator = Validator()
    wrong = replace(exchange, request_body=b"{}")

    validator.exchange(wrong)
    assert "should have been refused" in str(validator.violations[0])

    refusal = json.dumps({"message": "Invalid request.", "documentation_url": "https://docs.github.com/rest"})
    strict = Validator()
    strict.exchange(replace(wrong, status=422, response_body=refusal.encode()))
    strict.assert_clean()
    with pytest.raises(AssertionError, match="check-runs -> 422"):
        strict.assert_clean(refused=True)


def test_a_wrong_payload_is_seen(hub: World) -> None:
    hub.scenario.comment(hub.pull, "Hello.", actor="bob")
    assert hub.state.webhooks.wait_idle()
    delivery = hub.state.deliveries[max(hub.state.deliveries)]
    assert payload_problem(delivery) is None

    assert payload_problem(replace(delivery, body=changed(delivery.body, comment=...))) is not None
    assert payload_problem(replace(delivery, body=changed(delivery.body, action="shouted"))) is not None
    assert payload_problem(replace(delivery, event="issue_commend")) is not None
    assert payload_problem(replace(delivery, headers={})) is not None
