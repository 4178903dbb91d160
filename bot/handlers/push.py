"""Pushes: only a new configuration on the default branch changes anything for open pull requests."""

from __future__ import annotations

from collections.abc import Iterator

from bot.config import PATHS
from bot.events import ZERO_SHA, PushEvent
from bot.intents import Ignore, Intent, RefreshConfiguration
from bot.router import router


@router.on(PushEvent)
def refresh_configuration(event: PushEvent) -> Iterator[Intent]:
    """Checks that wait for a valid configuration go on by themselves once there is one."""
    if not event.is_default_branch or event.after == ZERO_SHA:
        yield Ignore("a push to another branch than the default one")
    elif event.touches(PATHS):
        yield RefreshConfiguration(event.repository.value, event.installation_id)
    else:
        yield Ignore("a push that leaves the configuration as it is")
