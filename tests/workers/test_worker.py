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
from bot.settings import Settings
from tests.workers.world import World
from workers.queue import QUEUE_NAMES, SERIALIZER
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
