"""Pull requests: new commits are scanned, and what nobody waits for is cancelled."""

from __future__ import annotations

from collections.abc import Iterator

from bot.events import PullRequestEvent
from bot.intents import CancelScans, Ignore, Intent, RequestScan
from bot.router import router

REASONS = {"synchronize": "new commits", "ready_for_review": "ready for review"}


@router.on(PullRequestEvent, "opened", "synchronize", "reopened", "ready_for_review")
def scan_head(event: PullRequestEvent) -> Iterator[Intent]:
    """New commits ask for a scan of the head commit, whoever pushed them: also where it was us.

    A draft that was checked on request has a verdict that fails nothing: once it is ready it needs another one.
    """
    yield from _scan(event, REASONS.get(event.action, event.action))


@router.on(PullRequestEvent, "edited")
def scan_against_new_base(event: PullRequestEvent) -> Iterator[Intent]:
    """Another base branch makes another diff of the same head; a new title does not."""
    if event.former_base is None:
        yield Ignore("edited, with the same base")
    else:
        yield from _scan(event, f"base changed from {event.former_base} to {event.base_ref}")


@router.on(PullRequestEvent, "converted_to_draft", "closed")
def stop_scanning(event: PullRequestEvent) -> Iterator[Intent]:
    reason = "merged" if event.merged else event.action.replace("_", " ")
    yield CancelScans(event.repository.value, event.number, reason)


def _scan(event: PullRequestEvent, reason: str) -> Iterator[Intent]:
    if event.draft:
        yield Ignore("a draft is scanned when it is ready for review")
    elif event.state != "open":
        yield Ignore("the pull request is closed")
    else:
        yield RequestScan(
            repository=event.repository.value,
            installation_id=event.installation_id,
            number=event.number,
            head_sha=event.head_sha,
            base_sha=event.base_sha,
            base_ref=event.base_ref,
            reason=reason,
        )
