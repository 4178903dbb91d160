"""The whole of Greenlatch as processes on this machine, configured for a sandbox like for any GitHub host."""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.sandbox.model import App
from bot.sandbox.run_children import Children

ROOT = Path(__file__).resolve().parents[2]
PYTHON = sys.executable
READY_SECONDS = 60
OURS = ("GREENLATCH_", "DATABASE_URL")


@dataclass(frozen=True, slots=True)
class Plan:
    """`data_dir` holds the database, the queue and the caches; `workers` is how many take jobs."""

    app: App
    sandbox_url: str
    data_dir: Path
    port: int
    workers: int = 2
    sweep_seconds: float = 5
    patience: float = 10
    operators: tuple[str, ...] = ()
    setup_file: Path | None = None
    """Where `/setup` writes the credentials of a real App, offered beside the demo."""
    worker: tuple[str, ...] = ("-m", "workers")
    """How Python starts a worker."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def webhook_url(self) -> str:
        return f"{self.url}/webhook"

    @property
    def callback_url(self) -> str:
        """Where GitHub sends people back to who sign in."""
        return f"{self.url}/signin/callback"


def environment(plan: Plan) -> dict[str, str]:
    """The machine's own, without its Greenlatch and its database; a `REDIS_URL` is used."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return kept | {
        "GREENLATCH_WEBHOOK_SECRET": plan.app.webhook_secret,
        "GREENLATCH_APP_ID": str(plan.app.id),
        "GREENLATCH_SLUG": plan.app.slug,
        "GREENLATCH_PRIVATE_KEY": plan.app.private_key,
        "GREENLATCH_GITHUB_URL": plan.sandbox_url,
        "GREENLATCH_PUBLIC_URL": plan.url,
        "GREENLATCH_DATA_DIR": str(plan.data_dir.resolve()),
        "GREENLATCH_DATABASE_URL": f"sqlite:///{plan.data_dir.resolve() / 'greenlatch.db'}",
        "GREENLATCH_CLIENT_ID": plan.app.client_id,
        "GREENLATCH_CLIENT_SECRET": plan.app.client_secret,
        "GREENLATCH_OPERATORS": ",".join(plan.operators),
        "GREENLATCH_SETUP_FILE": str(plan.setup_file or ""),
        "GREENLATCH_SECONDS_BETWEEN_WRITES": "0",
        "GREENLATCH_BIND": f"127.0.0.1:{plan.port}",
        "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]),
        "PYTHONUNBUFFERED": "1",
    }


def start_stack(plan: Plan, children: Children) -> None:
    """Starts all parts and waits until they work together. Raises ChildDied when one does not."""
    children.run("migrate", [PYTHON, "-m", "workers", "migrate"])
    if "REDIS_URL" not in os.environ:
        children.start("redis", [PYTHON, "-m", "workers", "redis"], needed=True)
    for number in range(1, plan.workers + 1):
        children.start(f"worker-{number}", [PYTHON, *plan.worker])
    sweep = str(plan.sweep_seconds)
    times = ["--every", sweep, "--grace", sweep, "--patience", str(plan.patience)]
    children.start("sweeper", [PYTHON, "-m", "workers", "watch", *times])
    gunicorn = [PYTHON, "-m", "gunicorn", "-c", str(ROOT / "workers" / "gunicorn_conf.py"), "app:create_app()"]
    children.start("web", gunicorn)
    children.wait_for(lambda: is_ready(plan), "starting", seconds=READY_SECONDS)


def is_ready(plan: Plan) -> bool:
    """Whether the web application finds the database, Redis and all workers."""
    health = fetch_health(plan.url)
    workers = health.get("workers", {})
    return health.get("status") == "ok" and isinstance(workers, Mapping) and workers.get("count") == plan.workers


def fetch_health(url: str) -> Mapping[str, object]:
    """What `/healthz` says; empty while nothing answers."""
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=5) as answer:  # noqa: S310 - our own http address
            body = answer.read()
    except urllib.error.HTTPError as error:
        body = error.read()
    except OSError:
        return {}
    health: Mapping[str, object] = json.loads(body)
    return health
