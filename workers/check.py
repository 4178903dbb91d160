"""The check run of a scan on GitHub: opened before anything else, ended once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from bot import check_runs
from bot.client import GitHubClient
from bot.errors import GitHubRefused, GitHubUnavailable
from bot.links import Links
from bot.resources import Annotation, CheckRun
from workers.logs import get_logger
from workers.models import ScanKind, now
from workers.scans import Task
from workers.services import Services

log = get_logger(__name__)


ATTEMPTS_BEFORE_BELIEF = 2
"""GitHub tells of a commit before all of its servers know it."""


class Check:
    """`ended` is true for one that an earlier attempt had ended when it lost GitHub's answer.

    `fresh` is one that no earlier attempt can have annotated: GitHub only adds annotations, and takes none back.
    """

    def __init__(self, github: GitHubClient, check_run_id: int, *, ended: bool, fresh: bool) -> None:
        self._github = github
        self._id = check_run_id
        self._fresh = fresh
        self.ended = ended

    def conclude(self, payloads: Sequence[check_runs.Payload]) -> None:
        """Tells the verdict. Raises GitHubUnavailable when it did not get through."""
        if not self.ended:
            for payload in payloads if self._fresh else self._without_known(payloads):
                self._send(payload)
            self.ended = True

    def _send(self, payload: check_runs.Payload) -> None:
        """Annotations that GitHub does not take, say for a path that was made for it, must not cost the verdict."""
        try:
            self._github.update_check_run(self._id, payload)
        except GitHubRefused as error:
            if not error.unprocessable or not payload["output"].get("annotations"):
                raise
            log.warning("annotations_refused", check_run=self._id, reason=error.reason)
            self._github.update_check_run(self._id, payload | {"output": payload["output"] | {"annotations": []}})

    def _without_known(self, payloads: Sequence[check_runs.Payload]) -> Iterator[check_runs.Payload]:
        known = Counter(self._github.list_annotations(self._id))
        for payload in payloads:
            missing = []
            for annotation in payload["output"].get("annotations", []):
                key = Annotation.model_validate(annotation)
                if known[key] > 0:
                    known[key] -= 1
                else:
                    missing.append(annotation)
            if missing or "conclusion" in payload:
                yield payload | {"output": payload["output"] | {"annotations": missing}}

    def end(self, payload: check_runs.Payload) -> None:
        """Ends it without a verdict; where GitHub cannot be reached now, the sweeper does it later."""
        if self.ended:
            return
        try:
            self._github.update_check_run(self._id, payload)
        except GitHubUnavailable as error:
            log.warning("check_run_not_ended", check_run=self._id, reason=error.reason)
            return
        except GitHubRefused as error:
            log.warning("check_run_refused", check_run=self._id, reason=str(error))
        self.ended = True


def open_check(services: Services, github: GitHubClient, task: Task, head_sha: str, *, begun: bool = True) -> Check:
    """The check run of this scan and head: the one of an earlier attempt, else a new one.

    Unless the scan has `begun` it says that it waits.
    """
    name = check_name(task.kind)
    found = find_check_run(github, task.scan_id, task.check_run_sha, name) if task.check_run_sha else None
    if found is not None and task.check_run_sha == head_sha:
        services.scans.record_check_run(task.scan_id, head_sha, found.id)
        waited = found.status == "queued"
        if waited and begun:
            github.update_check_run(found.id, check_runs.in_progress(now()))
        return Check(github, found.id, ended=found.status == "completed", fresh=waited)
    if found is not None:
        links = Links(services.settings.repository_url(github.repository), head_sha)
        former = Check(github, found.id, ended=found.status == "completed", fresh=False)
        former.end(check_runs.superseded(head_sha, links, now()))
    services.scans.record_check_run(task.scan_id, head_sha, None)
    payload = check_runs.queued(head_sha, str(task.scan_id), services.settings.scan_url(task.scan_id), name=name)
    try:
        created = github.create_check_run(payload | (check_runs.in_progress(now()) if begun else {}))
    except GitHubRefused as error:
        if error.unprocessable and task.attempt <= ATTEMPTS_BEFORE_BELIEF:
            raise GitHubUnavailable(f"GitHub takes no check for commit {head_sha[:7]} yet: {error}") from error
        raise
    services.scans.record_check_run(task.scan_id, head_sha, created.id)
    return Check(github, created.id, ended=False, fresh=True)


def check_name(kind: ScanKind) -> str:
    return check_runs.FIXES_NAME if kind is ScanKind.FIX else check_runs.NAME


def find_check_run(github: GitHubClient, scan_id: int, head_sha: str, name: str) -> CheckRun | None:
    """The check run that a scan has at a head already, also when GitHub's answer to its creation was lost."""
    try:
        runs = github.find_check_runs(head_sha, name)
    except GitHubRefused as error:  # the commit was pushed away, and its check runs with it
        log.warning("check_run_not_found", scan=scan_id, reason=str(error))
        return None
    return next((run for run in runs if run.external_id == str(scan_id)), None)
