"""Each request of a scan, to the API and to git, meets each kind of bad day: the verdict is given once all the same."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import bot.client
from bot.sandbox import faults
from bot.sandbox.faults import Fault
from bot.sandbox.server import SandboxServer
from bot.sandbox.state import SandboxState
from bot.settings import Settings
from tests.workers.lazy import LazyWorld, run_to_end, same_files_same_report
from workers.models import ScanState
from workers.services import Services

SLOW = 1.5
"""Seconds; the client waits for one."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[LazyWorld]:
    state = SandboxState(tmp_path / "github", rate_limit=100_000)
    with SandboxServer(state):
        yield LazyWorld(tmp_path, state)


@pytest.fixture
def settings(make_settings: Callable[..., Settings], world: LazyWorld) -> Settings:
    return make_settings(github_url=world.state.url, app_id=world.app.id, private_key=world.app.private_key)


BAD_DAYS = {
    "500": faults.server_error(),
    "502 after storing": faults.bad_gateway_after_storing(),
    "403 secondary limit": faults.secondary_limit(1),
    "403 primary limit": faults.primary_limit(int(time.time()) + 60),
    "429": faults.secondary_limit(status=429),
    "422 abuse": faults.abuse(),
    "slow": faults.slow(SLOW),
    "half a body": faults.cut_body(),
}


@pytest.mark.parametrize("name", BAD_DAYS)
def test_whichever_request_fails_there_is_one_verdict(
    world: LazyWorld, services: Services, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The requests are not listed here: the fault moves on from the first one until the scan has none left."""
    fault = BAD_DAYS[name]
    same_files_same_report(monkeypatch)
    if fault.delay:
        monkeypatch.setattr(bot.client, "TIMEOUT_SECONDS", 1)
    met = list(_met(world, services, fault))
    assert len(met) > 12
    assert {method for method, _ in met} == {"GET", "POST", "PATCH"}
    assert any("git-upload-pack" in path for _, path in met)


def _met(world: LazyWorld, services: Services, fault: Fault) -> Iterator[tuple[str, str]]:
    number = 0
    while True:
        pull = world.open()
        world.state.faults.clear()
        world.state.faults.served.clear()
        world.state.faults.add(fault, skip=number)
        scan = run_to_end(services, services.scans.request(world.request(pull)).scan_id)
        if not world.state.faults.served:
            return
        ((method, path, _),) = world.state.faults.served
        what = f"request {number}: {method} {path}"
        assert (scan.state, scan.reason) == (ScanState.DONE, ""), what
        try:
            world.require_one_verdict(pull)
        except (AssertionError, ValueError) as error:
            raise AssertionError(what) from error
        yield method, path
        number += 1
