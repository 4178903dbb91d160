"""The setup: who may enter, what it asks GitHub for, what it writes, and when it is closed."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from dotenv import dotenv_values
from flask.testing import FlaskClient

from app import create_app
from bot.auth import Access
from bot.client import GitHubApp
from bot.manifest import EVENTS, PERMISSIONS, WRITING, Choice, manifest
from bot.sandbox.server import SandboxServer
from bot.sandbox.state import SandboxState
from bot.settings import PREFIX, Settings, load_settings
from tests.test_readme import column
from web.access.limits import limiter
from web.setup import env_file

PUBLIC = "http://localhost"


@pytest.fixture
def github(tmp_path: Path) -> Iterator[SandboxState]:
    state = SandboxState(tmp_path / "repositories")
    state.add_user("octo", "Organization")
    with SandboxServer(state):
        yield state


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where Greenlatch is started, with nothing configured."""
    monkeypatch.chdir(tmp_path)
    for name in ("APP_ID", "WEBHOOK_SECRET", "PRIVATE_KEY", "PRIVATE_KEY_FILE"):
        monkeypatch.delenv(PREFIX + name, raising=False)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return tmp_path


@pytest.fixture
def web(folder: Path) -> FlaskClient:
    made = create_app().test_client()
    limiter.reset()
    return made


def page(web: FlaskClient, **chosen: str) -> str:
    answer = web.get("/setup/", query_string=chosen)
    assert answer.status_code == 200
    return answer.text


def form(text: str) -> tuple[str, str]:
    """Where the button leads to, and the manifest it carries."""
    action = re.search(r'<form class="actions" method="post" action="([^"]+)"', text)
    field = re.search(r'name="manifest" value="([^"]+)"', text)
    assert action, text
    assert field
    return unescape(action[1]), unescape(field[1])


def press(text: str) -> str:
    """Both buttons: ours, and GitHub's; gives where the browser is sent back to."""
    action, carried = form(text)
    parts = urlsplit(action)
    shown = requests.post(action, data={"manifest": carried}, headers={"Origin": PUBLIC}, timeout=10)
    assert shown.status_code == 200, shown.text
    create = f"{parts.scheme}://{parts.netloc}{parts.path.removesuffix('/new')}?{parts.query}"
    made = requests.post(create, data={"manifest": carried}, allow_redirects=False, timeout=10)
    return made.headers["Location"].removeprefix(PUBLIC)


def test_the_manifest_asks_for_exactly_what_is_used() -> None:
    asked = json.loads(manifest(Choice("https://github.com", "https://latch.example", "Latch")))
    needed = {name: level for access in Access if access is not Access.WRITE_CODE for name, level in access.value}
    assert needed.items() <= asked["default_permissions"].items()
    assert asked["default_permissions"] == {
        "metadata": "read",
        "contents": "read",
        "checks": "write",
        "pull_requests": "write",
        "issues": "write",
        "merge_queues": "read",
    }
    assert asked["default_events"] == list(EVENTS)
    assert asked["hook_attributes"] == {"url": "https://latch.example/webhook", "active": True}
    assert asked["redirect_url"] == "https://latch.example/setup/created"
    assert asked["callback_urls"] == ["https://latch.example/signin/callback"]
    assert asked["public"] is False


def test_writing_is_a_choice(web: FlaskClient) -> None:
    chosen = {"public": "https://latch.example"}
    assert json.loads(form(page(web, **chosen))[1])["default_permissions"] == dict(PERMISSIONS)
    more = json.loads(form(page(web, **chosen, write="yes"))[1])["default_permissions"]
    assert more == {**PERMISSIONS, **WRITING}
    assert more["contents"] == "write"


@pytest.mark.parametrize(
    ("chosen", "action"),
    [
        ({}, "https://github.com/settings/apps/new"),
        ({"organization": "octo"}, "https://github.com/organizations/octo/settings/apps/new"),
        ({"github": "https://ghe.example/"}, "https://ghe.example/settings/apps/new"),
    ],
)
def test_it_leads_to_the_right_form(web: FlaskClient, chosen: dict[str, str], action: str) -> None:
    text = page(web, public="https://latch.example", **chosen)
    asked = urlsplit(form(text)[0])
    assert f"{asked.scheme}://{asked.netloc}{asked.path}" == action
    assert parse_qs(asked.query)["state"]


def test_the_policy_lets_the_form_go_to_that_host_alone(web: FlaskClient) -> None:
    answer = web.get("/setup/", query_string={"public": "https://latch.example", "github": "https://ghe.example"})
    assert "form-action 'self' https://ghe.example;" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("chosen", "problem"),
    [
        ({"public": "http://127.0.0.1:8420"}, "cannot reach this machine"),
        ({"public": "latch"}, "no web address"),
        ({"github": "https://ghe.example;script-src *"}, "no web address"),
        ({"github": "javascript:alert(1)"}, "no web address"),
        ({"organization": "../evil"}, "no name of an organization"),
        ({"name": "x" * 35}, "1 to 34 characters"),
    ],
)
def test_a_choice_that_cannot_work_is_told_and_has_no_button(
    web: FlaskClient, chosen: dict[str, str], problem: str
) -> None:
    text = page(web, **{"public": "https://latch.example", **chosen})
    assert problem in text
    assert '<button class="primary' not in text


