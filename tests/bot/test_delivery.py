"""Signatures and the reading of deliveries."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest

from bot.delivery import parse_delivery, verify_signature
from bot.errors import UserError
from bot.identity import Repository

SECRET = b"It's a Secret to Everybody"
BODY = b"Hello, World!"
DOCUMENTED = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
HEADERS = {"X-GitHub-Event": "pull_request", "X-GitHub-Delivery": "guid-1", "Content-Type": "application/json"}


def test_githubs_documented_signature_is_accepted() -> None:
    assert verify_signature(SECRET, BODY, DOCUMENTED)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        DOCUMENTED[:-1],
        DOCUMENTED.removeprefix("sha256="),
        DOCUMENTED.upper(),
        "sha256=" + "0" * 64,
        "sha256=é",
        "sha1=" + hmac.new(SECRET, BODY, hashlib.sha1).hexdigest(),
    ],
)
def test_any_other_signature_is_refused(header: str | None) -> None:
    assert not verify_signature(SECRET, BODY, header)


def test_one_changed_byte_is_noticed() -> None:
    assert not verify_signature(SECRET, b"Hello, World?", DOCUMENTED)


def test_an_empty_secret_verifies_nothing() -> None:
    with pytest.raises(ValueError, match="empty secret"):
        verify_signature(b"", BODY, DOCUMENTED)


def test_the_fields_of_a_delivery() -> None:
    payload = {
        "action": "opened",
        "installation": {"id": 5},
        "repository": {"id": 7, "full_name": "acme/arena"},
    }
    delivery = parse_delivery({name.upper(): value for name, value in HEADERS.items()}, json.dumps(payload).encode())
    assert (delivery.guid, delivery.event, delivery.action) == ("guid-1", "pull_request", "opened")
    assert (delivery.installation_id, delivery.repository) == (5, Repository(7, "acme/arena"))
    assert delivery.payload == payload


def test_an_event_without_action_installation_and_repository() -> None:
    delivery = parse_delivery(HEADERS, b'{"zen": "Keep it logically awesome."}')
    assert (delivery.action, delivery.installation_id, delivery.repository) == ("", None, None)


@pytest.mark.parametrize(
    ("headers", "body", "reference"),
    [
        ({"X-GitHub-Event": ""}, b"{}", "missing-header"),
        ({"X-GitHub-Delivery": ""}, b"{}", "missing-header"),
        ({"Content-Type": "application/x-www-form-urlencoded"}, b"payload=%7B%7D", "not-json"),
        ({}, b"{", "not-json"),
        ({}, b"[]", "not-json"),
        ({}, b'"text"', "not-json"),
        ({}, b"\xff\xfe{}", "not-json"),
        ({}, b"[" * 100_000, "not-json"),
    ],
)
def test_what_is_no_delivery_is_told(headers: dict[str, str], body: bytes, reference: str) -> None:
    with pytest.raises(UserError) as error:
        parse_delivery(HEADERS | headers, body)
    assert error.value.reference == reference
