"""Commits verified fixes to the branch of a pull request, all at once; where it may not, it offers the patch."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from bot import answers, check_runs
from bot import findings as told
from bot.answers import Committed
from bot.diff import parse_diff
from bot.errors import GitHubRefused, GitHubUnavailable
from bot.patches import file_change
from bot.resources import PullRequest
from rules.analyze import NO_POLICY, analyze
from rules.dependencies import Policy
from rules.finding import Edit, Finding, Fix, Safety
from rules.fixes.edit_text import EditConflict, compatible
from rules.fixes.verify import apply, verified
from rules.project import OverlayProject, Project
from rules.reading import Memory
from rules.report import Report
from workers.attempt import Attempt
from workers.check import open_check
from workers.configuration import changed
from workers.logs import get_logger
from workers.look import Look, WrongConfiguration, look, look_at, policy_of, require_config
from workers.models import ScanState, now
from workers.replies import reply
from workers.scans import Ending

log = get_logger(__name__)

Pair = tuple[told.Finding, Finding, Fix]
"""What is told, what the engine found, and its verified fix."""

MAX_ROUNDS = 5
MAX_SINGLE = 12
"""Fixes that are tried one after the other where they do not all go together."""


@dataclass(frozen=True, slots=True)
class Answer:
    """How it went: a title for the check run, a text for people, and whether it was done."""

    title: str
    text: str
    done: bool = False


@dataclass(frozen=True, slots=True)
class Repair:
    """`files` are the new bytes of each file, `applied` the findings that are gone with them."""

    files: Mapping[str, bytes]
    applied: tuple[told.Finding, ...]
    patch: str


def fix(attempt: Attempt) -> Ending:
    services, task, github = attempt.services, attempt.task, attempt.github
    pull = attempt.wanted_pull()
    services.scans.record_head(task.scan_id, pull.head_sha, pull.base_ref)
    attempt.check = open_check(services, github, task, pull.head_sha)
    attempt.lap("open")
    answer = _already(attempt, pull) or _answer(attempt, pull)
    text = f"{answer.text}\n\n{answers.asked_by(task.author)}" if task.comment is None else answer.text
    try:
        reply(
            services,
            github,
            repository=task.repository,
            number=pull.number,
            comment=task.comment,
            key=f"fix.{task.scan_id}",
            text=text,
        )
    except GitHubRefused as error:  # the conversation is locked, or gone: the check tells it
        log.warning("fix_not_answered", scan=task.scan_id, reason=str(error))
    attempt.check.conclude([check_runs.fixes(answer.title, answer.text, now(), done=answer.done)])
    attempt.lap("conclude")
    return Ending(
        ScanState.DONE, "" if answer.done else answer.title, conclusion="success" if answer.done else "neutral"
    )


def _already(attempt: Attempt, pull: PullRequest) -> Answer | None:
    """What an earlier attempt did that lost GitHub's answer."""
    if attempt.task.attempt == 1:
        return None
    commit = attempt.github.get_git_commit(pull.head_sha)
    if answers.scan_trailer(attempt.task.scan_id) not in commit.message.splitlines():
        return None
    return Answer("Committed", answers.committed(Committed(pull.head_sha, ()), attempt.links(pull.head_sha)), done=True)


def _answer(attempt: Attempt, pull: PullRequest) -> Answer:
    loaded = attempt.configuration(pull.base_ref)
    try:
        with (
            attempt.snapshot(base_ref=pull.base_ref, head_sha=pull.head_sha) as snapshot,
            snapshot.base_tree() as base,
            snapshot.head_tree() as head,
            attempt.memory() as memory,
        ):
            config = require_config(loaded.choice(changed(base, head)))
            ignored = attempt.services.ignored.fingerprints(attempt.task.repository.id)
            renamed = parse_diff(snapshot.diff).renamed
            seen = look(snapshot.head, head, base, config, ignored, renamed, attempt.lap, memory)
            wanted = _wanted(seen.result, attempt.task.target)

            def again(project: Project) -> Look:
                return look_at(snapshot.head, project, base, seen.before, config, ignored, renamed, memory)

            repair = repaired(head, seen, wanted, again, policy_of(config), memory)
            attempt.lap("fix")
    except WrongConfiguration as error:
        return Answer("The configuration is wrong", answers.not_fixed(str(error)))
    if repair is None:
        return Answer("Nothing to fix", answers.nothing_to_fix(seen.result, attempt.task.target))
    return _commit(attempt, pull, repair, left=[one for one in wanted if one not in repair.applied])


def _wanted(result: told.ScanResult, target: str) -> list[told.Finding]:
    """The findings with a verified fix: the one that is meant, else all that the pull request brings."""
    chosen = result.new if not target else tuple(one for one in result.findings if _is_meant(one, target))
    return [finding for finding in chosen if finding.safe_fix]


