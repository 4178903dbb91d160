"""The check run of a scan on GitHub: opened before anything else, ended once."""

from __future__ import annotations

from collections.abc import Sequence

from bot import check_runs
from bot.client import GitHubClient
from bot.errors import GitHubRefused, GitHubUnavailable
from bot.links import Links
from workers.logs import get_logger
from workers.models import ScanKind, now
from workers.scans import Task
from workers.services import Services

log = get_logger(__name__)


class Check:
    """`ended` is true for one that an earlier attempt had ended when it lost GitHub's answer.

    `annotated` is how many annotations it had got by then: nothing takes one back, so none is sent twice.
    """

    def __init__(self, github: GitHubClient, check_run_id: int, *, ended: bool, annotated: int = 0) -> None:
        self._github = github
        self._id = check_run_id
        self._annotated = annotated
        self.ended = ended

    def conclude(self, payloads: Sequence[check_runs.Payload]) -> None:
        """Tells the verdict. Raises GitHubUnavailable when it did not get through."""
        if self.ended:
            return
        for payload in payloads:
            left = self._without_sent(payload)
            if left is not None:
                self._github.update_check_run(self._id, left)
        self.ended = True

    def _without_sent(self, payload: check_runs.Payload) -> check_runs.Payload | None:
        """None where all that an update brings is there already."""
        number = len(payload["output"].get("annotations", ()))
        if not 0 < number <= self._annotated:
            return payload
        self._annotated -= number
        return payload | {"output": payload["output"] | {"annotations": []}} if "status" in payload else None

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


def open_check(services: Services, github: GitHubClient, task: Task, head_sha: str) -> Check:
    """The check run of this scan and head: the one of an earlier attempt, else a new one."""
    name = check_runs.FIXES_NAME if task.kind is ScanKind.FIX else check_runs.NAME
    found = _of_earlier_attempt(services, github, task, head_sha, name)
    if found is not None:
        return found
    external_id, url = str(task.scan_id), services.settings.scan_url(task.scan_id)
    payload = check_runs.queued(head_sha, external_id, url, name=name)
    created = github.create_check_run(payload | check_runs.in_progress(now()))
    services.scans.record_check_run(task.scan_id, created.id)
    return Check(github, created.id, ended=False)


def _of_earlier_attempt(services: Services, github: GitHubClient, task: Task, head_sha: str, name: str) -> Check | None:
    if task.attempt == 1:
        return None
    for run in github.find_check_runs(head_sha, name):
        if run.external_id == str(task.scan_id):
            services.scans.record_check_run(task.scan_id, run.id)
            return Check(github, run.id, ended=run.status == "completed", annotated=run.annotations)
    if task.check_run_id is not None:
        links = Links(services.settings.repository_url(github.repository), head_sha)
        Check(github, task.check_run_id, ended=False).end(check_runs.superseded(head_sha, links, now()))
    return None
