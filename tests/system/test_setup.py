"""From an empty folder to the first review: the setup in a browser, on servers that were started without any App."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from playwright.sync_api import expect

from bot.manifest import EVENTS, PERMISSIONS
from bot.sandbox.run_children import Children
from bot.sandbox.run_stack import OURS, PYTHON, ROOT, fetch_health
from bot.sandbox.scenario import Scenario
from bot.sandbox.server import SandboxServer
from bot.sandbox.state import SandboxState
from tests.sandbox.description import Validator
from tests.system.browser import accessibility_problems, chromium, sign_in, window
from tests.system.conftest import free_port
from tests.system.stack import BASE, LAZY, SERVICE
from tests.waiting import wait_for

SECONDS = 120


@dataclass
class Fresh:
    state: SandboxState
    validator: Validator
    folder: Path
    url: str
    children: Children


@pytest.fixture
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fresh]:
    """A GitHub with one organization, and the web application in an empty folder."""
    monkeypatch.chdir(tmp_path)
    state, validator = SandboxState(tmp_path / "repositories"), Validator()
    state.webhooks.observer = validator.delivery
    port = free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    environment = kept | {
        "GREENLATCH_BIND": f"127.0.0.1:{port}",
        "GREENLATCH_SECONDS_BETWEEN_WRITES": "0",
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
    }
    with SandboxServer(state, observer=validator.exchange), Children(tmp_path / "log", environment) as children:
        Scenario(state).create_repository("octo/app", BASE, organization=True, roles={"wendy": "write"})
        gunicorn = [PYTHON, "-m", "gunicorn", "-c", str(ROOT / "workers" / "gunicorn_conf.py"), "app:create_app()"]
        children.start("web", gunicorn)
        url = f"http://127.0.0.1:{port}"
        children.wait_for(lambda: bool(fetch_health(url)), "the web application answers", seconds=SECONDS)
        yield Fresh(state, validator, tmp_path, url, children)


def test_from_the_button_to_the_first_review(fresh: Fresh) -> None:
    assert fetch_health(fresh.url)["status"] == "not configured"
    with chromium() as browser:
        context = window(browser)
        page = context.new_page()
        page.goto(fresh.url)
        page.get_by_label("GitHub", exact=True).fill(fresh.state.url)
        page.get_by_label("Organization").fill("octo")
        page.get_by_label("Name").fill("Latch of Octo")
        page.get_by_role("button", name="Use these choices").click()
        assert accessibility_problems(page) == []
        page.get_by_role("button", name="Create “Latch of Octo”").click()
        page.get_by_role("button", name="Create GitHub App").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("“latch-of-octo” is yours")
        expect(page.get_by_role("status")).to_contain_text("GitHub took them")
        assert accessibility_problems(page) == []
        install = page.get_by_role("link", name="Install it on your repositories").get_attribute("href")

        (app,) = fresh.state.apps.values()
        assert (app.owner.login, app.permissions, app.events) == ("octo", dict(PERMISSIONS), list(EVENTS))
        assert_stored(fresh.folder / ".env", app.webhook_secret, app.client_secret)
        assert page.goto(f"{fresh.url}/setup/") is not None
        expect(page.get_by_role("heading", level=1)).to_have_text("There is nothing here")

        start_workers(fresh)
        page.goto(install or "")
        page.get_by_role("button", name="octo").click()
        page.wait_for_url(f"{fresh.url}/?installation_id=*")
        pull = Scenario(fresh.state).open_pull(
            next(iter(fresh.state.repositories.values())),
            "feature",
            title="Add titles",
            author="wendy",
            files={"service.py": SERVICE + LAZY},
        )
        wait_for(lambda: fresh.state.reviews_of(pull), "the first review", seconds=SECONDS)
        wait_for(
            lambda: fresh.state.runs_for(pull.repository, pull.head_sha)[0].conclusion, "its check", seconds=SECONDS
        )
        sign_in(page, fresh.url, "wendy")
        expect(page.get_by_role("link", name="Add titles")).to_be_visible()
        context.close()
    fresh.validator.assert_clean(refused=True)


def assert_stored(file: Path, *secrets: str) -> None:
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    text = file.read_text("utf-8")
    assert all(secret in text for secret in secrets)
    assert "BEGIN RSA PRIVATE KEY" in text


def start_workers(fresh: Fresh) -> None:
    """As the page told: they find everything in the file."""
    fresh.children.start("redis", [PYTHON, "-m", "workers", "redis"], needed=True)
    fresh.children.start("worker", [PYTHON, "-m", "workers", "work"])
    fresh.children.start("sweeper", [PYTHON, "-m", "workers", "watch", "--every", "2", "--grace", "2"])
    fresh.children.wait_for(lambda: fetch_health(fresh.url).get("status") == "ok", "all works", seconds=SECONDS)


def test_a_stranger_needs_the_token_that_was_printed(fresh: Fresh) -> None:
    """It opens the setup once."""
    log = (fresh.folder / "log" / "web.log").read_text("utf-8")
    token = log.partition("/setup/?token=")[2].split()[0]
    elsewhere = {"X-Forwarded-For": "203.0.113.9"}
    assert requests.get(f"{fresh.url}/setup/", headers=elsewhere, timeout=10).status_code == 403
    with requests.Session() as stranger:
        stranger.headers.update(elsewhere)
        assert stranger.get(f"{fresh.url}/setup/", params={"token": "made-up"}, timeout=10).status_code == 403
        assert stranger.get(f"{fresh.url}/setup/", params={"token": token}, timeout=10).status_code == 200
        assert stranger.get(f"{fresh.url}/setup/", timeout=10).status_code == 200
    again = requests.get(f"{fresh.url}/setup/", params={"token": token}, headers=elsewhere, timeout=10)
    assert again.status_code == 403