def _is_meant(finding: told.Finding, target: str) -> bool:
    return any(fingerprint.startswith(target) for fingerprint in finding.fingerprints)


def _commit(attempt: Attempt, pull: PullRequest, repair: Repair, left: Sequence[told.Finding]) -> Answer:
    task, links = attempt.task, attempt.links(pull.head_sha)
    if pull.head_repo_id != task.repository.id:
        return Answer("Offered as a patch", answers.patch_for_fork(repair.patch))
    if not attempt.may_write():
        return Answer("Not allowed to write", answers.patch_without_permission(repair.patch))
    try:
        sha = attempt.github.create_commit(
            pull.head_ref,
            parent=pull.head_sha,
            files=repair.files,
            headline=answers.commit_headline(repair.applied),
            body=answers.commit_body(repair.applied, task.author, task.scan_id),
        )
    except GitHubRefused as error:
        if error.status == 409:
            raise GitHubUnavailable("the branch moved while the fixes were made", retry_after=1) from None
        return Answer("GitHub refused the commit", answers.patch_after_refusal(error.reason, repair.patch))
    return Answer("Committed", answers.committed(Committed(sha, repair.applied, tuple(left)), links), done=True)


def repaired(
    project: Project,
    seen: Look,
    wanted: Sequence[told.Finding],
    again: Callable[[Project], Look],
    policy: Policy = NO_POLICY,
    memory: Memory | None = None,
) -> Repair | None:
    """All fixes that go together, then those that the result still needs; None where there is none."""
    files: dict[str, bytes] = {}
    applied: list[told.Finding] = []
    here, left = project, {finding.key: finding for finding in wanted}

    def look_again(edited: Project) -> Report:
        return analyze(edited, fixes=False, policy=policy, memory=memory)

    for _ in range(MAX_ROUNDS):
        chosen = _together(here, seen, left.keys(), look_again)
        if not chosen:
            break
        after = apply(here, _edits(chosen))
        files |= {edit.path: after.read(edit.path) for edit in _edits(chosen)}
        applied += [left.pop(finding.key) for finding, _, _ in chosen if finding.key in left]
        if not left:
            break
        here = OverlayProject(project, files)
        seen = again(here)
    return Repair(files, tuple(applied), _patch(project, files)) if files else None


def _together(
    project: Project, seen: Look, keys: Collection[str], look_again: Callable[[Project], Report]
) -> list[Pair]:
    """The fixes that can be done together, found out by one more analysis; one after the other where they cannot."""
    wanted = [finding for finding in seen.result.findings if finding.key in keys]
    pairs = [(finding, *found) for finding in wanted if (found := _of_engine(finding, seen.report)) is not None]
    together, _ = compatible([fix for _, _, fix in pairs])
    pairs = [pair for pair in pairs if pair[2] in together]
    if _all_verified(project, seen.report, pairs, look_again):
        return pairs
    chosen: list[Pair] = []
    for pair in pairs[:MAX_SINGLE]:
        if _all_verified(project, seen.report, [*chosen, pair], look_again):
            chosen.append(pair)
    return chosen


def _patch(project: Project, files: Mapping[str, bytes]) -> str:
    known = frozenset(project.paths())
    before = {path: project.read(path) if path in known else b"" for path in files}
    return "".join(file_change(path, before[path], files[path]).patch for path in sorted(files))


def _of_engine(finding: told.Finding, report: Report) -> tuple[Finding, Fix] | None:
    """What the engine itself found: its edits can be combined."""
    for one in report.findings:
        origin = told.Step(one.origin.path, one.origin.line, one.origin.note)
        reads = {read.fingerprint for read in one.reads}
        if (one.rule, origin) == (finding.rule, finding.origin) and finding.fingerprints <= reads:
            safe = next((each for each in one.fixes if each.safety is Safety.SAFE and each.edits), None)
            return (one, safe) if safe else None
    return None


def _all_verified(
    project: Project, before: Report, pairs: Sequence[Pair], look_again: Callable[[Project], Report]
) -> bool:
    """Whether every finding is gone with all of these fixes, and nothing new is there; analysed once."""
    if not pairs:
        return False
    whole = Fix("all of them", Safety.SAFE, tuple(_edits(pairs)))
    try:
        after = look_again(apply(project, whole.edits))
    except EditConflict:
        return False
    found = (verified(project, finding, whole, lambda _: after, before=before) for _, finding, _ in pairs)
    return all(one is not None and one.safety is Safety.SAFE for one in found)


def _edits(pairs: Sequence[Pair]) -> list[Edit]:
    """Without what several need alike, such as an import."""
    return list(dict.fromkeys(edit for _, _, each in pairs for edit in each.edits))
