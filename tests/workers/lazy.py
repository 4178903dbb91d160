"""Scans that run in the test's own process, against a sandbox: a fault costs no fork, and a retry no waiting."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.identity import Repository as Name
from bot.sandbox.model import CheckRun, Pull, Review, ReviewComment
from bot.sandbox.scenario import Scenario
from bot.sandbox.server import Exchange
from bot.sandbox.state import SandboxState
from rules.analyze import NO_POLICY, analyze
from rules.dependencies import Policy
from rules.project import Project
from rules.reading import Memory
from rules.report import Report
from tests.system.stack import BASE, LAZY, SERVICE
from tests.workers.world import row
from workers import look, scan
from workers.models import Installation, Scan
from workers.scans import MAX_ATTEMPTS, Request
from workers.services import Services


class LazyWorld:
    """A repository whose pull requests each bring one lazy load; `exchanges` are the requests to its API and git."""

    def __init__(self, folder: Path, state: SandboxState) -> None:
        self.folder = folder
        self.state = state
        self.scenario = Scenario(state)
        self.app = state.add_app("greenlatch")
        self.repository = self.scenario.create_repository("octo/app", dict(BASE), roles={"wendy": "write"})
        self.installation = self.scenario.install(self.app, "octo", [self.repository])
        self.exchanges: list[Exchange] = []

    def open(self) -> Pull:
        branch = f"feature-{self.repository.last_number + 1}"
        return self.scenario.open_pull(
            self.repository,
            branch,
            title="Add titles",
            author="wendy",
            files={"service.py": SERVICE + LAZY},
            message=f"Add titles on {branch}",  # two like commits of one second would be one and the same
        )

    def request(self, pull: Pull, **more: object) -> Request:
        given = {
            "repository": Name(self.repository.id, self.repository.full_name),
            "installation_id": self.installation.id,
            "number": pull.number,
            "head_sha": pull.head_sha,
            "asked_by": "opened",
            **more,
        }
        return Request(**given)  # type: ignore[arg-type]

    def checks(self, pull: Pull, sha: str = "") -> list[CheckRun]:
        return self.state.runs_for(self.repository, sha or pull.head_sha)

    def reviews(self, pull: Pull) -> list[Review]:
        return [review for review in self.state.reviews_of(pull) if review.user is self.app.bot]

    def comments(self, pull: Pull) -> list[ReviewComment]:
        return [comment for comment in self.state.review_comments_of(pull) if comment.user is self.app.bot]

    def require_one_verdict(self, pull: Pull) -> None:
        """One check run for the head, one comment for the finding, one annotation: nothing lost, nothing twice."""
        (check,) = self.checks(pull)
        assert (check.status, check.conclusion) == ("completed", "failure")
        assert [note["path"] for note in check.annotations] == ["service.py"]
        assert len(self.reviews(pull)) == 1
        assert [comment.thread.path for comment in self.comments(pull)] == ["service.py"]


def make_due(services: Services, scan_id: int) -> None:
    """The time that the scan and its installation have to wait is over."""
    with services.database.transaction() as session:
        session.get_one(Scan, scan_id).not_before = None
        session.execute(update(Installation).values(paused_until=None))


def same_files_same_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine looks at each tree once: these tests are about what happens around it."""
    known: dict[tuple[object, bool], Report] = {}

    def look_once(
        project: Project, *, fixes: bool = True, policy: Policy = NO_POLICY, memory: Memory | None = None
    ) -> Report:
        key = tuple((path, project.blob_id(path)) for path in project.paths())
        if (key, fixes) not in known:
            known[key, fixes] = analyze(project, fixes=fixes, policy=policy, memory=memory)
        return known[key, fixes]

    monkeypatch.setattr(look, "analyze", look_once)


def run_to_end(services: Services, scan_id: int, between: Callable[[], None] = lambda: None) -> Scan:
    """As the queue would, only without its pauses; `between` comes after each attempt."""
    for _ in range(MAX_ATTEMPTS + 1):
        make_due(services, scan_id)
        scan.run(services, scan_id)
        between()
        if row(services, scan_id).state.finished:
            break
    return row(services, scan_id)
