"""What people see when a page cannot be shown: one sentence, in the dress and with the protections of all others."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from tests.web.world import World
from workers.history import History
from workers.sign_ins import SignIns

HUGE = 10**30


def look(client: FlaskClient, address: str) -> TestResponse:
    return client.get(address, headers={"Accept": "text/html"})


def broken(error: Exception) -> object:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


@pytest.fixture
def reader(world: World) -> FlaskClient:
    """As in production: what is raised becomes an answer."""
    world.scan()
    world.application.config["PROPAGATE_EXCEPTIONS"] = False
    return world.somebody("reed")


@pytest.mark.parametrize(
    "address",
    [
        f"/scans/{HUGE}",
        f"/scans/{2**63}",
        f"/repositories/octo/app/pulls/{HUGE}",
        f"/repositories/octo/app/pulls/{2**31}",
        "/scans/1/",
        "/rules/%00",
        "/repositories/%00/app",
    ],
)
def test_what_cannot_be_is_not_there(reader: FlaskClient, address: str) -> None:
    answer = look(reader, address)
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text


def test_a_delivery_that_cannot_be_is_not_run(world: World) -> None:
    assert world.somebody("olive").post(f"/deliveries/{HUGE}/runs").status_code == 404


@pytest.mark.parametrize("address", ["/", "/scans/1", "/rules/", "/nothing"])
def test_without_a_database_the_page_says_so(
    reader: FlaskClient, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    """To tell it, nobody has to be looked up in it."""
    monkeypatch.setattr(SignIns, "find", broken(OperationalError("SELECT", {}, Exception("disk I/O error"))))
    answer = look(reader, address)
    assert answer.status_code in (503, 404)
    assert "The database does not answer" in answer.text or address == "/nothing"
    assert "disk" not in answer.text
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_a_fault_of_ours_is_told_as_one(reader: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(History, "repository", broken(RuntimeError("secret of the code")))
    answer = look(reader, "/repositories/octo/app")
    assert answer.status_code == 500
    assert "written to the log" in answer.text
    assert "secret" not in answer.text
