"""GitHub greets a new webhook."""

from __future__ import annotations

from collections.abc import Iterator

from bot.events import PingEvent
from bot.intents import Ignore, Intent
from bot.router import router


@router.on(PingEvent)
def say_hello(event: PingEvent) -> Iterator[Intent]:
    yield Ignore("ping: the webhook works")
