"""A running sandbox with an app, a repository and a pull request; every exchange is held against the description."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jwt
import urllib3

from bot.sandbox.model import App, Installation, Pull, Repository
from bot.sandbox.scenario import Scenario
from bot.sandbox.server import SandboxServer
from bot.sandbox.state import ManualClock, SandboxState, new_private_key
from tests.sandbox.description import Validator

BASE = {
    "app/service.py": "".join(f"line_{number} = {number}\n" for number in range(1, 61)),
    "app/old.py": "gone = True\nnot_yet = False\n",
    "README.md": "# Shop\n",
}
HEAD: dict[str, str | None] = {
    "app/service.py": BASE["app/service.py"]
    .replace("line_5 = 5\n", "line_5 = 500\nline_5b = 501\n")
    .replace("line_40 = 40\n", "line_40 = 400\n"),
    "app/new.py": "one = 1\ntwo = 2\n",
    "app/old.py": None,
}
"""Hunks of app/service.py, by the lines of the head: 2 to 9 (5 and 6 are new) and 38 to 44 (41 is new)."""


@dataclass
class Received:
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> str:
        return self.headers["X-GitHub-Event"]

    @property
    def payload(self) -> dict[str, Any]:
        payload: dict[str, Any] = json.loads(self.body)
        return payload

    @property
    def name(self) -> str:
        action = self.payload.get("action")
        return f"{self.event}.{action}" if action else self.event


@dataclass
class Receiver:
    """Where the app's webhooks go. `status` is what it answers."""

    url: str = ""
    status: int = 202
    got: list[Received] = field(default_factory=list)

    def named(self, name: str) -> list[Received]:
        return [each for each in self.got if each.name == name]


@contextmanager
def receiver() -> Iterator[Receiver]:
    here = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            here.got.append(Received(dict(self.headers), body))
            self.send_response(here.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    here.url = f"http://127.0.0.1:{server.server_port}/webhook"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield here
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Answer:
    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def reasons(self) -> str:
        """Everything that a refusal says, as one text."""
        return json.dumps([self.body["message"], self.body.get("errors", [])])


@dataclass
class World:
    state: SandboxState
    server: SandboxServer
    scenario: Scenario
    validator: Validator
    hooks: Receiver
    clock: ManualClock
    app: App
    installation: Installation
    repository: Repository
    pull: Pull
    token: str = ""

    def app_jwt(self, **claims: Any) -> str:
        now = int(self.clock().timestamp())
        payload = {"iat": now - 60, "exp": now + 300, "iss": str(self.app.id), **claims}
        return jwt.encode(payload, self.app.private_key, algorithm="RS256")

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = None,
        headers: Mapping[str, str] = {},
        url: str = "",
    ) -> Answer:
        """A request to the API, or to `url`, with the installation token, or with `token` ('' for none)."""
        token = self.token if token is None else token
        sent = {"User-Agent": "tests", "Accept": "application/vnd.github+json", **headers}
        if token:
            sent["Authorization"] = f"Bearer {token}"
        if body is not None:
            sent["Content-Type"] = "application/json"
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        answer = urllib3.request(
            method, url or self.state.api_url + path, body=data, headers=sent, retries=False, timeout=30
        )
        is_json = "json" in answer.headers.get("Content-Type", "")
        return Answer(
            answer.status, answer.headers, json.loads(answer.data) if is_json and answer.data else answer.data
        )

    def repo(self, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        """A request below the repository."""
        return self.call(method, f"/repos/{self.repository.full_name}{path}", body, **options)

    def new_token(self, **body: Any) -> str:
        answer = self.call(
            "POST", f"/app/installations/{self.installation.id}/access_tokens", body, token=self.app_jwt()
        )
        assert answer.status == 201, answer.body
        token: str = answer.body["token"]
        return token

    def told(self) -> list[str]:
        """The names of the webhooks that arrived, in their order, once all are there; forgets them."""
        assert self.state.webhooks.wait_idle()
        names = [each.name for each in self.hooks.got]
        self.hooks.got.clear()
        return names


@cache
def one_private_key() -> str:
    """The same for all tests of a process: making one takes a tenth of a second."""
    return new_private_key()


@contextmanager
def world(folder: Path) -> Iterator[World]:
    """On leaving, fails if anything did not keep to GitHub's description."""
    clock, validator = ManualClock(), Validator()
    state = SandboxState(folder, clock=clock)
    state.webhooks.observer = validator.delivery
    with receiver() as hooks, SandboxServer(state, observer=validator.exchange) as server:
        scenario = Scenario(state)
        app = state.add_app("greenlatch", webhook_url=hooks.url, private_key=one_private_key())
        repository = scenario.create_repository(
            "acme/shop", BASE, organization=True, roles={"ann": "write", "bob": "read", "meg": "maintain"}
        )
        installation = scenario.install(app, "acme", [repository])
        pull = scenario.open_pull(repository, "feature", title="Change the service", author="ann", files=HEAD)
        here = World(state, server, scenario, validator, hooks, clock, app, installation, repository, pull)
        here.token = here.new_token()
        here.told()
        yield here
        assert state.webhooks.wait_idle()
    validator.assert_clean()


def eventually(condition: Any, seconds: float = 10.0) -> None:
    """Polls until the condition holds; fails when it never does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.02)
