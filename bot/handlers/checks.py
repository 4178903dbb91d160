"""Check runs and check suites: the buttons `Re-run` and those we put there ourselves."""

from __future__ import annotations

from collections.abc import Iterator

from bot.check_runs import APPLY_FIXES
from bot.events import CheckRunEvent, CheckSuiteEvent
from bot.intents import ApplyFixes, Ignore, Intent, RescanHead
from bot.router import router


@router.on(CheckRunEvent, "rerequested")
def run_again(event: CheckRunEvent) -> Iterator[Intent]:
    yield _rescan(event, event.external_id)


@router.on(CheckSuiteEvent, "rerequested")
def run_suite_again(event: CheckSuiteEvent) -> Iterator[Intent]:
    yield _rescan(event, "")


@router.on(CheckRunEvent, "requested_action")
def press_button(event: CheckRunEvent) -> Iterator[Intent]:
    if event.requested != APPLY_FIXES:
        yield Ignore(f"no button of ours: `{event.requested}`")
        return
    yield ApplyFixes(
        repository=event.repository.value,
        installation_id=event.installation_id,
        head_sha=event.head_sha,
        external_id=event.external_id,
        numbers=event.numbers,
        author=event.sender,
    )


def _rescan(event: CheckRunEvent | CheckSuiteEvent, external_id: str) -> RescanHead:
    return RescanHead(
        repository=event.repository.value,
        installation_id=event.installation_id,
        head_sha=event.head_sha,
        external_id=external_id,
        numbers=event.numbers,
        reason=f"re-run by {event.sender}",
    )
