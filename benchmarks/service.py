"""What the service costs, with its real parts on loopback: gunicorn, Redis, workers, git over HTTP, a local GitHub."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.generate import generate
from bot.sandbox.model import App, Pull, Repository
from bot.sandbox.run_children import Children
from bot.sandbox.run_stack import PYTHON, ROOT, Plan, environment, start_stack
from bot.sandbox.scenario import Scenario
from bot.sandbox.server import SandboxServer
from bot.sandbox.state import SandboxState
from bot.sandbox.tokens import issue_token
from workers.checkout import Cache
from workers.git import Remote

SENDERS = 16
READY_SECONDS = 60
SCAN_SECONDS = 300
CHANGED = 5


@dataclass(frozen=True, slots=True)
class Latencies:
    """Milliseconds from when a delivery was due until it was answered: a receiver that is late counts as slow."""

    per_second: int
    count: int
    refused: int
    p50: float
    p99: float
    most: float


def webhook(folder: Path, *, per_second: int = 100, seconds: float = 20) -> Latencies:
    """Deliveries of 20 KB at a fixed rate to the web application alone, which stores and enqueues each of them."""
    with _sandbox(folder) as (_, app, server):
        plan = Plan(app, server.url, folder / "data", _free_port())
        with Children(folder / "log", environment(plan)) as children:
            children.run("migrate", [PYTHON, "-m", "workers", "migrate"])
            children.start("redis", [PYTHON, "-m", "workers", "redis"], needed=True)
            config = str(ROOT / "workers" / "gunicorn_conf.py")
            children.start("web", [PYTHON, "-m", "gunicorn", "-c", config, "app:create_app()"])
            children.wait_for(lambda: _listens(plan.port), "starting", seconds=READY_SECONDS)
            _send(plan, app.webhook_secret, per_second, 1.0, "warm")
            return _send(plan, app.webhook_secret, per_second, seconds, "timed")


@dataclass(frozen=True, slots=True)
class Workers:
    scans: int
    one: float
    """Seconds with one worker."""
    two: float

    @property
    def gain(self) -> float:
        return self.one / self.two


def workers(folder: Path, *, lines: int, scans: int = 8) -> Workers:
    """How long one and two workers take for the same pull requests."""
    seconds = [_scan(folder / str(count), count, lines, scans) for count in (1, 2)]
    return Workers(scans, *seconds)


@dataclass(frozen=True, slots=True)
class Source:
    """Seconds to obtain a pull request of a repository that is in the cache."""

    lines: int
    first: float
    """With an empty cache, for comparison."""
    fetch: float
    read: float
    """Listing the head and reading the blobs that changed."""


def source(folder: Path, *, lines: int, rounds: int = 5) -> Source:
    """Fetches heads that change 5 files, by git over HTTP."""
    with _sandbox(folder) as (state, app, server):
        files = dict(generate(lines))
        repository, pulls = _pulls(state, app, files, rounds + 1)
        cache = Cache(folder / "data", repository.id)
        found = [_obtain(cache, state, server.url, repository, pull) for pull in pulls]
    first, *later = found
    return Source(
        lines,
        first[0],
        statistics.median(fetch for fetch, _ in later),
        statistics.median(read for _, read in later),
    )


def _obtain(cache: Cache, state: SandboxState, url: str, repository: Repository, pull: Pull) -> tuple[float, float]:
    installation = next(iter(state.installations.values()))
    token = issue_token(state, installation, {"contents": "read"}, frozenset({repository.id})).value
    remote = Remote(f"{url}/{repository.full_name}.git", token)
    began = time.perf_counter()
    with cache.snapshot(remote, number=pull.number, base_ref="main", head_sha=pull.head_sha) as snapshot:
        fetched = time.perf_counter()
        with snapshot.base_tree() as base, snapshot.head_tree() as head:
            known = {base.blob_id(path) for path in base.paths()}
            changed = [path for path in head.paths() if head.blob_id(path) not in known]
            if sum(bool(head.read(path)) for path in changed) != CHANGED:
                raise ValueError(f"{len(changed)} files changed instead of {CHANGED}")
        return fetched - began, time.perf_counter() - fetched


def _scan(folder: Path, count: int, lines: int, scans: int) -> float:
    with _sandbox(folder) as (state, app, server):
        plan = Plan(app, server.url, folder / "data", _free_port(), workers=count)
        app.webhook_url = plan.webhook_url
        with Children(folder / "log", environment(plan)) as children:
            start_stack(plan, children)
            state.webhooks.hold()
            _, pulls = _pulls(state, app, dict(generate(lines)), scans + 1)
            began = time.perf_counter()
            state.webhooks.release()
            children.wait_for(lambda: all(_concluded(state, pull) for pull in pulls), "scanning", seconds=SCAN_SECONDS)
            return time.perf_counter() - began


def _pulls(state: SandboxState, app: App, files: dict[str, str], count: int) -> tuple[Repository, list[Pull]]:
    """A repository with pull requests, each of which changes other lines of 5 files."""
    scenario = Scenario(state)
    repository = scenario.create_repository("octo/app", files, roles={"wendy": "write"})
    scenario.install(app, "octo", [repository])
    python = [path for path, text in files.items() if path.startswith("app/") and path.endswith(".py") and text]
    pulls = []
    for number in range(count):
        chosen = [python[(number * CHANGED + one) % len(python)] for one in range(CHANGED)]
        changed = {path: f"{files[path]}\n\nADDED_{number} = {number}\n" for path in chosen}
        pulls.append(
            scenario.open_pull(repository, f"change-{number}", title=f"Change {number}", author="wendy", files=changed)
        )
    return repository, pulls


def _concluded(state: SandboxState, pull: Pull) -> bool:
    with state.lock:
        return any(run.status == "completed" for run in state.runs_for(pull.repository, pull.head_sha))


def _send(plan: Plan, secret: str, per_second: int, seconds: float, name: str) -> Latencies:
    count = int(per_second * seconds)
    bodies = _bodies(count, secret, name)
    lock = threading.Lock()
    began = time.perf_counter() + 0.2
    found: list[float] = []
    refused: list[int] = []

    def send() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", plan.port, timeout=30)
        while True:
            with lock:
                one = next(bodies, None)
            if one is None:
                return connection.close()
            number, body, headers = one
            due = began + number / per_second
            time.sleep(max(0.0, due - time.perf_counter()))
            connection.request("POST", "/webhook", body, headers)
            answer = connection.getresponse()
            answer.read()
            found.append((time.perf_counter() - due) * 1000)
            if answer.status != http.HTTPStatus.ACCEPTED:
                refused.append(answer.status)

    _together(send, SENDERS)
    found.sort()
    at = [found[min(int(len(found) * share), len(found) - 1)] for share in (0.5, 0.99, 1.0)]
    return Latencies(per_second, len(found), len(refused), *at)


def _bodies(count: int, secret: str, name: str) -> Iterator[tuple[int, bytes, dict[str, str]]]:
    """Pushes, about which nothing is done later: the receiver is what is measured."""
    for number in range(count):
        commits = [{"id": f"{number:040x}", "message": "x" * 900, "added": ["a" * 90]} for _ in range(18)]
        repository = {"id": 1, "full_name": "octo/app", "owner": {"login": "octo"}, "name": "app"}
        body = json.dumps({"ref": "refs/heads/main", "repository": repository, "commits": commits}).encode()
        signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "X-GitHub-Event": "push",
            "X-GitHub-Delivery": f"{name}-{number}",
            "X-Hub-Signature-256": f"sha256={signature}",
        }
        yield number, body, headers


def _together(work: Callable[[], None], count: int) -> None:
    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@contextmanager
def _sandbox(folder: Path) -> Iterator[tuple[SandboxState, App, SandboxServer]]:
    state = SandboxState(folder / "repositories")
    app = state.add_app("greenlatch")
    with SandboxServer(state) as server:
        yield state, app, server


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
