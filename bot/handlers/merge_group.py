"""The merge queue: each commit it makes waits for our check."""

from __future__ import annotations

from collections.abc import Iterator

from bot.events import MergeGroupEvent
from bot.intents import CancelMergeGroup, Intent, ScanMergeGroup
from bot.router import router


@router.on(MergeGroupEvent, "checks_requested")
def check_group(event: MergeGroupEvent) -> Iterator[Intent]:
    yield ScanMergeGroup(
        repository=event.repository.value,
        installation_id=event.installation_id,
        number=event.number,
        head_sha=event.head_sha,
        head_ref=event.head_ref,
        base_sha=event.base_sha,
        base_ref=event.base_ref,
    )


@router.on(MergeGroupEvent, "destroyed")
def drop_group(event: MergeGroupEvent) -> Iterator[Intent]:
    yield CancelMergeGroup(event.repository.value, event.head_sha, event.reason or "left the merge queue")
