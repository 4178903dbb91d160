"""Each payload that GitHub's users publish as an example is stored, and comes to an end that can be read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app import create_app
from bot.delivery import delivery_of
from bot.errors import UserError
from bot.identity import AppIdentity
from bot.router import route
from bot.sandbox.server import SandboxServer
from bot.sandbox.state import SandboxState
from bot.settings import Settings
from tests.app.test_webhook import post, sign
from tests.sandbox.description import poorer_examples, published_examples
from workers import deliveries, scan
from workers.models import Delivery, DeliveryState, Scan
from workers.services import Services

Json = dict[str, Any]


def as_an_app_gets_it(payload: Json) -> Json:
    """Of our own installation and our own checks: as far as it can be, each is ours to handle."""
    ours = {**payload, "installation": {**(payload.get("installation") or {}), "id": 5}}
    for name in ("check_run", "check_suite"):
        if isinstance(ours.get(name), dict):
            ours[name] = {**ours[name], "app": {"id": 7}}
    if isinstance(ours.get("comment"), dict):
        ours["comment"] = {**ours["comment"], "body": "/greenlatch rescan\n/greenlatch fix\n/greenlatch nonsense"}
    return ours


@pytest.fixture
def settings(make_settings: Callable[..., Settings], tmp_path: Path) -> Iterator[Settings]:
    """GitHub is there, and knows none of what the examples speak of."""
    with SandboxServer(SandboxState(tmp_path / "github")) as server:
        yield make_settings(github_url=server.url, slug="greenlatch")


@pytest.fixture(scope="session")
def database_kind() -> str:
    """The stricter one about what fits into a column."""
    return "postgresql"


@pytest.fixture
def application(services: Services) -> Flask:
    return create_app(services.settings)


def test_every_example_comes_to_an_end(services: Services, application: Flask) -> None:
    web, answers = application.test_client(), {}
    for number, (event, example) in enumerate(published_examples()):
        body = json.dumps(as_an_app_gets_it(example)).encode()
        headers = {"X-GitHub-Event": event, "X-GitHub-Delivery": f"guid-{number}", "X-Hub-Signature-256": sign(body)}
        answers[event, number] = post(web, body, **headers).status_code
    assert len(answers) > 300
    assert set(answers.values()) == {202}
    with services.database.transaction() as session:
        stored = [row for (row,) in session.query(Delivery.id)]
    for row in stored:
        deliveries.take(services, row)
    with services.database.transaction() as session:
        scans = [row for (row,) in session.query(Scan.id)]
    for row in scans:
        scan.run(services, row)
    with services.database.transaction() as session:
        left = session.query(Delivery).filter(Delivery.state == DeliveryState.RECEIVED).all()
        assert [(one.event, one.outcome) for one in left if not one.outcome] == []
        assert [one.id for one in session.query(Delivery) if not one.outcome] == []
        assert [one.id for one in session.query(Scan) if not one.reason] == []


NEVER_ABSENT = {"issue.number absent", "repository absent", "installation absent"}
"""The description lets them be, though no App has ever been sent an event of a repository without."""


def test_whatever_may_be_absent_or_null_is() -> None:
    """A fork that is gone, an account that is, a field of another version: what an event asks for can still be read."""
    me = AppIdentity(7, "greenlatch")
    wrong, tried = [], 0
    for event, payload, what in poorer_examples():
        if what in NEVER_ABSENT:
            continue
        tried += 1
        try:
            assert route(delivery_of("guid", event, as_an_app_gets_it(payload)), me)
        except UserError as error:
            wrong.append(f"{event}, {what}: {error.message}")
    assert tried > 10_000
    assert wrong == []
