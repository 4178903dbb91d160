"""Merge groups and fixes are scans of their own beside the review of a pull request."""

from __future__ import annotations

from typing import Any

import pytest

from bot.identity import Repository
from bot.ignoring import Ignored
from tests.workers.test_scans import REPOSITORY, wish
from workers.models import ScanKind, ScanState
from workers.scans import Ending, Request, Scans
from workers.services import Services


@pytest.fixture
def scans(services: Services) -> Scans:
    return services.scans


def group(head: str, **more: Any) -> Request:
    given = {"kind": ScanKind.MERGE_GROUP, "base_sha": "b" * 40, "base_ref": "refs/heads/main", **more}
    return wish(head, **given)


def fix(**more: Any) -> Request:
    return wish(**{"kind": ScanKind.FIX, "author": "wendy", "force": True, **more})


def test_kinds_run_beside_each_other(scans: Scans) -> None:
    for request in (wish(), group("c" * 40), fix()):
        granted = scans.request(request)
        assert granted.ticket is not None
        task = scans.begin(granted.scan_id, "here")
        assert task is not None
        assert task.kind is request.kind
    assert len(scans.running()) == 3


def test_every_commit_of_a_queue_gets_its_own_scan(scans: Scans) -> None:
    first, second = scans.request(group("c" * 40)), scans.request(group("d" * 40))
    assert first.scan_id != second.scan_id
    assert scans.request(group("c" * 40)).scan_id == first.scan_id
    task = scans.begin(first.scan_id, "here")
    assert task is not None
    assert (task.head_sha, task.base_sha, task.base_ref) == ("c" * 40, "b" * 40, "refs/heads/main")


def test_a_group_that_was_given_up_is_cancelled(scans: Scans) -> None:
    kept, gone = scans.request(group("c" * 40)).scan_id, scans.request(group("d" * 40)).scan_id
    scans.request(wish())
    assert scans.cancel_merge_group(REPOSITORY.id, "d" * 40, "left") == 1
    states = [scan.state for scan_id in (kept, gone) if (scan := scans.load(scan_id)) is not None]
    assert states == [ScanState.QUEUED, ScanState.CANCELLED]


def test_each_fix_is_done_one_after_the_other(scans: Scans) -> None:
    first, second = scans.request(fix(target="aaaaaaaa")), scans.request(fix(target="bbbbbbbb"))
    task = scans.begin(first.scan_id, "here")
    assert task is not None
    assert (task.target, task.author) == ("aaaaaaaa", "wendy")
    assert scans.begin(second.scan_id, "here") is None
    assert scans.end(first.scan_id, Ending(ScanState.DONE, "")) is not None
    assert scans.begin(second.scan_id, "here") is not None


def test_who_waits_for_a_configuration(scans: Scans) -> None:
    def ended(number: int, conclusion: str, **more: Any) -> None:
        scan_id = scans.request(wish(number=number, **more)).scan_id
        scans.begin(scan_id, "here")
        scans.end(scan_id, Ending(ScanState.DONE, "", conclusion))

    ended(3, "action_required")
    ended(4, "success")
    ended(5, "action_required")
    ended(5, "success", force=True)
    assert [scan.number for scan in scans.held_up(REPOSITORY)] == [3]
    assert [scan.number for scan in scans.held_up(Repository(77, "octo/.github"))] == [3]
    assert scans.held_up(Repository(78, "else/.github")) == []


def test_what_is_ignored_is_remembered_and_forgotten(services: Services) -> None:
    services.scans.request(wish())
    one = Ignored(("a" * 16, "b" * 16), "BR-ASYNC-001", "app.py", "`x`", "wendy", 3, "why")
    services.ignored.remember(REPOSITORY.id, one)
    assert services.ignored.of(REPOSITORY.id) == [one]
    assert services.ignored.fingerprints(REPOSITORY.id) == {"a" * 16, "b" * 16}
    services.ignored.forget(REPOSITORY.id, [one])
    assert services.ignored.of(REPOSITORY.id) == []
