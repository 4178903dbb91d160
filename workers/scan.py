"""One scan of one pull request, from its start to a verdict; everything that can go wrong on the way ends it too."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

from bot import check_runs
from bot.anchoring import Anchoring, anchor
from bot.client import GitHubClient
from bot.diff import MalformedDiff, parse_diff
from bot.errors import GitHubRefused, GitHubUnavailable, UserError
from bot.findings import Finding, ScanResult
from bot.gate import conclude
from bot.links import Links
from bot.markers import Markers
from bot.resources import PullRequest
from rules.analyze import analyze
from rules.cache import Store
from rules.errors import UserError as EngineUserError
from rules.reading import Memory
from workers import liveness, watchdog
from workers.check import Check, open_check
from workers.checkout import Cache, Snapshot
from workers.convert import to_result
from workers.git import CommitGone, Remote
from workers.logs import get_logger
from workers.models import Said, ScanState, now
from workers.posting import Poster
from workers.scans import MAX_ATTEMPTS, Ending, Request, Task, Told
from workers.services import Services

log = get_logger(__name__)

NOT_CHECKED = (GitHubRefused, UserError, EngineUserError, MalformedDiff, MemoryError, RecursionError)
"""What ends a scan without a verdict, and would do so again."""


class Superseded(Exception):
    """The pull request has another head now."""

    def __init__(self, pull: PullRequest) -> None:
        super().__init__(f"the pull request is at {pull.head_sha[:7]} now")
        self.pull = pull


class NotWanted(Exception):
    """Nobody waits for the result any more."""


@dataclass(slots=True)
class Attempt:
    """What the steps of one attempt share; `timings` are the seconds of its stages."""

    services: Services
    task: Task
    github: GitHubClient
    check: Check | None = None
    timings: dict[str, float] = field(default_factory=dict)
    _last: float = field(default_factory=time.perf_counter)

    def lap(self, stage: str) -> None:
        at = time.perf_counter()
        self.timings[stage], self._last = round(at - self._last, 3), at


def run(services: Services, scan_id: int) -> None:
    """Runs a queued scan to its end, or leaves it queued for another attempt. Safe to call twice, or too late."""
    with liveness.hold(services.settings.data_dir, scan_id) as mine:
        task = services.scans.begin(scan_id, liveness.HOST) if mine else None
        if task is None:
            return
        attempt = Attempt(services, task, services.github.repository(task.installation_id, task.repository))
        log.info("scan_started", repository=task.repository.full_name, number=task.number, attempt=task.attempt)
        ending = _ending(attempt)
        if ending is not None:
            _finish(attempt, ending)


def _review(attempt: Attempt) -> Ending:
    """The whole flow."""
    services, task, github = attempt.services, attempt.task, attempt.github
    pull = _wanted_pull(attempt)
    if not services.scans.record_head(task.scan_id, pull.head_sha):
        return Ending(ScanState.SUPERSEDED, "this head has a result already")
    attempt.check = open_check(services, github, task, pull.head_sha)
    attempt.lap("open")
    remote = Remote(services.settings.git_url(github.repository), github.token_for_git().get_secret_value())
    cache = Cache(services.settings.data_dir, task.repository.id)
    last = task.attempt >= MAX_ATTEMPTS
    with cache.snapshot(
        remote, number=task.number, base_ref=pull.base_ref, head_sha=pull.head_sha, fresh=last
    ) as snapshot:
        attempt.lap("fetch")
        result, anchoring = _look(attempt, snapshot)
    links = Links(services.settings.repository_url(github.repository), pull.head_sha)
    told_by = _poster(attempt, pull, links).post(result, anchoring)
    attempt.lap("review")
    _require_head(attempt, pull)
    conclusion = conclude(result.findings, draft=pull.draft)
    elsewhere = [finding for finding in result.new if finding.key not in told_by]
    attempt.check.complete(result, conclusion, links, told_elsewhere=elsewhere)
    attempt.lap("conclude")
    return Ending(
        ScanState.DONE,
        reason="",
        conclusion=conclusion.value,
        base_sha=snapshot.merge_base,
        findings=[_told(finding, told_by) for finding in result.findings],
    )


def _look(attempt: Attempt, snapshot: Snapshot) -> tuple[ScanResult, Anchoring]:
    """Analyses both commits; only what the head has and the merge base has not is told at a line of the diff."""
    settings = attempt.services.settings
    with Store(settings.cache_dir, most_bytes=settings.cache_megabytes * 1024 * 1024) as store:
        memory = Memory(store)
        with snapshot.base_tree() as tree:
            base = analyze(tree, fixes=False, memory=memory)
        attempt.lap("base")
        with snapshot.head_tree() as tree:
            result = to_result(snapshot.head, analyze(tree, memory=memory), tree, base)
        attempt.lap("head")
    if store.problem:
        log.warning("cache_not_used", reason=store.problem)
    return result, anchor(result.new, parse_diff(snapshot.diff))


def _poster(attempt: Attempt, pull: PullRequest, links: Links) -> Poster:
    settings = attempt.services.settings
    return Poster(
        attempt.github,
        pull.number,
        me=settings.identity,
        markers=Markers(settings.secret_bytes, attempt.task.repository.id, pull.number),
        links=links,
        check_head=lambda: _require_head(attempt, pull),
    )


def _wanted_pull(attempt: Attempt) -> PullRequest:
    pull = attempt.github.get_pull(attempt.task.number)
    if not pull.is_open:
        raise NotWanted("the pull request is closed")
    if pull.draft and not attempt.task.force:
        raise NotWanted("the pull request is a draft")
    return pull


def _require_head(attempt: Attempt, pull: PullRequest) -> None:
    """Nothing is written for a head that is not the present one."""
    present = attempt.github.get_pull(pull.number)
    if not present.is_open:
        raise NotWanted("the pull request is closed")
    if (present.head_sha, present.base_ref) != (pull.head_sha, pull.base_ref):
        raise Superseded(present)


def _ending(attempt: Attempt) -> Ending | None:
    """None: the scan is to be tried again."""
    try:
        return _review(attempt)
    except GitHubUnavailable as error:
        watchdog.recover_scan(attempt.services, attempt.task.scan_id, error.reason, seconds=error.retry_after)
        return None
    except CommitGone as error:
        # Where the head is still the same, git's servers are behind the API, or the base branch is gone.
        watchdog.recover_scan(attempt.services, attempt.task.scan_id, str(error))
        return None
    except Superseded as error:
        _request_scan_of(attempt, error.pull)
        links = Links(attempt.services.settings.repository_url(attempt.github.repository), error.pull.head_sha)
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
        attempt.services.queues.put(waiting)
    _acknowledge(attempt, ending)
    log.info("scan_finished", state=ending.state.value, conclusion=ending.conclusion, reason=ending.reason)


def _request_scan_of(attempt: Attempt, pull: PullRequest) -> None:
    """The event of the new head may come later, or never."""
    task = attempt.task
    attempt.services.scans.request(
        Request(
            repository=task.repository,
            installation_id=task.installation_id,
            number=task.number,
            head_sha=pull.head_sha,
            asked_by=f"found by scan {task.scan_id}",
            force=task.force,
            comment=task.comment,
        )
    )


def _end_check(attempt: Attempt, payload: check_runs.Payload) -> None:
    if attempt.check is not None:
        attempt.check.end(payload)


def _acknowledge(attempt: Attempt, ending: Ending) -> None:
    """The closing reaction to the comment that asked; without it nothing is missing but a courtesy."""
    comment = attempt.task.comment
    if comment is None or ending.state is ScanState.SUPERSEDED:
        return
    content = "rocket" if ending.state is ScanState.DONE else "confused"
    try:
        attempt.github.add_reaction(comment.kind, comment.id, content)
    except (GitHubUnavailable, GitHubRefused) as error:
        log.warning("reaction_not_added", comment=comment.id, reason=str(error))


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


def _told(finding: Finding, told_by: dict[str, int]) -> Told:
    comment_id = told_by.get(finding.key) if finding.is_new else None
    said = Said.INLINE if comment_id else Said.ANNOTATION if finding.is_new else Said.NOWHERE
    return Told(
        fingerprint=finding.first.fingerprint,
        rule=finding.rule,
        severity=finding.severity.value,
        confidence=finding.confidence.value,
        path=finding.first.path,
        line=finding.first.line,
        message=finding.message,
        is_new=finding.is_new,
        said=said,
        comment_id=comment_id,
    )
