"""One scan of a pull request at a time, for its newest head, and each ends with a reason."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from bot.identity import Repository
from bot.intents import CommentKind
from workers.database import Database
from workers.models import Said, Scan, ScanState, now
from workers.queue import SCANS, Spent, Ticket
from workers.scans import MAX_ATTEMPTS, MAX_FAILURES, Comment, Ending, Granted, Request, Scans, Told
from workers.services import Services

pytestmark = pytest.mark.every_database

REPOSITORY = Repository(11, "octo/app")
DONE = Ending(ScanState.DONE, "", "success")


def wish(head: str = "a" * 40, **more: object) -> Request:
    given = {
        "repository": REPOSITORY,
        "installation_id": 5,
        "number": 3,
        "head_sha": head,
        "asked_by": "opened",
        **more,
    }
    return Request(**given)  # type: ignore[arg-type]


@pytest.fixture
def scans(services: Services) -> Scans:
    return services.scans


def row(scans: Scans, scan_id: int) -> Scan:
    scan = scans.load(scan_id)
    assert scan is not None
    return scan


def start(scans: Scans, **more: object) -> int:
    scan_id = scans.request(wish(**more)).scan_id  # type: ignore[arg-type]
    assert scans.begin(scan_id, "here") is not None
    return scan_id


def test_a_wish_becomes_a_scan_with_a_job(scans: Scans) -> None:
    granted = scans.request(wish())
    assert granted == Granted(1, Ticket(SCANS, 1, 1))
    task = scans.begin(1, "here")
    assert task is not None
    assert (task.repository, task.number, task.installation_id, task.attempt) == (REPOSITORY, 3, 5, 1)


def test_pushes_before_the_start_share_one_scan(scans: Scans) -> None:
    first = scans.request(wish("a" * 40))
    second = scans.request(wish("b" * 40))
    assert second.scan_id == first.scan_id
    assert second.ticket == first.ticket
    assert row(scans, first.scan_id).head_sha == "b" * 40


def test_the_same_delivery_asks_once(scans: Scans, services: Services) -> None:
    from tests.workers.test_inbox import store

    delivery_id = store(services.inbox).id
    first = scans.request(wish(delivery_id=delivery_id))
    scans.begin(first.scan_id, "here")
    scans.end(first.scan_id, DONE)
    again = scans.request(wish("b" * 40, delivery_id=delivery_id))
    assert (again.scan_id, again.ticket) == (first.scan_id, None)


def test_a_head_that_has_a_result_is_not_scanned_again(scans: Scans) -> None:
    scan_id = start(scans)
    scans.end(scan_id, DONE)
    again = scans.request(wish())
    assert (again.scan_id, again.ticket) == (scan_id, None)
    assert "done" in again.note


def test_unless_a_person_asks(scans: Scans) -> None:
    scan_id = start(scans)
    scans.end(scan_id, DONE)
    again = scans.request(wish(force=True))
    assert again.scan_id != scan_id
    assert again.ticket is not None


@pytest.mark.parametrize("state", [ScanState.FAILED, ScanState.CANCELLED, ScanState.SUPERSEDED])
def test_a_head_without_a_result_is_scanned_again(scans: Scans, state: ScanState) -> None:
    scan_id = start(scans)
    scans.end(scan_id, Ending(state, "why"))
    assert scans.request(wish()).ticket is not None


def test_a_newer_head_waits_until_the_older_scan_ended(scans: Scans) -> None:
    older = start(scans)
    newer = scans.request(wish("b" * 40))
    assert newer.ticket is None
    assert scans.begin(newer.scan_id, "here") is None
    assert row(scans, older).superseded_by == newer.scan_id
    assert scans.end(older, Ending(ScanState.SUPERSEDED, "newer")) == Ticket(SCANS, newer.scan_id, 1)
    assert scans.begin(newer.scan_id, "here") is not None


def test_scans_of_other_pull_requests_run_beside(scans: Scans) -> None:
    start(scans)
    start(scans, number=4)
    assert len(scans.running()) == 2


def test_only_one_of_many_workers_gets_a_scan(scans: Scans, services: Services) -> None:
    scan_id = scans.request(wish()).scan_id

    def begin(number: int) -> bool:
        database = Database(services.settings.database_url)
        task = Scans(database).begin(scan_id, f"host-{number}")
        database.close()
        return task is not None

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(begin, range(8))) == 1


def test_one_head_is_scanned_once_whoever_asks_and_works_at_the_same_time(services: Services) -> None:
    """Each on a connection of its own: eight deliveries of one new pull request, and as many workers."""
    together = Barrier(8)

    def ask_and_begin(number: int) -> tuple[int, bool]:
        database = Database(services.settings.database_url)
        scans = Scans(database)
        together.wait()
        scan_id = scans.request(wish(asked_by=f"delivery {number}")).scan_id
        task = scans.begin(scan_id, f"host-{number}")
        database.close()
        return scan_id, task is not None

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(ask_and_begin, range(8)))
    assert len({scan_id for scan_id, _ in done}) == 1
    assert sum(began for _, began in done) == 1


def test_a_head_that_another_scan_did_is_known_at_the_start(scans: Scans) -> None:
    first = start(scans)
    assert scans.record_head(first, "c" * 40, "main")
    scans.end(first, DONE)
    second = start(scans, head="b" * 40)
    assert not scans.record_head(second, "c" * 40, "main")
    forced = scans.request(wish("d" * 40, number=3, force=True)).scan_id
    assert scans.record_head(forced, "c" * 40, "main")


def test_a_verdict_is_about_a_head_and_what_it_was_compared_with(scans: Scans) -> None:
    """Whichever event asks, and however late it comes."""
    first = start(scans)
    assert scans.record_head(first, "a" * 40, "main")
    scans.end(first, DONE)
    assert scans.request(wish(base_ref="main")).ticket is None
    other = start(scans, base_ref="release")
    assert scans.record_head(other, "a" * 40, "release")
    assert scans.request(wish(base_ref="main")).ticket is None
    assert row(scans, other).superseded_by is None
    scans.end(other, DONE)
    late = start(scans, head="b" * 40, base_ref="main")
    assert not scans.record_head(late, "a" * 40, "main")


def test_a_draft_that_is_ready_gets_a_verdict_of_its_own(scans: Scans) -> None:
    """Where a person had it checked before: nothing fails a draft."""
    asked = start(scans, force=True)
    assert scans.record_head(asked, "a" * 40, "main", draft=True)
    ready = scans.request(wish(base_ref="main"))
    assert row(scans, asked).superseded_by == ready.scan_id
    scans.end(asked, DONE)
    assert scans.begin(ready.scan_id, "here") is not None
    assert scans.record_head(ready.scan_id, "a" * 40, "main")
    scans.end(ready.scan_id, DONE)
    assert scans.request(wish(base_ref="main")).ticket is None


def test_a_long_reason_of_a_wish_is_cut(scans: Scans) -> None:
    """Names of branches have up to 255 bytes."""
    scan_id = scans.request(wish(asked_by=f"base changed from {'a' * 240} to {'b' * 240}")).scan_id
    assert row(scans, scan_id).asked_by.startswith("base changed from aaa")


def test_a_scan_ends_once(scans: Scans) -> None:
    scan_id = start(scans)
    scans.end(scan_id, Ending(ScanState.CANCELLED, "closed"))
    scans.end(scan_id, DONE)
    assert row(scans, scan_id).state is ScanState.CANCELLED


def test_what_was_said_is_written_down(scans: Scans) -> None:
    scan_id = start(scans)
    told = Told(
        ("f" * 16, "e" * 16), "BR-ASYNC-001", "error", "high", "app.py", 7, "not loaded", True, Said.INLINE, 2**40
    )
    scans.end(scan_id, Ending(ScanState.DONE, "", "failure", True, "d" * 40, {"head": 0.5}, [told]))
    scan = row(scans, scan_id)
    assert (scan.conclusion, scan.base_sha, scan.timings, scan.check_run_ended) == (
        "failure",
        "d" * 40,
        {"head": 0.5},
        True,
    )
    assert [(one.path, one.line, one.said, one.comment_id) for one in scan.findings] == [
        ("app.py", 7, Said.INLINE, 2**40)
    ]


def test_attempts_come_to_an_end(scans: Scans) -> None:
    scan_id = scans.request(wish()).scan_id
    for _ in range(MAX_ATTEMPTS - 1):
        scans.begin(scan_id, "here")
        assert scans.postpone(scan_id, "HTTP 502", 0, patient=True) is not None
    scans.begin(scan_id, "here")
    with pytest.raises(Spent):
        scans.postpone(scan_id, "HTTP 502", 0, patient=True)
    assert row(scans, scan_id).state is ScanState.RUNNING


def test_an_outage_of_hours_is_sat_out(scans: Scans) -> None:
    scan_id = scans.request(wish()).scan_id
    waited = 0.0
    for _ in range(MAX_ATTEMPTS - 1):
        again = scans.postpone(scan_id, "HTTP 502", patient=True)
        assert again is not None
        waited += again.seconds
        begin_at_last(scans, scan_id)
    assert waited > 3 * 3600


def test_what_breaks_its_worker_does_so_three_times(scans: Scans) -> None:
    scan_id = scans.request(wish()).scan_id
    scans.begin(scan_id, "here")
    assert scans.postpone(scan_id, "HTTP 502", 0, patient=True) is not None
    for _ in range(MAX_FAILURES - 1):
        scans.begin(scan_id, "here")
        assert scans.postpone(scan_id, "internal error", 0) is not None
    scans.begin(scan_id, "here")
    with pytest.raises(Spent):
        scans.postpone(scan_id, "internal error", 0)


def test_what_has_to_wait_is_not_begun_before_its_time(scans: Scans) -> None:
    scan_id = start(scans)
    scans.postpone(scan_id, "rate limit", 60)
    assert scans.begin(scan_id, "here") is None
    assert begin_at_last(scans, scan_id)


def test_a_limit_holds_for_all_scans_of_its_installation(services: Services) -> None:
    scans = services.scans
    first, second = start(scans), scans.request(wish(number=4)).scan_id
    other = scans.request(wish(repository=Repository(12, "else/where"), installation_id=6)).scan_id
    services.installations.pause(5, 60)
    assert scans.begin(second, "here") is None
    assert scans.begin(other, "here") is not None
    assert row(scans, first).state is ScanState.RUNNING
    assert [ticket.row for ticket in scans.waiting(now() + timedelta(seconds=30))] == []
    assert [ticket.row for ticket in scans.waiting(now() + timedelta(seconds=90))] == [second]


def test_an_attempt_that_somebody_else_took_up_is_left_alone(scans: Scans) -> None:
    scan_id = start(scans)
    assert scans.postpone(scan_id, "its worker died", 0, attempt=1) is not None
    assert scans.postpone(scan_id, "its worker died", 0, attempt=1) is None
    scans.begin(scan_id, "here")
    assert scans.postpone(scan_id, "its worker died", 0, attempt=1) is None
    assert row(scans, scan_id).failures == 1


def begin_at_last(scans: Scans, scan_id: int) -> bool:
    """Once the time that it has to wait is over."""
    with scans._database.transaction() as session:
        session.get_one(Scan, scan_id).not_before = None
    return scans.begin(scan_id, "here") is not None


def test_each_attempt_has_a_job_of_its_own(scans: Scans) -> None:
    granted = scans.request(wish())
    scans.begin(granted.scan_id, "here")
    again = scans.postpone(granted.scan_id, "HTTP 502")
    assert again is not None
    assert granted.ticket is not None
    assert again.ticket.job_id != granted.ticket.job_id


def test_closing_lets_what_waits_look_at_once(scans: Scans) -> None:
    scan_id = start(scans)
    scans.postpone(scan_id, "HTTP 502", 600, patient=True)
    (ticket,) = scans.hurry(REPOSITORY.id, 3)
    assert ticket.row == scan_id
    assert scans.hurry(REPOSITORY.id, 4) == []
    assert scans.begin(scan_id, "here") is not None


def test_uninstalling_cancels_everything_of_the_installation(scans: Scans) -> None:
    scans.request(wish())
    scans.request(wish(number=4))
    kept = scans.request(wish(repository=Repository(12, "other/app"), installation_id=6)).scan_id
    assert scans.cancel_all(5, "uninstalled") == 2
    assert row(scans, kept).state is ScanState.QUEUED


def test_a_waiting_scan_is_not_lost_behind_a_running_one(scans: Scans) -> None:
    running = start(scans)
    waiting = scans.request(wish("b" * 40)).scan_id
    later = now() + timedelta(minutes=1)
    assert scans.waiting(later) == []
    scans.end(running, DONE)
    assert [ticket.row for ticket in scans.waiting(later)] == [waiting]


def test_the_comment_that_joins_gets_the_answer(scans: Scans) -> None:
    scans.request(wish())
    scan_id = scans.request(wish(force=True, comment=Comment(CommentKind.ISSUE, 77))).scan_id
    task = scans.begin(scan_id, "here")
    assert task is not None
    assert task.comment == Comment(CommentKind.ISSUE, 77)
    assert task.force


def test_check_runs_that_are_still_open_are_found(scans: Scans) -> None:
    scan_id = start(scans)
    scans.record_check_run(scan_id, "a" * 40, 900)
    since = now() - timedelta(days=1)
    assert scans.claim_open_checks(since, 0) == []
    scans.end(scan_id, Ending(ScanState.FAILED, "its worker died", "neutral"))
    found = scans.claim_open_checks(since, 0)
    assert [(check.check_run_id, check.head_sha, check.reason) for check in found] == [
        (900, "a" * 40, "its worker died")
    ]
    scans.record_check_run_ended(scan_id)
    assert scans.claim_open_checks(since, 0) == []


def test_an_open_check_run_is_for_one_who_ends_it(scans: Scans) -> None:
    scan_id = start(scans)
    scans.end(scan_id, Ending(ScanState.FAILED, "its worker died", "neutral"))
    since = now() - timedelta(days=1)
    assert [(check.check_run_id, check.needs_one) for check in scans.claim_open_checks(since, 60)] == [(None, True)]
    assert scans.claim_open_checks(since, 60) == []


def test_a_scan_that_nobody_needs_owes_no_check_run(scans: Scans) -> None:
    scan_id = start(scans)
    scans.end(scan_id, Ending(ScanState.CANCELLED, "the pull request is closed"))
    assert scans.claim_open_checks(now() - timedelta(days=1), 0) == []


def test_a_renamed_repository_is_still_the_same(scans: Scans) -> None:
    start(scans)
    task_id = scans.request(wish("b" * 40, repository=Repository(11, "octo/renamed"), number=4)).scan_id
    assert row(scans, task_id).repository.full_name == "octo/renamed"
    assert row(scans, 1).repository.full_name == "octo/renamed"
