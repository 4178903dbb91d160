"""Takes one delivery out of the inbox and carries out what it asks for."""

from __future__ import annotations

from bot.errors import GitHubRefused, GitHubUnavailable, UserError
from bot.identity import Repository
from bot.intents import (
    ApplyFixes,
    CancelMergeGroup,
    CancelScans,
    ForgetInstallation,
    Ignore,
    Intent,
    RecordInstallation,
    RefreshConfiguration,
    RequestScan,
    RescanHead,
    RunCommand,
    ScanMergeGroup,
)
from bot.router import route
from workers import commands, retention, telemetry, watchdog
from workers.admission import request_scan
from workers.logs import bind, get_logger
from workers.models import DeliveryState, Scan, ScanKind
from workers.scans import Request
from workers.services import Services
from workers.telemetry import figures

log = get_logger(__name__)


def take(services: Services, delivery_id: int) -> None:
    """Every delivery ends as done, ignored or failed, with one line that says what came of it, or is tried again."""
    delivery = services.inbox.begin(delivery_id)
    if delivery is None:
        return
    bind(guid=delivery.guid)
    services.pulls.observe(delivery)
    try:
        intents = route(delivery, services.github.identity)
        outcome = "; ".join(carry_out(services, intent, delivery_id) for intent in intents)
    except GitHubUnavailable as error:
        watchdog.retry_delivery(services, delivery_id, error.reason, seconds=error.retry_after)
        return
    except (UserError, GitHubRefused) as error:
        state, outcome = DeliveryState.FAILED, str(error)
    else:
        only_ignored = all(isinstance(intent, Ignore) for intent in intents)
        state = DeliveryState.IGNORED if only_ignored else DeliveryState.DONE
    services.inbox.finish(delivery_id, state, outcome)
    figures.count(telemetry.DELIVERIES, delivery.event, state.value)
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
        case ApplyFixes():
            return _apply_fixes(services, intent, delivery_id)
        case ScanMergeGroup():
            return request_scan(services, _group_request(intent, delivery_id))
        case CancelMergeGroup():
            count = services.scans.cancel_merge_group(intent.repository.id, intent.head_sha, intent.reason)
            return f"merge group {intent.reason}: {count} waiting scans cancelled"
        case RefreshConfiguration():
            return _refresh(services, intent, delivery_id)
        case RecordInstallation():
            return _record_installation(services, intent)
        case ForgetInstallation():
            count = services.scans.cancel_all(intent.installation_id, "the app was uninstalled")
            services.installations.forget(intent.installation_id)
            retention.forget_removed(services)
            return f"installation {intent.installation_id} of {intent.account} forgotten, {count} scans cancelled"


def _request(intent: RequestScan, delivery_id: int) -> Request:
    return Request(
        repository=intent.repository,
        installation_id=intent.installation_id,
        number=intent.number,
        head_sha=intent.head_sha,
        asked_by=intent.reason,
        delivery_id=delivery_id,
        base_ref=intent.base_ref,
    )


def _group_request(intent: ScanMergeGroup, delivery_id: int) -> Request:
    """A group has the number of the pull request that closes it."""
    return Request(
        repository=intent.repository,
        installation_id=intent.installation_id,
        number=intent.number,
        head_sha=intent.head_sha,
        asked_by="merge queue",
        delivery_id=delivery_id,
        kind=ScanKind.MERGE_GROUP,
        base_sha=intent.base_sha,
        base_ref=intent.base_ref,
    )


def _rescan_head(services: Services, intent: RescanHead, delivery_id: int) -> str:
    """The event names a commit; which pull requests it is the head of is known here, or asked."""
    known = services.scans.find(intent.repository.id, intent.head_sha)
    if known is not None and known.kind is ScanKind.MERGE_GROUP:
        return request_scan(services, _again(known, intent, delivery_id))
    numbers = intent.numbers or ((known.number,) if known is not None else _numbers(services, intent))
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


def _again(known: Scan, intent: RescanHead, delivery_id: int) -> Request:
    return Request(
        repository=intent.repository,
        installation_id=intent.installation_id,
        number=known.number,
        head_sha=known.head_sha,
        asked_by=intent.reason,
        delivery_id=delivery_id,
        force=True,
        kind=known.kind,
        base_sha=known.base_sha,
        base_ref=known.base_ref,
    )


def _numbers(services: Services, intent: RescanHead) -> tuple[int, ...]:
    github = services.github.repository(intent.installation_id, intent.repository)
    return tuple(pull.number for pull in github.list_pulls_with_head(intent.head_sha))


def _apply_fixes(services: Services, intent: ApplyFixes, delivery_id: int) -> str:
    """The check run is of a scan, which knows its pull request; a head may belong to several."""
    known = services.scans.load(int(intent.external_id)) if intent.external_id.isdecimal() else None
    if known is not None and known.repository_id == intent.repository.id:
        return commands.apply_fixes(services, intent, known.number, delivery_id)
    if not intent.numbers:
        return "no pull request is known for this check"
    return commands.apply_fixes(services, intent, intent.numbers[0], delivery_id)


def _refresh(services: Services, intent: RefreshConfiguration, delivery_id: int) -> str:
    """What waits for a configuration that can be used is looked at again."""
    outcomes = [
        request_scan(
            services,
            Request(
                repository=Repository(scan.repository_id, scan.repository.full_name),
                installation_id=intent.installation_id,
                number=scan.number,
                head_sha=scan.head_sha,
                asked_by="configuration changed",
                delivery_id=delivery_id,
                force=True,
            ),
        )
        for scan in services.scans.held_up(intent.repository)
    ]
    return "; ".join(outcomes) or "the configuration changed, and no pull request waits for it"


def _record_installation(services: Services, intent: RecordInstallation) -> str:
    services.installations.record(intent)
    outcome = f"installation {intent.installation_id} of {intent.account} recorded"
    count = 0
    if intent.suspended:
        count = services.scans.cancel_all(intent.installation_id, "the app was suspended")
    elif intent.removed:
        gone = [repository.id for repository in intent.removed]
        count = services.scans.cancel_repositories(gone, "the app may not work in this repository any more")
    retention.forget_removed(services)
    return outcome + (f", {count} scans cancelled" if count else "")
