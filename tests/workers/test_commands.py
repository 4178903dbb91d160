"""What people ask for is done, also where GitHub lets nobody react or answer any more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.commands import Command, CommandName
from bot.delivery import Delivery
from bot.errors import GitHubRefused
from bot.identity import Repository
from bot.intents import CommentKind, RunCommand
from bot.sandbox.faults import Fault
from bot.sandbox.model import Pull
from bot.sandbox.server import SandboxServer
from bot.sandbox.state import SandboxState
from bot.settings import Settings
from tests.workers.lazy import LazyWorld, run_to_end, same_files_same_report
from workers import commands
from workers.models import ScanKind, ScanState
from workers.services import Services

LOCKED = Fault(403, "Unable to create comment because issue is locked.")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[LazyWorld]:
    state = SandboxState(tmp_path / "github", rate_limit=100_000)
    made = LazyWorld(tmp_path, state)
    with SandboxServer(state):
        yield made


@pytest.fixture
def settings(make_settings: Callable[..., Settings], world: LazyWorld) -> Settings:
    return make_settings(github_url=world.state.url, app_id=world.app.id, private_key=world.app.private_key)


def delivered(services: Services) -> int:
    return services.inbox.store(Delivery("guid", "issue_comment", "created", {}), b"{}").id


def asked(world: LazyWorld, pull: Pull, name: CommandName, target: str = "") -> RunCommand:
    comment = world.scenario.comment(pull, "anything", actor="wendy")
    return RunCommand(
        repository=Repository(world.repository.id, world.repository.full_name),
        installation_id=world.installation.id,
        number=pull.number,
        command=Command(name, target),
        comment_kind=CommentKind.ISSUE,
        comment_id=comment.id,
        author="wendy",
        is_pull_author=False,
    )


def test_a_command_whose_comment_takes_no_reaction_is_done(world: LazyWorld, services: Services) -> None:
    world.state.faults.add(LOCKED, method="POST", path="/reactions$", times=9)
    commands.run(services, asked(world, world.open(), CommandName.RESCAN), delivered(services))
    assert services.scans.counts() == {"queued": 1}


def test_what_is_to_be_ignored_is_scanned_again_although_nobody_can_be_answered(
    world: LazyWorld, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    same_files_same_report(monkeypatch)
    pull = world.open()
    run_to_end(services, services.scans.request(world.request(pull)).scan_id)
    (told,) = services.scans.last_told(world.repository.id, pull.number)
    world.state.faults.add(LOCKED, method="POST", path="/comments$", times=9)
    with pytest.raises(GitHubRefused, match="locked"):  # which the list of deliveries tells
        commands.run(services, asked(world, pull, CommandName.IGNORE, told.fingerprint[:8]), delivered(services))
    assert services.scans.counts() == {"done": 1, "queued": 1}


def test_a_fix_that_cannot_be_answered_tells_it_in_its_check(
    world: LazyWorld, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    same_files_same_report(monkeypatch)
    pull = world.open()
    world.state.faults.add(LOCKED, method="POST", path="/comments$", times=9)
    request, asked_for = world.request(pull, kind=ScanKind.FIX, author="wendy"), pull.head_sha
    assert run_to_end(services, services.scans.request(request).scan_id).state is ScanState.DONE
    (check,) = world.checks(pull, asked_for)
    assert (check.status, check.title) == ("completed", "Committed")
    assert pull.head_sha != asked_for
