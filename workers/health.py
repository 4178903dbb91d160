"""Whether the database, Redis, the workers and the sweeper do their part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import requests
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from bot.errors import UserError
from bot.settings import Settings
from workers.heartbeat import last_beat
from workers.services import Services, make_services


@dataclass(frozen=True, slots=True)
class Part:
    """`problem` is empty for a part that works; `counts` tell what it has to do."""

    name: str
    problem: str
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class Health:
    parts: tuple[Part, ...]

    @property
    def is_well(self) -> bool:
        return not any(part.problem for part in self.parts)

    def to_dict(self) -> dict[str, Any]:
        parts = {part.name: {"status": part.problem or "ok", **part.counts} for part in self.parts}
        return {"status": "ok" if self.is_well else "degraded", **parts}


def check_health(services: Services, *, counting: bool = True) -> Health:
    """Counting takes longer, the more there is in the database: no page that everybody may ask for does it."""
    database = check_database(services) if counting else check_tables(services)
    return Health((database, check_redis(services), check_workers(services), check_sweeper(services)))


def check_tables(services: Services) -> Part:
    """Whether the database can be used, and nothing that grows with what is in it: it is asked every few seconds."""
    try:
        if not services.database.is_migrated():
            return Part("database", "the tables are out of date: run `python -m workers migrate`", {})
    except SQLAlchemyError as error:
        return Part("database", f"unreachable ({type(error).__name__})", {})
    return Part("database", "", {})


def check_database(services: Services) -> Part:
    tables = check_tables(services)
    if tables.problem:
        return tables
    try:
        counts = {f"deliveries_{state}": count for state, count in services.inbox.counts().items()}
        counts |= {f"scans_{state}": count for state, count in services.scans.counts().items()}
    except SQLAlchemyError as error:
        return Part("database", f"unreachable ({type(error).__name__})", {})
    return Part("database", "", counts)


def check_redis(services: Services) -> Part:
    try:
        return Part("redis", "", {f"waiting_{name}": count for name, count in services.queues.lengths().items()})
    except RedisError as error:
        return Part("redis", f"unreachable ({type(error).__name__})", {})


def check_workers(services: Services) -> Part:
    try:
        found = services.queues.workers()
    except RedisError:
        return Part("workers", "unknown without Redis", {})
    problem = "" if found.workers else "none runs: start one with `python -m workers work`"
    return Part("workers", problem, {"count": found.workers, "busy": found.busy})


def check_sweeper(services: Services) -> Part:
    try:
        beat = last_beat(services.queues.redis)
    except RedisError:
        return Part("sweeper", "unknown without Redis", {})
    if beat is None or beat.is_late:
        return Part("sweeper", "it does not look: start `python -m workers watch`", {})
    return Part("sweeper", "", {"seconds_ago": round(beat.age)})


def require_health(settings: Settings, url: str | None) -> None:
    """Raises UserError when the database or Redis cannot be used, or nothing answers at `url`."""
    services = make_services(settings)
    for part in (check_tables(services), check_redis(services)):
        if part.problem:
            raise UserError("unhealthy", f"{part.name}: {part.problem}")
    if url is not None:
        try:
            requests.get(url, timeout=5).raise_for_status()
        except requests.RequestException as error:
            raise UserError("unhealthy", f"no answer ({type(error).__name__})", where=url) from error
