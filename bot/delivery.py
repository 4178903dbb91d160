"""One webhook delivery: is it from GitHub, and what does it carry."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.errors import UserError
from bot.identity import Repository

MAX_BODY_BYTES = 25 * 1024 * 1024
"""GitHub delivers nothing larger."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """`guid` is the same for every redelivery of one event; `action` is empty for events that have none."""

    guid: str
    event: str
    action: str
    payload: Mapping[str, Any]
    installation_id: int | None = None
    repository: Repository | None = None


def verify_signature(secret: bytes, body: bytes, header: str | None) -> bool:
    """Whether `header` (`X-Hub-Signature-256`) was made with `secret` over exactly these bytes; in constant time."""
    if not secret:
        raise ValueError("an empty secret would accept everybody")
    expected = "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()
    return header is not None and hmac.compare_digest(expected.encode(), header.encode("utf-8", "replace"))


def parse_delivery(headers: Mapping[str, str], body: bytes) -> Delivery:
    """Reads a request whose signature was verified. Header names may be in any case."""
    lower = {name.lower(): value for name, value in headers.items()}
    return delivery_of(_header(lower, "X-GitHub-Delivery"), _header(lower, "X-GitHub-Event"), _payload(lower, body))


def delivery_of(guid: str, event: str, payload: Mapping[str, Any]) -> Delivery:
    """The delivery that a stored guid, event name and payload stand for."""
    return Delivery(
        guid=guid,
        event=event,
        action=_text(payload.get("action")),
        payload=payload,
        installation_id=_identifier(payload.get("installation")),
        repository=_repository(payload.get("repository")),
    )


def _header(headers: Mapping[str, str], name: str) -> str:
    value = headers.get(name.lower(), "").strip()
    if not value:
        raise UserError(
            "missing-header", f"the request has no `{name}` header", hint="GitHub sends it with every event"
        )
    return value


def _payload(headers: Mapping[str, str], body: bytes) -> Mapping[str, Any]:
    content_type = headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if content_type != "application/json":
        raise UserError(
            "not-json",
            f"the content type is `{content_type}`",
            hint="set the webhook's content type to `application/json`",
        )
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UserError("not-json", "the body is not JSON", hint="GitHub sends one JSON object") from error
    if not isinstance(payload, dict):
        raise UserError("not-json", "the body is JSON, but not an object", hint="GitHub sends one JSON object")
    return payload


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _identifier(value: object) -> int | None:
    number = value.get("id") if isinstance(value, Mapping) else None
    return number if isinstance(number, int) and not isinstance(number, bool) else None


def _repository(value: object) -> Repository | None:
    number = _identifier(value)
    name = _text(value.get("full_name")) if isinstance(value, Mapping) else ""
    return Repository(number, name) if number is not None and name else None
