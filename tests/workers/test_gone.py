"""What a pull request was made of can be gone by the time that it is scanned: the fork, or the branch it goes to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.sandbox.model import Pull
from bot.sandbox.server import SandboxServer
from bot.sandbox.state import SandboxState
from bot.settings import Settings
from tests.system.stack import LAZY, SERVICE
from tests.workers.lazy import LazyWorld, run_to_end, same_files_same_report
from workers.models import ScanKind, ScanState
from workers.services import Services


@pytest.fixture
def world(tmp_path: Path) -> Iterator[LazyWorld]:
    state = SandboxState(tmp_path / "github", rate_limit=100_000)
    made = LazyWorld(tmp_path, state)
    with SandboxServer(state):
        yield made


@pytest.fixture
def settings(make_settings: Callable[..., Settings], world: LazyWorld) -> Settings:
    return make_settings(github_url=world.state.url, app_id=world.app.id, private_key=world.app.private_key)


def from_a_fork_that_is_gone(world: LazyWorld) -> Pull:
    """GitHub keeps the commits, and says `"repo": null`."""
    fork = world.scenario.fork(world.repository, "contributor")
    world.scenario.commit(fork, "feature", {"service.py": SERVICE + LAZY}, actor="contributor", parent="main")
    pull = world.scenario.open_pull(
        world.repository, "feature", title="From afar", author="contributor", head_repository=fork
    )
    world.scenario.delete_repository(fork)
    return pull


def test_a_pull_request_whose_fork_is_gone_is_reviewed_and_its_fix_offered(
    world: LazyWorld, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    same_files_same_report(monkeypatch)
    pull = from_a_fork_that_is_gone(world)
    run_to_end(services, services.scans.request(world.request(pull)).scan_id)
    world.require_one_verdict(pull)
    assert world.checks(pull)[0].actions == []
    fix = world.request(pull, kind=ScanKind.FIX, author="wendy")
    assert run_to_end(services, services.scans.request(fix).scan_id).state is ScanState.DONE
    (answer,) = [one.body for one in world.state.issue_comments_of(pull) if one.user is world.app.bot]
    assert "selectinload(User.posts)" in answer


def test_a_base_branch_that_is_gone_ends_with_a_reason(world: LazyWorld, services: Services) -> None:
    world.scenario.commit(world.repository, "next", {"readme.md": "x"}, actor="wendy", parent="main")
    pull = world.scenario.open_pull(
        world.repository, "late", title="Late", author="wendy", base="next", files={"service.py": SERVICE + LAZY}
    )
    request = world.request(pull)
    world.repository.git.run("update-ref", "-d", "refs/heads/next")
    ended = run_to_end(services, services.scans.request(request).scan_id)
    assert ended.state is ScanState.FAILED
    (check,) = world.checks(pull)
    assert (check.status, check.conclusion) == ("completed", "neutral")
    assert "gone" in (check.summary or "")
