"""The check run of a scan: one for all its attempts, with every annotation once."""

from __future__ import annotations

import pytest

from bot import check_runs
from bot.errors import GitHubUnavailable
from bot.findings import ScanResult
from bot.gate import Conclusion
from bot.sandbox.faults import bad_gateway_after_storing, server_error
from tests.bot.examples import LINKS, finding
from tests.workers.world import World
from workers import liveness
from workers.check import Check, open_check
from workers.models import now
from workers.services import Services


def payloads(number: int) -> list[check_runs.Payload]:
    findings = tuple(finding(path="new.py", line=n + 1, fingerprint=f"{n:016x}") for n in range(number))
    result = ScanResult("a" * 40, findings)
    return check_runs.completed(result, Conclusion.FAILURE, LINKS, told_elsewhere=(), can_push=True, completed_at=now())


def attempt(services: Services, world: World, scan_id: int) -> Check:
    task = services.scans.begin(scan_id, liveness.place(services.settings.data_dir))
    assert task is not None
    github = services.github.repository(task.installation_id, task.repository)
    return open_check(services, github, task, world.pull.head_sha)


def test_no_annotation_is_sent_twice(services: Services, world: World) -> None:
    scan_id = services.scans.request(world.request).scan_id
    world.state.faults.add(server_error(), method="PATCH", skip=1)
    with pytest.raises(GitHubUnavailable):
        attempt(services, world, scan_id).conclude(payloads(120))
    assert services.scans.postpone(scan_id, "again", 0) is not None

    attempt(services, world, scan_id).conclude(payloads(120))

    (run,) = world.checks()
    assert (run.conclusion, len(run.actions)) == ("failure", 0)
    assert [note["start_line"] for note in run.annotations] == list(range(1, 121))


def test_annotations_may_be_there_although_the_answer_was_lost(services: Services, world: World) -> None:
    scan_id = services.scans.request(world.request).scan_id
    world.state.faults.add(bad_gateway_after_storing(), method="PATCH")
    with pytest.raises(GitHubUnavailable):
        attempt(services, world, scan_id).conclude(payloads(100))
    services.scans.postpone(scan_id, "again", 0)

    attempt(services, world, scan_id).conclude(payloads(100))

    (run,) = world.checks()
    assert (run.conclusion, len(run.annotations)) == ("failure", 100)
