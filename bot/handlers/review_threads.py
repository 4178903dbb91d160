"""Review threads: what a person resolves stays resolved."""

from __future__ import annotations

from collections.abc import Iterator

from bot.events import ReviewThreadEvent
from bot.intents import Intent, RecordThread
from bot.router import router


@router.on(ReviewThreadEvent, "resolved", "unresolved")
def remember(event: ReviewThreadEvent) -> Iterator[Intent]:
    yield RecordThread(
        repository=event.repository.value,
        number=event.number,
        comment_id=event.comments[0].id,
        resolved=event.action == "resolved",
        author=event.sender,
    )
