"""Asks GitHub again for the deliveries that never arrived: GitHub itself sends each event once."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.errors import GitHubRefused, GitHubUnavailable
from workers.logs import get_logger
from workers.models import now
from workers.services import Services

log = get_logger(__name__)

WINDOW = timedelta(days=3)
"""What github.com keeps for a redelivery."""
EVERY = timedelta(minutes=10)
AFTER_FAILURE_SECONDS = 60.0
OVERLAP = timedelta(minutes=30)
MAX_ASKED = 3
"""A delivery that is refused so often is no accident."""


class Redelivery:
    """Looks at the last three days when it starts, and afterwards from time to time at what is new."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._due: datetime | None = None
        self._since = now() - WINDOW
        self._asked: dict[str, int] = {}

    def sweep(self) -> None:
        if self._due is not None and now() < self._due:
            return
        self._due = started = now()
        self._due += EVERY
        try:
            for delivery in self._services.github.list_failed_deliveries(self._since):
                self._ask(delivery.id, delivery.guid)
        except (GitHubUnavailable, GitHubRefused) as error:
            log.warning("redelivery_postponed", reason=str(error))
            pause = error.retry_after if isinstance(error, GitHubUnavailable) else None
            self._due = started + timedelta(seconds=pause or AFTER_FAILURE_SECONDS)
            return
        self._since = started - OVERLAP

    def _ask(self, delivery_id: int, guid: str) -> None:
        asked = self._asked.get(guid, 0)
        if asked >= MAX_ASKED:
            return
        try:
            self._services.github.redeliver(delivery_id)
        except GitHubRefused as error:  # this one cannot be had, the others can
            log.warning("redelivery_refused", guid=guid, reason=str(error))
        else:
            log.info("redelivery_asked", guid=guid)
        self._asked[guid] = asked + 1
