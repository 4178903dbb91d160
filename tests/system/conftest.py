"""Starts the servers once for all tests of one process; the tests of this folder stay together in it."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.manifest import EVENTS
from bot.sandbox.run_children import Children
from bot.sandbox.run_stack import Plan, environment, start_stack
from bot.sandbox.scenario import Scenario
from bot.sandbox.server import SandboxServer
from bot.sandbox.state import SandboxState
from tests.sandbox.description import Validator
from tests.system import deadly
from tests.system.stack import Stack
from workers.database import Database


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent.name == "system":
            item.add_marker(pytest.mark.system)
            item.add_marker(pytest.mark.xdist_group("system"))


@pytest.fixture(scope="session")
def running_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("stack")
    state = SandboxState(folder / "repositories")
    validator = Validator()
    state.webhooks.observer = validator.delivery
    app = state.add_app("greenlatch", events=EVENTS)
    with SandboxServer(state, observer=validator.exchange) as server:
        worker = ("-m", "tests.system.deadly")
        plan = Plan(
            app,
            server.url,
            folder / "data",
            free_port(),
            workers=2,
            sweep_seconds=1,
            patience=3600,
            operators=("olive",),
            worker=worker,
        )
        app.webhook_url, app.callback_urls = plan.webhook_url, [plan.callback_url]
        state.add_user("olive")
        stages = folder / "stages"
        stages.mkdir()
        more = {deadly.FOLDER: str(stages), "PATH": f"{watched_git(folder)}{os.pathsep}{os.environ['PATH']}"}
        with Children(folder / "log", environment(plan) | more) as children:
            start_stack(plan, children)
            database = Database(f"sqlite:///{plan.data_dir / 'greenlatch.db'}")
            yield Stack(state, Scenario(state), app, plan, children, validator, database, plan.data_dir, stages)
            database.close()


@pytest.fixture
def stack(running_stack: Stack) -> Iterator[Stack]:
    """The running servers; afterwards everything that was said must be what GitHub says."""
    yield running_stack
    running_stack.state.faults.clear()
    running_stack.state.webhooks.release()
    running_stack.wait_quiet()
    running_stack.validator.assert_clean(refused=True)


def watched_git(folder: Path) -> Path:
    """A folder with a `git` that writes down how it was called, and how it calls others, and does its work then."""
    binaries = folder / "bin"
    binaries.mkdir()
    script = binaries / "git"
    log, git = folder / "argv", shutil.which("git")
    script.write_text(f'#!/bin/sh\necho "$0 $*" >>"{log}"\nexport GIT_TRACE="{log}"\nexec {git} "$@"\n')
    script.chmod(0o755)
    return binaries


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
