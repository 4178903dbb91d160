"""A sandbox to sign in with, an application on real services, and a scan to look at."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

import requests
from flask import Flask
from flask.testing import FlaskClient

from bot.findings import Confidence, FileChange, Finding, Fix, Read, Safety, Severity, Step
from bot.identity import Repository
from bot.patches import file_change
from bot.sandbox.model import App
from bot.sandbox.model import Repository as SandboxRepository
from bot.sandbox.server import SandboxServer
from bot.sandbox.state import SandboxState
from rules.project import MemoryProject
from workers import models
from workers.detail import details
from workers.models import DeliveryState, Said, ScanState
from workers.scans import Ending, Request, Told
from workers.services import Services

SERVICE = """\
async def titles(session, name):
    user = (await session.scalars(select(User).where(User.name == name))).one()
    return render(user)
"""
VIEW = """\
def render(user):
    return [post.title for post in user.posts]
"""
FIXED = SERVICE.replace("select(User)", "select(User).options(selectinload(User.posts))")
INSTALLATION = 5


@dataclass
class World:
    state: SandboxState
    server: SandboxServer
    app: App
    repository: SandboxRepository
    services: Services
    application: Flask

    def nobody(self) -> FlaskClient:
        return self.application.test_client()

    def somebody(self, login: str) -> FlaskClient:
        """Signed in the whole way: to the sandbox and back."""
        client = self.nobody()
        sign_in(client, login)
        return client

    def told(self, *, message: str = "`User.posts` was not loaded with `User`", path: str = "view.py") -> Told:
        finding = a_finding(message, path)
        files = {"service.py": SERVICE, path: VIEW}
        (detail,) = details([finding], MemoryProject(files)).values()
        return Told(("f" * 16,), finding.rule, "error", "high", path, 2, message, True, Said.INLINE, detail=detail)

    def scan(self, *found: Told, number: int = 3, title: str = "Add titles", head: str = "a" * 40) -> int:
        """A scan that ended with these findings; without any, with the usual one."""
        asked = Request(Repository(self.repository.id, self.repository.full_name), INSTALLATION, number, head, "opened")
        scan_id = self.services.scans.request(asked).scan_id
        with self.services.database.transaction() as session:
            pull = session.get_one(models.PullRequest, (self.repository.id, number))
            pull.title, pull.author = title, "wendy"
        self.services.scans.begin(scan_id, "here")
        ending = Ending(
            ScanState.DONE,
            "",
            "failure",
            check_run_ended=True,
            base_sha="b" * 40,
            timings={"open": 0.2, "fetch": 0.5, "head": 1.5},
            findings=found or [self.told()],
        )
        self.services.scans.end(scan_id, ending)
        return scan_id

    def delivery(self, state: DeliveryState = DeliveryState.FAILED, outcome: str = "GitHub refused") -> int:
        payload = b'{"zen": "Keep it logically awesome.", "hook_id": 1}'
        row = models.Delivery(guid=f"guid-{state.value}", event="ping", payload=payload, state=state, outcome=outcome)
        with self.services.database.transaction() as session:
            session.add(row)
            session.flush()
            return row.id


def sign_in(client: FlaskClient, login: str, target: str = "/") -> str:
    """Where the person ends."""
    asked = client.get("/signin/github", query_string={"next": target}).location
    form = {**dict(parse_qsl(urlsplit(asked).query)), "login": login}
    back = requests.post(asked.partition("?")[0], data=form, allow_redirects=False, timeout=10).headers["Location"]
    parts = urlsplit(back)
    answer = client.get(f"{parts.path}?{parts.query}")
    assert answer.status_code == 302, answer.text
    return str(answer.location)


def a_finding(message: str, path: str) -> Finding:
    origin = Step("service.py", 2, "`User` is loaded without `posts`")
    hops = (Step("service.py", 3, "is given to `render`"), Step(path, 2, "`user.posts` needs `User.posts`"))
    read = Read(path, 2, 2, "user.posts", "f" * 16, trace=hops)
    change: FileChange = file_change("service.py", SERVICE.encode(), FIXED.encode())
    return Finding(
        rule="BR-ASYNC-001",
        title="Lazy load in async code",
        severity=Severity.ERROR,
        confidence=Confidence.HIGH,
        message=message,
        reads=(read,),
        origin=origin,
        model="User",
        attribute="posts",
        fixes=(Fix("Load `posts` with the query on line 2", Safety.SAFE, (change,)),),
    )
