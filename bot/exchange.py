"""One request to GitHub and its answer, as told to whoever counts them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """How many requests are left of one kind (`core`, `graphql`), until `reset` in seconds since the epoch."""

    resource: str
    remaining: int
    total: int
    reset: float


@dataclass(frozen=True, slots=True)
class Exchange:
    """`status` is 0 where no answer came, `installation_id` None for what the app asks in its own name."""

    verb: str
    status: int
    seconds: float
    installation_id: int | None
    limit: Limit | None


Observer = Callable[[Exchange], None]


def nobody(_exchange: Exchange) -> None:
    """Looks at nothing."""


def limit_of(headers: Mapping[str, str]) -> Limit | None:
    """What an answer says about its rate limit. Header names may be in any case."""
    lower = {name.lower(): value for name, value in headers.items()}
    numbers = [lower.get(f"x-ratelimit-{name}", "") for name in ("remaining", "limit", "reset")]
    if not all(number.isdecimal() for number in numbers):
        return None
    remaining, total, reset = map(int, numbers)
    return Limit(lower.get("x-ratelimit-resource", "core"), remaining, total, float(reset))
