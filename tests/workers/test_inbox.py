"""A delivery is stored once, whatever GitHub repeats, and never forgotten before something came of it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from bot.delivery import Delivery, delivery_of
from workers import models
from workers.inbox import MAX_ATTEMPTS, Inbox, Stored
from workers.models import DeliveryState, now
from workers.queue import Spent
from workers.services import Services

pytestmark = pytest.mark.every_database

PAYLOAD = {"action": "opened", "number": 3}


def delivery(guid: str = "guid-1") -> Delivery:
    return delivery_of(guid, "pull_request", PAYLOAD)


def store(inbox: Inbox, guid: str = "guid-1") -> Stored:
    return inbox.store(delivery(guid), json.dumps(PAYLOAD).encode())


def test_a_new_delivery_gets_a_ticket(services: Services) -> None:
    stored = store(services.inbox)
    assert stored.ticket is not None
    assert stored.ticket.job_id == f"delivery-{stored.id}-1"


def test_the_body_comes_back_as_it_was(services: Services) -> None:
    taken = services.inbox.begin(store(services.inbox).id)
    assert taken is not None
    assert (taken.guid, taken.event, taken.action, taken.payload) == ("guid-1", "pull_request", "opened", PAYLOAD)


def test_a_redelivery_of_one_that_waits_names_the_same_job(services: Services) -> None:
    assert store(services.inbox) == store(services.inbox)
    assert services.inbox.counts() == {"received": 1}


def test_a_redelivery_of_one_that_is_done_needs_no_job(services: Services) -> None:
    for state in (DeliveryState.DONE, DeliveryState.IGNORED):
        stored = store(services.inbox, f"guid-{state.value}")
        services.inbox.finish(stored.id, state, "")
        assert store(services.inbox, f"guid-{state.value}") == Stored(stored.id, None)


def test_a_redelivery_of_one_that_failed_gets_a_new_job(services: Services) -> None:
    stored = store(services.inbox)
    services.inbox.finish(stored.id, DeliveryState.FAILED, "GitHub refused")
    again = store(services.inbox)
    assert again.id == stored.id
    assert again.ticket is not None
    assert again.ticket != stored.ticket
    assert services.inbox.begin(stored.id) is not None


def test_what_is_finished_is_not_begun_again(services: Services) -> None:
    stored = store(services.inbox)
    services.inbox.finish(stored.id, DeliveryState.DONE, "scan 1")
    assert services.inbox.begin(stored.id) is None


def test_what_is_no_row_is_not_begun(services: Services) -> None:
    assert services.inbox.begin(99) is None


def test_attempts_are_spaced_and_come_to_an_end(services: Services) -> None:
    stored = store(services.inbox)
    pauses = []
    for _ in range(MAX_ATTEMPTS - 1):
        assert begin(services, stored.id) is not None
        again = services.inbox.postpone(stored.id, "HTTP 502")
        assert again is not None
        pauses.append(again.seconds)
    begin(services, stored.id)
    with pytest.raises(Spent):
        services.inbox.postpone(stored.id, "HTTP 502")
    assert pauses == sorted(pauses)
    assert sum(pauses) > 3600
    assert services.inbox.counts() == {"failed": 1}


def test_what_is_postponed_is_not_begun_before_its_time(services: Services) -> None:
    stored = store(services.inbox)
    services.inbox.begin(stored.id)
    services.inbox.postpone(stored.id, "rate limit", 60)
    assert services.inbox.begin(stored.id) is None
    assert begin(services, stored.id) is not None


def test_what_is_finished_is_not_tried_again(services: Services) -> None:
    stored = store(services.inbox)
    services.inbox.finish(stored.id, DeliveryState.DONE, "scan 1")
    assert services.inbox.postpone(stored.id, "its worker died") is None
    assert services.inbox.counts() == {"done": 1}


def begin(services: Services, delivery_id: int) -> Delivery | None:
    """Once the time that it has to wait is over."""
    with services.database.transaction() as session:
        session.get_one(models.Delivery, delivery_id).not_before = None
    return services.inbox.begin(delivery_id)


def test_what_waits_is_found_when_its_job_should_be_over(services: Services) -> None:
    stored = store(services.inbox)
    assert services.inbox.waiting(now() - timedelta(seconds=10)) == []
    assert services.inbox.waiting(now() + timedelta(seconds=10)) == [stored.ticket]


def test_what_is_postponed_is_not_found_before_its_time(services: Services) -> None:
    stored = store(services.inbox)
    services.inbox.begin(stored.id)
    again = services.inbox.postpone(stored.id, "rate limit", 3600)
    assert again is not None
    assert services.inbox.waiting(now() + timedelta(seconds=10)) == []
    assert services.inbox.waiting(now() + timedelta(seconds=3700)) == [again.ticket]
