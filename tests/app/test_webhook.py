"""The receiver: what comes from GitHub is stored once and queued; everything else is refused with a reason."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr
from sqlalchemy import select
from werkzeug.test import TestResponse

from app import create_app
from bot.errors import UserError
from bot.settings import Settings, load_settings
from tests.conftest import SECRET
from workers.models import Delivery, DeliveryState
from workers.queue import DELIVERIES, Ticket
from workers.services import Services

PING = json.dumps({"zen": "Keep it logically awesome.", "hook_id": 1}).encode()


@pytest.fixture
def application(services: Services) -> Flask:
    return create_app(services.settings)


@pytest.fixture
def web(application: Flask) -> FlaskClient:
    return application.test_client()


def sign(body: bytes, secret: str = SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


WRONG_SIGNATURES = [
    None,
    "",
    "sha256=",
    "sha256=" + "0" * 64,
    "sha1=" + "0" * 40,
    "sha256=é",
    sign(PING, "another secret"),
    sign(PING + b" "),
]


def post(web: FlaskClient, body: bytes = PING, **headers: str | None) -> TestResponse:
    fixed = {
        "Content-Type": "application/json",
        "X-GitHub-Event": "ping",
        "X-GitHub-Delivery": "guid-1",
        "X-Hub-Signature-256": sign(body),
    }
    given = fixed | {name.replace("_", "-"): value for name, value in headers.items()}
    return web.post("/webhook", data=body, headers={name: value for name, value in given.items() if value is not None})


def stored(services: Services) -> list[Delivery]:
    with services.database.transaction() as session:
        return list(session.scalars(select(Delivery)))


def test_a_signed_event_is_stored_and_queued(web: FlaskClient, services: Services) -> None:
    answer = post(web)
    assert (answer.status_code, answer.json) == (202, {"delivery": "guid-1", "status": "stored"})
    (row,) = stored(services)
    assert (row.guid, row.event, row.state) == ("guid-1", "ping", DeliveryState.RECEIVED)
    assert services.queues.carries(Ticket(DELIVERIES, row.id, 1))


def test_the_same_event_twice_is_one_row_and_one_job(web: FlaskClient, services: Services) -> None:
    post(web)
    assert post(web).status_code == 202
    assert len(stored(services)) == 1
    assert services.queues.lengths()["deliveries"] == 1


def test_a_redelivery_of_what_is_done_queues_nothing(web: FlaskClient, services: Services) -> None:
    post(web)
    services.inbox.finish(1, DeliveryState.DONE, "scan 1")
    services.queues.redis.flushall()
    answer = post(web)
    assert (answer.status_code, answer.json) == (202, {"delivery": "guid-1", "status": "known"})
    assert services.queues.lengths()["deliveries"] == 0


@pytest.mark.parametrize(
    "signature",
    [
        None,
        "",
        "sha256=",
        "sha256=" + "0" * 64,
        "sha1=" + "0" * 40,
        sign(PING, "another secret"),
        sign(PING + b" "),
        "sha256=é",
    ],
)
def test_a_wrong_signature_is_refused_and_not_stored(
    web: FlaskClient, services: Services, signature: str | None
) -> None:
    assert post(web, X_Hub_Signature_256=signature).status_code == 401
    assert stored(services) == []


def test_an_altered_body_is_refused(web: FlaskClient) -> None:
    assert post(web, PING.replace(b"1", b"2"), X_Hub_Signature_256=sign(PING)).status_code == 401


@pytest.mark.parametrize("body", [b"", b"no json", b"[1]", b'"text"', b"\xff\xfe", b'{"a":' * 5000])
def test_what_is_no_json_object_is_refused_with_a_reason(web: FlaskClient, services: Services, body: bytes) -> None:
    answer = post(web, body)
    assert answer.status_code == 400
    assert answer.json
    assert "JSON" in answer.json["error"]
    assert stored(services) == []


@pytest.mark.parametrize("name", ["X_GitHub_Event", "X_GitHub_Delivery"])
def test_a_missing_header_is_named(web: FlaskClient, name: str) -> None:
    answer = post(web, PING, **{name: None})
    assert answer.status_code == 400
    assert answer.json
    assert name.replace("_", "-") in answer.json["error"]


def test_a_form_is_refused(web: FlaskClient) -> None:
    assert post(web, b"payload=%7B%7D", Content_Type="application/x-www-form-urlencoded").status_code == 400


def test_a_body_beyond_githubs_limit_is_refused_unread(web: FlaskClient, services: Services) -> None:
    assert post(web, b" " * (25 * 1024 * 1024 + 1)).status_code == 413
    assert stored(services) == []


def test_an_unknown_event_is_stored_too(web: FlaskClient, services: Services) -> None:
    assert post(web, b"{}", X_GitHub_Event="brand_new").status_code == 202
    assert [row.event for row in stored(services)] == ["brand_new"]


def test_without_redis_nothing_is_lost(make_settings: Callable[..., Settings], services: Services) -> None:
    settings = make_settings(redis_url="redis://127.0.0.1:9/0")
    assert post(create_app(settings).test_client()).status_code == 202
    assert [row.state for row in stored(services)] == [DeliveryState.RECEIVED]


def test_without_a_database_github_is_told_to_send_it_again(make_settings: Callable[..., Settings]) -> None:
    settings = make_settings(database_url="postgresql://greenlatch@127.0.0.1:9/greenlatch")
    assert post(create_app(settings).test_client()).status_code == 503


def test_only_post_is_taken(web: FlaskClient) -> None:
    assert web.get("/webhook").status_code == 405


def test_it_does_not_start_without_a_secret(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    for name in ("GREENLATCH_WEBHOOK_SECRET", "GREENLATCH_APP_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GREENLATCH_APP_ID", "7")
    with pytest.raises(UserError, match="GREENLATCH_WEBHOOK_SECRET"):
        create_app()
    with pytest.raises(UserError, match="GREENLATCH_WEBHOOK_SECRET"):
        load_settings(webhook_secret="", app_id=7)


def test_two_secrets_are_taken_while_one_follows_the_other(services: Services) -> None:
    rotating = services.settings.model_copy(update={"previous_webhook_secret": SecretStr("the one before")})
    web = create_app(rotating).test_client()
    assert post(web).status_code == 202
    assert post(web, X_Hub_Signature_256=sign(PING, "the one before")).status_code == 202
    assert post(web, X_Hub_Signature_256=sign(PING, "another")).status_code == 401


def test_a_new_secret_is_taken_from_its_file_without_a_restart(
    make_settings: Callable[..., Settings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    """And one that cannot be used changes nothing."""
    for name, value in make_settings(database_url=database_url).model_dump().items():
        if name in ("app_id", "redis_url", "data_dir", "github_url"):
            monkeypatch.setenv(f"GREENLATCH_{name.upper()}", str(value))
    monkeypatch.setenv("GREENLATCH_DATABASE_URL", database_url)
    folder = tmp_path / "secrets"
    folder.mkdir()
    monkeypatch.setenv("GREENLATCH_SECRETS_DIR", str(folder))
    secret = folder / "greenlatch_webhook_secret"
    secret.write_text("first secret")
    (folder / "greenlatch_private_key").write_text(make_settings().private_key_pem.get_secret_value())
    web = create_app().test_client()
    assert post(web, X_Hub_Signature_256=sign(PING, "first secret")).status_code == 202
    secret.write_text("second secret")
    assert post(web, X_Hub_Signature_256=sign(PING, "second secret")).status_code == 202
    assert post(web, X_Hub_Signature_256=sign(PING, "first secret")).status_code == 401
    secret.write_text("")
    assert post(web, X_Hub_Signature_256=sign(PING, "second secret")).status_code == 202
