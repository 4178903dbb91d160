"""A sandbox with one pull request, and the services that are configured for it."""

from __future__ import annotations

from pathlib import Path

from bot.identity import Repository
from bot.sandbox.model import CheckRun, Pull
from bot.sandbox.scenario import Scenario
from bot.sandbox.state import SandboxState
from workers import liveness
from workers.models import Scan
from workers.scans import Request
from workers.services import Services


class World:
    def __init__(self, folder: Path, state: SandboxState) -> None:
        self.folder = folder
        self.state = state
        self.scenario = Scenario(state)
        self.app = state.add_app("greenlatch")
        self.repository = self.scenario.create_repository("octo/app", {"app.py": "x = 1\n"})
        self.installation = self.scenario.install(self.app, "octo", [self.repository])
        self.pull: Pull = self.scenario.open_pull(self.repository, "feature", title="t", files={"new.py": "y = 2\n"})

    @property
    def request(self) -> Request:
        repository = Repository(self.repository.id, "octo/app")
        return Request(repository, self.installation.id, 1, self.pull.head_sha, "opened")

    def checks(self) -> list[CheckRun]:
        return self.state.runs_for(self.repository, self.pull.head_sha)

    def begin(self, services: Services) -> int:
        """A scan that says it runs, and that no process works on."""
        scan_id = services.scans.request(self.request).scan_id
        assert services.scans.begin(scan_id, liveness.place(services.settings.data_dir)) is not None
        return scan_id


def row(services: Services, scan_id: int) -> Scan:
    scan = services.scans.load(scan_id)
    assert scan is not None
    return scan
