"""The scan of a pull request: its check run, and one review with what is new."""

from __future__ import annotations

from collections.abc import Mapping

from bot import check_runs
from bot.anchoring import anchor
from bot.config import Choice
from bot.diff import parse_diff
from bot.findings import Finding, ScanResult
from bot.gate import conclude
from bot.markers import Markers
from bot.resources import PullRequest
from workers.attempt import Attempt
from workers.check import open_check
from workers.configuration import changed
from workers.detail import Detail, details
from workers.look import WrongConfiguration, look, require_config
from workers.models import Said, ScanState, now
from workers.posting import Posted, Poster
from workers.scans import Ending, Told


def review(attempt: Attempt) -> Ending:
    """The whole flow."""
    services, task = attempt.services, attempt.task
    pull = attempt.wanted_pull()
    if not services.scans.record_head(task.scan_id, pull.head_sha, pull.base_ref, draft=pull.draft):
        return Ending(ScanState.SUPERSEDED, "this head has a result already")
    attempt.check = open_check(services, attempt.github, task, pull.head_sha)
    attempt.lap("open")
    loaded = attempt.configuration(pull.base_ref)
    attempt.lap("configuration")
    former_sha = services.scans.last_head(task.repository.id, task.number)
    try:
        with (
            attempt.snapshot(base_ref=pull.base_ref, head_sha=pull.head_sha, former_sha=former_sha) as snapshot,
            snapshot.base_tree() as base,
            snapshot.head_tree() as head,
            attempt.memory() as memory,
        ):
            choice = loaded.choice(changed(base, head))
            config = require_config(choice)
            ignored = services.ignored.fingerprints(task.repository.id)
            diff = parse_diff(snapshot.diff)
            seen = look(snapshot.head, head, base, config, ignored, diff.renamed, attempt.lap, memory, snapshot.renamed)
            result = seen.result
            attempt.details = details(result.findings, head)
    except WrongConfiguration as error:
        attempt.require_head(pull)
        attempt.check.conclude([check_runs.wrong_configuration(error.choice.problems, loaded.sites, now())])
        return Ending(ScanState.DONE, str(error), conclusion="action_required")
    anchoring = anchor(result.new, diff, limit=config.comment_limit)
    services.ignored.follow(task.repository.id, seen.renames)
    posted = Posted({})
    if config.comments_enabled:
        posted = _poster(attempt, pull).post(result, anchoring, seen.renames)
    attempt.lap("review")
    attempt.require_head(pull)
    return _conclude(attempt, pull, result, choice, posted, snapshot.merge_base)


def _conclude(
    attempt: Attempt, pull: PullRequest, result: ScanResult, choice: Choice, posted: Posted, merge_base: str
) -> Ending:
    config, check, told_by = require_config(choice), attempt.check, posted.told_by
    conclusion = conclude(
        result.findings, config.gate, draft=pull.draft, wrong_configuration=bool(choice.head_problems)
    )
    if check is not None:
        check.conclude(
            check_runs.completed(
                result,
                conclusion,
                attempt.links(pull.head_sha),
                told_elsewhere=[finding for finding in result.new if finding.key not in told_by],
                can_push=_can_push(attempt, pull, result),
                completed_at=now(),
                choice=choice,
                review_refused=posted.refused,
            )
        )
    attempt.lap("conclude")
    findings = [to_told(finding, told_by, attempt.details.get(finding.key)) for finding in result.findings]
    return Ending(ScanState.DONE, "", conclusion=conclusion.value, base_sha=merge_base, findings=findings)


def to_told(finding: Finding, told_by: Mapping[str, int], detail: Detail | None = None) -> Told:
    comment_id = told_by.get(finding.key) if finding.is_new else None
    first = finding.first
    others = (read.fingerprint for read in finding.reads)
    return Told(
        fingerprints=tuple(dict.fromkeys((first.fingerprint, *others))),
        rule=finding.rule,
        severity=finding.severity.value,
        confidence=finding.confidence.value,
        path=first.path,
        line=first.line,
        message=finding.message,
        is_new=finding.is_new,
        said=Said.INLINE if comment_id else Said.ANNOTATION if finding.is_new else Said.NOWHERE,
        comment_id=comment_id,
        detail=detail,
    )


def _can_push(attempt: Attempt, pull: PullRequest, result: ScanResult) -> bool:
    """Whether the button that commits the fixes would do something. To a fork we cannot write."""
    fixable = any(finding.safe_fix for finding in result.new)
    return fixable and pull.head_repo_id == attempt.task.repository.id and attempt.may_write()


def _poster(attempt: Attempt, pull: PullRequest) -> Poster:
    settings, number = attempt.services.settings, pull.number
    return Poster(
        attempt.github,
        number,
        me=settings.identity,
        markers=Markers(settings.secret_bytes, attempt.task.repository.id, number, former=settings.former_secrets),
        links=attempt.links(pull.head_sha),
        check_head=lambda: attempt.require_head(pull),
        may_resolve=attempt.may_write,
    )
