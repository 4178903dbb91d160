"""What lists tell: the last review's verdict, exact numbers, and what does not fit on a page; on both databases."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert, update

from tests.web.world import World
from workers import history, models
from workers.models import Said, ScanKind, ScanState

pytestmark = pytest.mark.every_database
REPOSITORY = "/repositories/octo/app"


@pytest.fixture
def reader(world: World) -> FlaskClient:
    return world.somebody("reed")


def text(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return answer.text


def add_scans(world: World, kinds: Iterable[ScanKind], conclusion: str, number: int = 3) -> None:
    """Scans of the same pull request, which ended so."""
    with world.services.database.transaction() as session:
        session.add_all(
            models.Scan(
                repository_id=world.repository.id,
                number=number,
                kind=kind,
                head_sha="d" * 40,
                state=ScanState.DONE,
                conclusion=conclusion,
                check_run_ended=True,
                finished_at=models.now(),
            )
            for kind in kinds
        )


def test_a_fix_and_a_merge_queue_are_no_verdict_about_the_pull_request(world: World, reader: FlaskClient) -> None:
    """They come after the review, whose verdict stands until the next one."""
    world.scan()
    add_scans(world, (ScanKind.FIX, ScanKind.MERGE_GROUP), "success")
    for address in ("/", REPOSITORY):
        assert "failing</span>" in text(reader, address)
        assert "passing" not in text(reader, address)
    shown = text(reader, f"{REPOSITORY}/pulls/3")
    assert shown.index("failing</span>") < shown.index("passing</span>")
    assert "Merge queue" in shown
    assert "What the last review found" in shown
    assert world.services.history.gates([world.repository.id]) == history.Gates(open=1, failing=1)


def test_the_page_of_a_fix_says_what_came_of_it(world: World, reader: FlaskClient) -> None:
    scan = world.scan()
    with world.services.database.transaction() as session:
        session.execute(update(models.Scan).values(kind=ScanKind.FIX, conclusion="success"))
    assert "<h1>Fixes committed</h1>" in text(reader, f"/scans/{scan}")
    with world.services.database.transaction() as session:
        session.execute(update(models.Scan).values(conclusion="neutral"))
    assert "<h1>No fix committed</h1>" in text(reader, f"/scans/{scan}")


def test_every_open_pull_request_is_counted_once(world: World) -> None:
    world.scan(number=3)
    for number, conclusion in ((4, "success"), (5, "neutral"), (6, "success")):
        world.scan(number=number)
        add_scans(world, [ScanKind.REVIEW], conclusion, number)
    world.scan(number=8)
    with world.services.database.transaction() as session:
        session.add(models.PullRequest(repository_id=world.repository.id, number=7))
        session.get_one(models.PullRequest, (world.repository.id, 8)).is_open = False
    gates = world.services.history.gates([world.repository.id])
    assert (gates.open, gates.failing, gates.passing, gates.undecided, gates.waiting) == (5, 1, 2, 1, 1)


def test_a_newer_review_is_pointed_to(world: World, reader: FlaskClient) -> None:
    first, second = world.scan(), world.scan(head="c" * 40)
    assert f'There is a newer one: <a href="/scans/{second}">' in text(reader, f"/scans/{first}")
    assert "newer one" not in text(reader, f"/scans/{second}")


def test_what_does_not_fit_is_counted_and_said(
    world: World, reader: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan = world.scan()
    with world.services.database.transaction() as session:
        rows = [(number, True) for number in range(249)] + [(number, False) for number in range(30)]
        session.execute(
            insert(models.ScanFinding),
            [
                {
                    "scan_id": scan,
                    "fingerprint": f"{number:016x}",
                    "rule": "BR-ASYNC-001",
                    "severity": "error",
                    "confidence": "high",
                    "path": "a.py",
                    "line": number + 1,
                    "message": "not loaded",
                    "is_new": is_new,
                    "said": Said.NOWHERE,
                }
                for number, is_new in rows
            ],
        )
    shown = text(reader, f"/scans/{scan}")
    assert "<h1>250 new problems</h1>" in shown
    assert "The first 200 of 250." in shown
    assert "30 problems of the base branch" in shown
    assert "All 250 problems" in text(reader, f"{REPOSITORY}/pulls/3")


def test_older_pull_requests_and_scans_are_a_page_away(
    world: World, reader: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.history.MAX_PULLS", 2)
    monkeypatch.setattr("workers.history.MAX_SCANS", 2)
    monkeypatch.setattr("web.blueprints.pulls.MAX_PULLS", 2)
    monkeypatch.setattr("web.blueprints.pulls.MAX_SCANS", 2)
    for number in (1, 2, 3):
        world.scan(number=number, title=f"Number {number}")
    first = world.services.history.scans_of(world.repository.id, 3)[0].id
    add_scans(world, [ScanKind.REVIEW] * 2, "success")
    shown = text(reader, REPOSITORY)
    assert ("Number 3" in shown, "Number 2" in shown, "Number 1" in shown) == (True, True, False)
    assert "?before=2" in shown
    shown = text(reader, f"{REPOSITORY}?before=2")
    assert ("Number 2" in shown, "Number 1" in shown, "Older" in shown) == (False, True, False)
    shown = text(reader, f"{REPOSITORY}/pulls/3")
    assert f"Scan {first}<" not in shown
    assert f"?before={first + 1}" in shown
    assert f"Scan {first}<" in text(reader, f"{REPOSITORY}/pulls/3?before={first + 1}")


@pytest.mark.parametrize("query", ["before=0", "before=-1", "before=x", "before=99999999999999999999", "page=0"])
def test_a_place_that_cannot_be_is_the_beginning(world: World, reader: FlaskClient, query: str) -> None:
    world.scan()
    for address in (REPOSITORY, f"{REPOSITORY}/pulls/3", "/repositories/"):
        assert "Add titles" in text(reader, f"{address}?{query}") or address == "/repositories/"


@pytest.mark.parametrize(("words", "found"), [("APP", True), ("%", False), ("nothing", False), ("", True)])
def test_repositories_are_found_by_a_part_of_their_name(
    world: World, reader: FlaskClient, words: str, found: bool
) -> None:
    world.scan()
    answer = reader.get("/repositories/", query_string={"name": words})
    assert ('href="/repositories/octo/app"' in answer.text) is found


def test_details_that_this_version_does_not_read_leave_the_rest(world: World, reader: FlaskClient) -> None:
    """Another version may have written them."""
    scan = world.scan()
    with world.services.database.transaction() as session:
        session.execute(update(models.FindingDetail).values(detail={"other": "form"}))
    shown = text(reader, f"/scans/{scan}")
    assert "no longer kept" in shown
    assert "view.py:2" in shown


def test_every_page_for_operators_works(world: World) -> None:
    client = world.somebody("olive")
    assert "GitHub has told nothing yet" in text(client, "/deliveries/")
    delivery = world.delivery()
    assert "GitHub refused" in text(client, f"/deliveries/{delivery}")
    assert client.get(f"/deliveries/{delivery + 1}").status_code == 404
