"""Pushes: only those to the default branch change what pull requests are compared with."""

from __future__ import annotations

from collections.abc import Iterator

from bot.events import ZERO_SHA, PushEvent
from bot.intents import Ignore, Intent, RefreshBaseline
from bot.router import router


@router.on(PushEvent)
def refresh_baseline(event: PushEvent) -> Iterator[Intent]:
    if event.is_default_branch and event.after != ZERO_SHA:
        yield RefreshBaseline(event.repository.value, event.installation_id, event.after, event.ref)
    else:
        yield Ignore("a push to another branch than the default one")
