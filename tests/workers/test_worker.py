"""A worker refuses to work under a wrong name, and is known again after Redis was wiped."""

from __future__ import annotations

from collections.abc import Callable

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
