"""A worker refuses to work under a wrong name, and is known again after Redis was wiped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.errors import UserError
from bot.identity import Repository
from bot.settings import Settings
from tests.workers.world import World
from workers.checkout import Cache
from workers.queue import QUEUE_NAMES, SERIALIZER
from workers.retention import Hourly
from workers.scans import Request
from workers.services import Services
from workers.worker import LastingWorker, check_identity


def test_another_name_at_github_is_told_before_any_work(world: World, make_settings: Callable[..., Settings]) -> None:
    given = {"github_url": world.state.url, "app_id": world.app.id, "private_key": world.app.private_key}
    check_identity(make_settings(**given))
    with pytest.raises(UserError) as error:
        check_identity(make_settings(**given, slug="other"))
    assert error.value.reference == "wrong-slug"


def test_a_github_that_does_not_answer_is_no_reason_to_stop(settings: Settings) -> None:
    check_identity(settings)


def test_it_makes_itself_known_again(services: Services) -> None:
    worker = LastingWorker(list(QUEUE_NAMES), connection=services.queues.redis, serializer=SERIALIZER)
    worker.register_birth()  # type: ignore[no-untyped-call]
    services.queues.redis.flushall()
    assert services.queues.workers().workers == 0
    worker.heartbeat()
    assert services.queues.workers().workers == 1


def test_it_looks_after_the_caches_of_its_machine_where_no_sweeper_runs(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = services.settings
    for name in ("app_id", "redis_url", "data_dir"):
        monkeypatch.setenv(f"GREENLATCH_{name.upper()}", str(getattr(settings, name)))
    monkeypatch.setenv("GREENLATCH_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("GREENLATCH_WEBHOOK_SECRET", "hush")
    monkeypatch.setenv("GREENLATCH_PRIVATE_KEY", settings.private_key_pem.get_secret_value())
    monkeypatch.setattr(LastingWorker, "caches_are_due", Hourly())
    services.scans.request(Request(Repository(11, "octo/app"), 5, 3, "a" * 40, "opened"))
    kept, gone = Cache(settings.data_dir, 11), Cache(settings.data_dir, 99)
    worker = LastingWorker(list(QUEUE_NAMES), connection=services.queues.redis, serializer=SERIALIZER)
    for expected in (False, True):  # once an hour, not each time
        for cache in (kept, gone):
            cache.facts.mkdir(parents=True, exist_ok=True)
        worker.run_maintenance_tasks()
        assert (kept.facts.exists(), gone.facts.exists()) == (True, expected)


def test_it_waits_for_redis_and_ends_when_it_is_asked_to(settings: Settings, tmp_path: Path) -> None:
    assert settings.private_key is not None
    given = {
        "WEBHOOK_SECRET": "hush",
        "APP_ID": "7",
        "PRIVATE_KEY": settings.private_key.get_secret_value(),
        "DATA_DIR": str(tmp_path / "data"),
        "REDIS_URL": "redis://127.0.0.1:9/0",
        "GITHUB_URL": "http://127.0.0.1:9",
    }
    environment = {**os.environ, **{f"GREENLATCH_{name}": value for name, value in given.items()}}
    environment["PYTHONPATH"] = str(Path(__file__).parents[2])
    with subprocess.Popen(
        [sys.executable, "-m", "workers"], env=environment, stderr=subprocess.PIPE, text=True
    ) as worker:
        assert worker.stderr is not None
        assert any("redis_awaited" in line for line in worker.stderr)
        assert worker.poll() is None
        worker.terminate()
        assert worker.wait(60) in (0, -signal.SIGTERM)
