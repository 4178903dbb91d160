"""The sweeper's sign of life in Redis: without one nobody takes up what was lost."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import timedelta

from redis import Redis

KEY = "greenlatch:sweeper"
MISSED = 4
"""So many looks may fail to come before the sweeper is called dead; but it has `PATIENCE` at least."""
PATIENCE = 120.0
KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Beat:
    """Seconds since the last look, and how many there are between two looks."""

    age: float
    every: float

    @property
    def is_late(self) -> bool:
        return self.age > max(PATIENCE, MISSED * self.every)


def beat(redis: Redis, every: float) -> None:
    redis.set(KEY, json.dumps([time.time(), every]), ex=KEPT)


def last_beat(redis: Redis) -> Beat | None:
    """None: there was none in a day."""
    told = redis.get(KEY)
    if not isinstance(told, bytes | str):
        return None
    at, every = json.loads(told)
    return Beat(max(0.0, time.time() - at), every)
