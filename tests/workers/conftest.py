"""The sandbox of one test, and settings that point to it for tests that ask for `world`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.sandbox.server import SandboxServer
from bot.sandbox.state import SandboxState
from bot.settings import Settings
from tests.workers.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    state = SandboxState(tmp_path / "github")
    with SandboxServer(state):
        yield World(tmp_path, state)


@pytest.fixture
def settings(make_settings: Callable[..., Settings], request: pytest.FixtureRequest) -> Settings:
    if "world" not in request.fixturenames:
        return make_settings()
    world: World = request.getfixturevalue("world")
    return make_settings(github_url=world.state.url, app_id=world.app.id, private_key=world.app.private_key)
