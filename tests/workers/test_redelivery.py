"""What never arrived is asked for again, a few times."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.sandbox.faults import Fault
from tests.workers.world import World
from workers import redelivery
from workers.redelivery import MAX_ASKED, Redelivery
from workers.services import Services


def lost(world: World) -> list[str]:
    """Events that were sent while nothing listened."""
    world.app.webhook_url = "http://127.0.0.1:9/webhook"
    world.scenario.close(world.pull)
    assert world.state.webhooks.wait_idle()
    return [one.guid for one in world.state.deliveries.values() if one.event == "pull_request"]


def attempts(world: World, guid: str) -> int:
    assert world.state.webhooks.wait_idle()
    return sum(one.guid == guid for one in world.state.deliveries.values())


def test_what_never_arrived_is_asked_for(world: World, services: Services) -> None:
    (*_, guid) = lost(world)
    before = attempts(world, guid)
    Redelivery(services).sweep()
    assert attempts(world, guid) == before + 1


def test_it_looks_again_only_after_a_while(world: World, services: Services) -> None:
    (*_, guid) = lost(world)
    before = attempts(world, guid)
    sweeper = Redelivery(services)
    sweeper.sweep()
    sweeper.sweep()
    assert attempts(world, guid) == before + 1


def test_what_is_refused_again_and_again_is_left_alone(
    world: World, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    (*_, guid) = lost(world)
    before = attempts(world, guid)
    monkeypatch.setattr(redelivery, "EVERY", timedelta(0))
    sweeper = Redelivery(services)
    for _ in range(MAX_ASKED + 2):
        sweeper.sweep()
        attempts(world, guid)
    assert attempts(world, guid) == before + MAX_ASKED


def test_one_that_cannot_be_had_does_not_keep_the_others_back(world: World, services: Services) -> None:
    (*_, guid) = lost(world)
    before = attempts(world, guid)
    world.scenario.reopen(world.pull)
    world.state.webhooks.wait_idle()
    world.state.faults.add(Fault(422, "no"), method="POST", path="/attempts$")
    Redelivery(services).sweep()
    assert sum(one.redelivery for one in world.state.deliveries.values()) > 0
    assert attempts(world, guid) >= before


def test_a_github_that_does_not_answer_stops_nothing(services: Services) -> None:
    Redelivery(services).sweep()