def test_the_credentials_are_stored_tried_and_the_setup_closed(
    web: FlaskClient, github: SandboxState, folder: Path
) -> None:
    (folder / ".env").write_text("# mine\nGREENLATCH_DATA_DIR=data\nGREENLATCH_SLUG=old\n")
    answer = web.get(press(page(web, public=PUBLIC, github=github.url, organization="octo")))
    assert answer.status_code == 200
    assert "GitHub took them" in answer.text
    (app,) = github.apps.values()
    assert f"{github.url}/github-apps/greenlatch/installations/new" in answer.text
    assert stat.S_IMODE((folder / ".env").stat().st_mode) == 0o600
    assert (folder / ".env").read_text().startswith("# mine\nGREENLATCH_DATA_DIR=data\nGREENLATCH_APP_ID=")
    settings = load_settings()
    assert (settings.app_id, settings.slug, settings.client_id) == (app.id, "greenlatch", app.client_id)
    assert settings.private_key_pem.get_secret_value().strip() == app.private_key.strip()
    assert settings.secret_bytes == app.webhook_secret.encode()
    for address in ("/setup/", "/setup/created?code=x&state=y", "/setup/?token=z"):
        assert web.get(address).status_code == 404
    assert "Sign in with GitHub" in web.get("/").text
    assert web.post("/webhook").status_code == 401


def test_beside_the_demo_the_new_app_is_tried_and_not_that_of_the_demo(
    github: SandboxState, folder: Path, make_settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The demo's processes have the credentials of its own App in their environment."""
    demo = github.add_app("demo")
    for name, value in {
        "APP_ID": str(demo.id),
        "SLUG": demo.slug,
        "PRIVATE_KEY": demo.private_key,
        "WEBHOOK_SECRET": demo.webhook_secret,
        "GITHUB_URL": github.url,
    }.items():
        monkeypatch.setenv(PREFIX + name, value)
    tried: list[int] = []
    check = GitHubApp.check_identity

    def seen(self: GitHubApp) -> object:
        tried.append(self.identity.app_id)
        return check(self)

    monkeypatch.setattr(GitHubApp, "check_identity", seen)
    web = create_app(make_settings(setup_file=folder / "real.env")).test_client()
    limiter.reset()
    answer = web.get(press(page(web, public=PUBLIC, github=github.url, name="Real")))
    (real,) = [app.id for app in github.apps.values() if app is not demo]
    assert "GitHub took them" in answer.text
    assert tried == [real]
    assert "python -m workers migrate" in answer.text
    assert web.get("/setup/").status_code == 404


def test_an_answer_that_was_not_asked_for_stores_nothing(web: FlaskClient, github: SandboxState, folder: Path) -> None:
    back = press(page(web, public=PUBLIC, github=github.url))
    answer = web.get(re.sub("state=[^&]+", "state=made-up", back))
    assert answer.status_code == 400
    assert web.get(back).status_code == 400, "the answer is worth something once"
    assert not (folder / ".env").exists()


def test_a_code_that_github_does_not_know_is_told(web: FlaskClient, github: SandboxState, folder: Path) -> None:
    back = press(page(web, public=PUBLIC, github=github.url))
    github.grants.clear()
    answer = web.get(back)
    assert answer.status_code == 400
    assert "did not hand out the credentials" in answer.text
    assert not (folder / ".env").exists()


@pytest.mark.parametrize(
    "request_of",
    [
        {"environ_base": {"REMOTE_ADDR": "203.0.113.9"}},
        {"headers": {"X-Forwarded-For": "203.0.113.9"}},
        {"headers": {"Host": "rebound.example"}},
        {"headers": {"Host": "greenlatch.example"}},
    ],
    ids=["elsewhere", "proxy", "rebinding", "name"],
)
def test_only_this_machine_enters_without_a_token(web: FlaskClient, request_of: dict[str, dict[str, str]]) -> None:
    assert web.get("/setup/", **request_of).status_code == 403


def test_before_there_is_an_app_nothing_else_works_and_says_so(web: FlaskClient) -> None:
    assert web.get("/").location == "/setup/"
    assert web.post("/webhook").status_code == 503
    assert web.get("/healthz").json == {"status": "not configured", "hint": "open /setup"}
    assert web.get("/scans/1").status_code == 404


def test_a_folder_that_cannot_be_written_to_is_told_before(
    folder: Path, web: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root may write everywhere: the refusal is the one part that is played."""

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("web.setup.env_file.tempfile.NamedTemporaryFile", refuse)
    text = page(web, public="https://latch.example")
    assert "Permission denied" in text
    assert '<button class="primary' not in text


@pytest.mark.parametrize("value", ["plain", "it's", 'a "b" c', "$HOME", "a#b", "back\\slash", "line\nend"])
def test_what_is_written_is_what_is_read(tmp_path: Path, value: str) -> None:
    file = tmp_path / ".env"
    env_file.write(file, {"GREENLATCH_A": value, "GREENLATCH_B": "2"})
    assert dotenv_values(file) == {"GREENLATCH_A": value.replace("\n", "\\n"), "GREENLATCH_B": "2"}


def test_the_app_asks_for_what_the_guide_tells_people_to_ask_for() -> None:
    """Else `doctor` finds fault with an App that was registered by hand."""
    assert {event.replace("_", " ").capitalize() for event in EVENTS} == set(column("events"))
