"""Takes one delivery out of the inbox and carries out what it asks for."""

from __future__ import annotations

from bot.errors import GitHubRefused, GitHubUnavailable, UserError
from bot.intents import (
    ApplyFixes,
    CancelMergeGroup,
    CancelScans,
    ForgetInstallation,
    Ignore,
    Intent,
    RecordInstallation,
    RecordThread,
    RefreshBaseline,
    RequestScan,
    RescanHead,
    RunCommand,
    ScanMergeGroup,
)
from bot.router import route
from workers import commands, watchdog
from workers.admission import request_scan
from workers.logs import get_logger
from workers.models import DeliveryState
from workers.scans import Request
from workers.services import Services

log = get_logger(__name__)

NOT_YET = (ApplyFixes, ScanMergeGroup, CancelMergeGroup, RecordThread, RefreshBaseline)
"""What the protocol understands and this version does nothing about."""


def take(services: Services, delivery_id: int) -> None:
    """Every delivery ends as done, ignored or failed, with one line that says what came of it, or is tried again."""
    delivery = services.inbox.begin(delivery_id)
    if delivery is None:
        return
    try:
        intents = route(delivery, services.github.identity)
        outcome = "; ".join(carry_out(services, intent, delivery_id) for intent in intents)
    except GitHubUnavailable as error:
        watchdog.retry_delivery(services, delivery_id, error.reason, seconds=error.retry_after)
        return
    except (UserError, GitHubRefused) as error:
        state, outcome = DeliveryState.FAILED, str(error)
    else:
        only_ignored = all(isinstance(intent, (Ignore, *NOT_YET)) for intent in intents)
        state = DeliveryState.IGNORED if only_ignored else DeliveryState.DONE
    services.inbox.finish(delivery_id, state, outcome)
    log.info("delivery_taken", guid=delivery.guid, event_name=delivery.event, state=state.value, outcome=outcome)


def carry_out(services: Services, intent: Intent, delivery_id: int) -> str:
    """Does what an intent says, so that doing it twice changes nothing; the answer is for the delivery's row."""
    match intent:
        case Ignore():
            return intent.reason
        case RequestScan():
            return request_scan(services, _request(intent, delivery_id))
        case RescanHead():
            return _rescan_head(services, intent, delivery_id)
        case CancelScans():
            waiting = services.scans.hurry(intent.repository.id, intent.number)
            for ticket in waiting:
                services.queues.offer(ticket)
            return f"{intent.reason}: {len(waiting)} waiting scans look whether they are wanted"
        case RunCommand():
            return commands.run(services, intent, delivery_id)
        case RecordInstallation():
            services.installations.record(intent)
            return f"installation {intent.installation_id} of {intent.account} recorded"
        case ForgetInstallation():
            count = services.scans.cancel_all(intent.installation_id, "the app was uninstalled")
            services.installations.forget(intent.installation_id)
            return f"installation {intent.installation_id} of {intent.account} forgotten, {count} scans cancelled"
        case ApplyFixes() | ScanMergeGroup() | CancelMergeGroup() | RecordThread() | RefreshBaseline():
            return f"this version does nothing about it ({type(intent).__name__})"


def _request(intent: RequestScan, delivery_id: int) -> Request:
    return Request(
        repository=intent.repository,
        installation_id=intent.installation_id,
        number=intent.number,
        head_sha=intent.head_sha,
        asked_by=intent.reason,
        delivery_id=delivery_id,
        force=intent.force,
    )


def _rescan_head(services: Services, intent: RescanHead, delivery_id: int) -> str:
    """The event names a commit; which pull requests it is the head of is known here, or asked."""
    numbers = intent.numbers or _numbers(services, intent)
    outcomes = [
        request_scan(
            services,
            Request(
                repository=intent.repository,
                installation_id=intent.installation_id,
                number=number,
                head_sha=intent.head_sha,
                asked_by=intent.reason,
                delivery_id=delivery_id,
                force=True,
            ),
        )
        for number in numbers
    ]
    return "; ".join(outcomes) or "no open pull request has this head"


def _numbers(services: Services, intent: RescanHead) -> tuple[int, ...]:
    known = services.scans.find(intent.repository.id, intent.head_sha)
    if known is not None:
        return (known.number,)
    github = services.github.repository(intent.installation_id, intent.repository)
    return tuple(pull.number for pull in github.list_pulls_with_head(intent.head_sha))
