"""One attempt at a scan: what its steps share, and whether anybody still waits for it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from bot.client import GitHubClient
from bot.errors import GitHubRefused, GitHubUnavailable
from bot.links import Links
from bot.resources import PullRequest
from rules.reading import Memory
from workers.check import Check
from workers.checkout import Cache, Snapshot
from workers.configuration import Loaded, read_base
from workers.detail import Detail
from workers.facts import open_memory
from workers.git import Remote
from workers.logs import get_logger
from workers.scans import Task
from workers.services import Services

log = get_logger(__name__)

ATTEMPTS_WITH_CACHE = 3
"""Later attempts fetch everything anew: what the cache holds may be what is wrong."""
LAG_SECONDS = 3


class Superseded(Exception):
    """The pull request has another head now."""

    def __init__(self, pull: PullRequest) -> None:
        super().__init__(f"the pull request is at {pull.head_sha[:7]} now")
        self.pull = pull


class NotWanted(Exception):
    """Nobody waits for the result any more."""


@dataclass(slots=True)
class Attempt:
    """`timings` are the seconds of its stages, `details` what the page shows of each finding, by its key."""

    services: Services
    task: Task
    github: GitHubClient
    check: Check | None = None
    timings: dict[str, float] = field(default_factory=dict)
    details: dict[str, Detail] = field(default_factory=dict)
    _last: float = field(default_factory=time.perf_counter)
    _may_write: bool | None = None

    def lap(self, stage: str) -> None:
        at = time.perf_counter()
        self.timings[stage], self._last = round(at - self._last, 3), at

    def links(self, sha: str) -> Links:
        return Links(self.services.settings.repository_url(self.github.repository), sha)

    def may_write(self) -> bool:
        """Whether the installation granted what commits and resolved threads need; GitHub is asked once."""
        if self._may_write is None:
            self._may_write = self.github.may_write_code()
        return self._may_write

    def configuration(self, ref: str) -> Loaded:
        """That of a branch or commit, and of the organisation."""
        settings = self.services.settings
        return read_base(self.services.github, self.github, self.task.installation_id, ref, settings)

    @contextmanager
    def snapshot(self, *, base_ref: str, head_sha: str, base_sha: str = "", former_sha: str = "") -> Iterator[Snapshot]:
        settings = self.services.settings
        remote = Remote(settings.git_url(self.github.repository), self.github.token_for_git().get_secret_value())
        cache = Cache(settings.data_dir, self.task.repository.id)
        damaged = self.task.attempt >= ATTEMPTS_WITH_CACHE or self.task.failures > 0
        with cache.snapshot(
            remote,
            number=self.task.number,
            base_ref=base_ref,
            head_sha=head_sha,
            base_sha=base_sha,
            former_sha=former_sha,
            fresh=damaged,
        ) as snapshot:
            self.lap("fetch")
            yield snapshot

    @contextmanager
    def memory(self) -> Iterator[Memory]:
        """What was read already, of the base, of the head, and in earlier scans of this repository on this machine.

        Inside `snapshot`, which keeps it from being thrown away.
        """
        with open_memory(self.services.settings, self.task.repository.id) as memory:
            yield memory

    def wanted_pull(self) -> PullRequest:
        """The pull request as it is now. Raises NotWanted where it is closed, or a draft that nobody asked about."""
        pull = self.told_pull()
        self.services.pulls.record(self.task.repository, pull)
        if not pull.is_open:
            raise NotWanted("the pull request is closed")
        if pull.draft and not self.task.force:
            raise NotWanted("the pull request is a draft")
        return pull

    def told_pull(self) -> PullRequest:
        """The pull request, which GitHub may show later than it tells of it: the first look is not believed then."""
        task, first = self.task, self.task.attempt == 1
        try:
            pull = self.github.get_pull(task.number)
        except GitHubRefused as error:
            if first and error.gone:
                raise GitHubUnavailable(f"the pull request is not there yet: {error}") from error
            raise
        is_older = first and pull.head_sha != task.head_sha and self.check is None
        if is_older and self.services.scans.knows_older(task.scan_id, pull.head_sha):
            raise GitHubUnavailable(f"GitHub does not show commit {task.head_sha[:7]} yet", retry_after=LAG_SECONDS)
        return pull

    def require_head(self, pull: PullRequest) -> None:
        """Nothing is written for a head that is not the present one, or for what was asked about it before."""
        present = self.wanted_pull()
        if (present.head_sha, present.base_ref, present.draft) != (pull.head_sha, pull.base_ref, pull.draft):
            raise Superseded(present)
