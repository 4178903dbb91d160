"""The scan of a commit that a merge queue made: a check run, and no review, for nobody reads one there."""

from __future__ import annotations

from bot import check_runs
from bot.diff import parse_diff
from bot.gate import conclude
from workers.attempt import Attempt
from workers.check import open_check
from workers.look import WrongConfiguration, look, require_config
from workers.models import ScanState, now
from workers.review import to_told
from workers.scans import Ending


def check_group(attempt: Attempt) -> Ending:
    """Compares the commit with the one that it was made on, which is the base branch or the group before it."""
    services, task = attempt.services, attempt.task
    if not services.scans.record_head(task.scan_id, task.head_sha, task.base_ref):
        return Ending(ScanState.SUPERSEDED, "this commit has a result already")
    attempt.check = open_check(services, attempt.github, task, task.head_sha)
    attempt.lap("open")
    loaded = attempt.configuration(task.base_sha)
    attempt.lap("configuration")
    choice = loaded.choice(None)
    try:
        config = require_config(choice)
    except WrongConfiguration as error:
        attempt.check.conclude([check_runs.wrong_configuration(error.choice.problems, loaded.sites, now())])
        return Ending(ScanState.DONE, str(error), conclusion="action_required")
    with (
        attempt.snapshot(base_ref=task.base_ref, base_sha=task.base_sha, head_sha=task.head_sha) as snapshot,
        snapshot.base_tree() as base,
        snapshot.head_tree() as head,
        attempt.memory() as memory,
    ):
        ignored = services.ignored.fingerprints(task.repository.id)
        renamed = parse_diff(snapshot.diff).renamed
        result = look(snapshot.head, head, base, config, ignored, renamed, attempt.lap, memory).result
    conclusion = conclude(result.findings, config.gate)
    attempt.check.conclude(
        check_runs.completed(
            result,
            conclusion,
            attempt.links(task.head_sha),
            told_elsewhere=result.new,
            can_push=False,
            completed_at=now(),
            choice=choice,
        )
    )
    attempt.lap("conclude")
    findings = [to_told(finding, {}) for finding in result.findings]
    return Ending(ScanState.DONE, "", conclusion=conclusion.value, base_sha=snapshot.merge_base, findings=findings)
