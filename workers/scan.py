"""One scan, from its start to its end: everything that can go wrong on the way ends it too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from bot import check_runs, messages
from bot.diff import MalformedDiff
from bot.errors import GitHubRefused, GitHubUnavailable, UserError
from bot.gate import Conclusion
from bot.resources import PullRequest
from rules.errors import UserError as EngineUserError
from workers import fixing, liveness, merge_group, review, telemetry, watchdog
from workers.attempt import Attempt, NotWanted, Superseded
from workers.git import CommitGone
from workers.logs import bind, get_logger
from workers.models import ScanKind, ScanState, now
from workers.replies import reply
from workers.scans import Ending, Request
from workers.services import Services
from workers.telemetry import figures

log = get_logger(__name__)

NOT_CHECKED = (GitHubRefused, UserError, EngineUserError, MalformedDiff, MemoryError, RecursionError)
"""What ends a scan without a verdict, and would do so again."""

FLOWS: Mapping[ScanKind, Callable[[Attempt], Ending]] = {
    ScanKind.REVIEW: review.review,
    ScanKind.MERGE_GROUP: merge_group.check_group,
    ScanKind.FIX: fixing.fix,
}


def run(services: Services, scan_id: int) -> None:
    """Runs a queued scan to its end, or leaves it queued for another attempt. Safe to call twice, or too late."""
    data_dir = services.settings.data_dir
    with liveness.hold(data_dir, liveness.scan_name(scan_id)) as mine:
        task = services.scans.begin(scan_id, liveness.place(data_dir)) if mine else None
        if task is None:
            return
        attempt = Attempt(services, task, services.github.repository(task.installation_id, task.repository))
        bind(repository=task.repository.full_name, number=task.number, delivery=task.delivery_id)
        log.info("scan_started", kind=task.kind.value, attempt=task.attempt)
        ending = _ending(attempt)
        if ending is not None:
            _finish(attempt, ending)


def _ending(attempt: Attempt) -> Ending | None:
    """None: the scan is to be tried again."""
    try:
        return FLOWS[attempt.task.kind](attempt)
    except GitHubUnavailable as error:
        if error.limited:
            attempt.services.installations.pause(attempt.task.installation_id, error.retry_after or 0)
        watchdog.recover_scan(
            attempt.services, attempt.task.scan_id, error.reason, seconds=error.retry_after, patient=True
        )
        return None
    except CommitGone as error:
        # Where the head is still the same, git's servers are behind the API, or the base branch is gone.
        watchdog.recover_scan(attempt.services, attempt.task.scan_id, str(error))
        return None
    except Superseded as error:
        _request_scan_of(attempt, error.pull)
        links = attempt.links(error.pull.head_sha)
        _end_check(attempt, check_runs.superseded(error.pull.head_sha, links, now()))
        return Ending(ScanState.SUPERSEDED, str(error), "neutral")
    except NotWanted as error:
        _end_check(attempt, check_runs.cancelled(str(error), now()))
        return Ending(ScanState.CANCELLED, str(error), "neutral")
    except NOT_CHECKED as error:
        reason = _reason(error)
        _end_check(attempt, check_runs.not_checked(reason, now()))
        return Ending(ScanState.FAILED, reason, "neutral")


def _finish(attempt: Attempt, ending: Ending) -> None:
    check_ended = attempt.check is not None and attempt.check.ended
    ending = replace(ending, check_run_ended=check_ended, timings=attempt.timings)
    waiting = attempt.services.scans.end(attempt.task.scan_id, ending)
    if waiting is not None:
        attempt.services.queues.offer(waiting)
    _acknowledge(attempt, ending)
    _count(attempt, ending)
    log.info("scan_finished", state=ending.state.value, conclusion=ending.conclusion, reason=ending.reason)


def _count(attempt: Attempt, ending: Ending) -> None:
    figures.count(telemetry.SCANS, ending.state.value, ending.conclusion)
    for stage, seconds in attempt.timings.items():
        figures.observe(telemetry.STAGES, seconds, stage)
    if ending.state is ScanState.DONE:
        figures.observe(telemetry.VERDICTS, (now() - attempt.task.asked_at).total_seconds())
    for told in ending.findings:
        if told.is_new:
            figures.count(telemetry.FINDINGS, told.rule, told.severity)


def _request_scan_of(attempt: Attempt, pull: PullRequest) -> None:
    """The event of the new head may come later, or never."""
    task = attempt.task
    attempt.services.scans.request(
        Request(
            repository=task.repository,
            installation_id=task.installation_id,
            number=task.number,
            head_sha=pull.head_sha,
            base_ref=pull.base_ref,
            asked_by=f"found by scan {task.scan_id}",
            force=task.force,
            comment=task.comment,
        )
    )


def _end_check(attempt: Attempt, payload: check_runs.Payload) -> None:
    if attempt.check is not None:
        attempt.check.end(payload)


def _acknowledge(attempt: Attempt, ending: Ending) -> None:
    """The closing reaction to the comment that asked, and the reason where nothing came of it.

    Without them nothing is missing but a courtesy.
    """
    task, comment = attempt.task, attempt.task.comment
    if comment is None or ending.state is ScanState.SUPERSEDED:
        return
    told = ending.state is ScanState.DONE
    well = told and (task.kind is not ScanKind.FIX or ending.conclusion == Conclusion.SUCCESS.value)
    try:
        if not told:
            reply(
                attempt.services,
                attempt.github,
                repository=task.repository,
                number=task.number,
                comment=comment,
                key=f"scan.{task.scan_id}",
                text=messages.not_checked(ending.reason),
            )
        attempt.github.add_reaction(comment.kind, comment.id, "rocket" if well else "confused")
    except (GitHubUnavailable, GitHubRefused) as error:
        log.warning("not_acknowledged", comment=comment.id, reason=str(error))


def _reason(error: BaseException) -> str:
    match error:
        case GitHubRefused():
            return f"GitHub refused: {error}"
        case MemoryError():
            return "its files need more memory than a scan may use"
        case RecursionError():
            return "its code is nested too deeply"
        case MalformedDiff():
            return f"git's diff could not be read: {error}"
        case _:
            return str(error)
