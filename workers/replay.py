"""What an operator does with deliveries by hand: run one from a file, or ask GitHub for those that never arrived."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from datetime import timedelta

from bot.client import never_arrived
from bot.delivery import parse_delivery
from bot.errors import CredentialsRefused, GitHubRefused, GitHubUnavailable, UserError
from bot.resources import HookDelivery
from workers import deliveries, models
from workers.health import check_tables
from workers.models import DeliveryState, now
from workers.queue import QUEUE_ERRORS
from workers.services import Services

KEPT = timedelta(days=3)
"""What github.com keeps of deliveries; a GitHub Enterprise Server keeps a week."""
UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def receive(services: Services, event: str, body: bytes) -> tuple[DeliveryState, str]:
    """Takes a payload as if it had just arrived, and gives what came of it. A scan that it asks for is queued."""
    headers = {"X-GitHub-Event": event, "X-GitHub-Delivery": f"local-{uuid.uuid4()}"}
    delivery = parse_delivery(headers, body)
    tables = check_tables(services)
    if tables.problem:
        raise UserError("no-database", f"the database cannot be used: {tables.problem}", hint="python -m bot doctor")
    stored = services.inbox.store(delivery, body)
    try:
        deliveries.take(services, stored.id)
    except QUEUE_ERRORS as error:
        raise UserError(
            "no-redis",
            f"it is stored as delivery {stored.id}, and Redis cannot be reached ({type(error).__name__})",
            hint="start Redis: the sweeper takes it up then",
        ) from error
    with services.database.transaction() as session:
        row = session.get_one(models.Delivery, stored.id)
        return row.state, row.outcome


def redeliver(services: Services, since: timedelta) -> Iterator[HookDelivery]:
    """Asks GitHub to deliver again what never arrived since then, the oldest first; gives each that was asked for."""
    try:
        found = never_arrived(list(services.github.list_deliveries(now() - since)))
        for delivery in found:
            services.github.redeliver(delivery.id)
            yield delivery
    except (CredentialsRefused, GitHubRefused) as error:
        raise UserError("github-refused", f"GitHub refuses: {error}", hint="python -m bot doctor") from error
    except GitHubUnavailable as error:
        raise UserError("github-unavailable", f"GitHub does not answer: {error.reason}", hint="try again") from error


def duration(text: str) -> timedelta:
    """`90m`, `12h`, `3d`."""
    found = re.fullmatch(r"([1-9]\d{0,4})([mhd])", text)
    if found is None:
        raise UserError("bad-duration", f"`{text}` is no duration", hint="write it like 90m, 12h or 3d")
    return timedelta(**{UNITS[found[2]]: int(found[1])})
