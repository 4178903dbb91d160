"""What is kept and for how long; and nothing is left of an installation that was removed."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from bot.delivery import delivery_of
from bot.identity import Repository
from rules.project import MemoryProject
from rules.reading import read_files
from tests.workers.rows import BEGUN, NUMBER, counts, fill
from workers import deliveries, models, retention
from workers.database import Database
from workers.facts import open_memory
from workers.models import Base, DeliveryState, ScanState, now
from workers.scans import Ending, Request
from workers.services import Services

pytestmark = pytest.mark.every_database

MINE, OTHER = Repository(11, "octo/app"), Repository(12, "other/app")
OF_NOBODY = {"deliveries", "installations", "sign_ins"}
"""Tables without a repository: the first two are deleted by the installation's id, the last by its own end."""


def scan_of(services: Services, repository: Repository, installation_id: int, *, end: bool = True) -> int:
    request = Request(repository, installation_id, 3, "a" * 40, "opened")
    scan_id = services.scans.request(request).scan_id
    assert services.scans.begin(scan_id, "here") is not None
    if end:
        services.scans.end(scan_id, Ending(ScanState.DONE, "", "success"))
    return scan_id


def arrive(services: Services, event: str, action: str, guid: str = "guid-1", **more: object) -> int:
    """A delivery about installation 5."""
    payload = {"action": action, "installation": {"id": 5, "account": {"login": "octo"}}, **more}
    delivery = delivery_of(guid, event, payload)
    return services.inbox.store(delivery, json.dumps(payload).encode()).id


def delivery_row(services: Services, delivery_id: int) -> models.Delivery | None:
    with services.database.transaction() as session:
        return session.get(models.Delivery, delivery_id)


def payload_of(services: Services, delivery_id: int) -> bytes | None:
    with services.database.transaction() as session:
        return session.scalar(select(models.Delivery.payload).where(models.Delivery.id == delivery_id))


def row_counts(database: Database) -> dict[str, int]:
    with database.engine.connect() as connection:
        return counts(connection)


# What expires


def test_payloads_go_and_what_came_of_them_stays(services: Services) -> None:
    taken, waiting = arrive(services, "ping", ""), arrive(services, "ping", "", "guid-2")
    services.inbox.finish(taken, DeliveryState.DONE, "what came of it")
    days = services.settings.keep_payloads_days
    retention.expire(services, now() + timedelta(days=days - 1))
    assert payload_of(services, taken)
    retention.expire(services, now() + timedelta(days=days + 1))
    assert payload_of(services, taken) == b""
    assert payload_of(services, waiting)
    row = delivery_row(services, taken)
    assert row is not None
    assert row.outcome == "what came of it"


def test_a_redelivery_of_one_whose_payload_went_can_be_taken(services: Services) -> None:
    failed = arrive(services, "ping", "")
    services.inbox.finish(failed, DeliveryState.FAILED, "")
    retention.expire(services, now() + timedelta(days=services.settings.keep_payloads_days + 1))
    assert arrive(services, "ping", "") == failed
    assert services.inbox.begin(failed) is not None


def test_code_goes_before_the_scan_that_it_is_about(services: Services) -> None:
    with services.database.engine.begin() as connection:
        fill(connection)
    days = services.settings.keep_code_days
    holders = [name for name in retention.CODE if name in Base.metadata.tables]
    retention.expire(services, BEGUN + timedelta(days=days - 1))
    assert [row_counts(services.database)[name] for name in holders] == [1] * len(holders)
    retention.expire(services, BEGUN + timedelta(days=days + 1))
    left = row_counts(services.database)
    assert [left[name] for name in holders] == [0] * len(holders)
    assert (left["scans"], left["findings"]) == (1, 1)


def test_old_scans_go_with_all_that_belongs_to_them(services: Services) -> None:
    with services.database.engine.begin() as connection:
        fill(connection)
    young = scan_of(services, OTHER, 6)
    assert now() - timedelta(days=1) > BEGUN
    retention.expire(services, BEGUN + timedelta(days=services.settings.keep_scans_days + 1))
    assert services.scans.load(young) is not None
    left = row_counts(services.database)
    assert left["scans"] == 1
    assert left["findings"] == 0
    assert left["deliveries"] == 0


def test_sign_ins_go_when_they_are_over_and_no_sooner(services: Services) -> None:
    """Also those of people who never come back: no other sign-in has to push them out."""
    keys = [services.sign_ins.create(1, "reed", SecretStr("t"), timedelta(hours=hours)) for hours in (1, 8)]
    retention.expire(services, now() + timedelta(minutes=59))
    assert row_counts(services.database)["sign_ins"] == 2
    retention.expire(services, now() + timedelta(hours=2))
    assert row_counts(services.database)["sign_ins"] == 1
    assert [services.sign_ins.find(key) is not None for key in keys] == [False, True]


def test_caches_go_that_nobody_uses_or_owns(services: Services) -> None:
    scan_of(services, MINE, 5)
    folders = {name: services.settings.data_dir / "repositories" / name / "files.git" for name in ("11", "99")}
    for folder in folders.values():
        folder.mkdir(parents=True)
    retention.drop_caches(services, now())
    assert [name for name, folder in folders.items() if folder.exists()] == ["11"]
    retention.drop_caches(services, now() + timedelta(days=services.settings.keep_code_days + 1))
    assert not folders["11"].exists()


# What was removed


def test_every_table_is_an_installations_or_is_known_to_be_nobodys() -> None:
    """A new table that points to a repository, over any number of others, is deleted with it."""
    tables = Base.metadata.tables
    root = tables["repositories"]
    assert {name for name, table in tables.items() if not retention.is_below(table, root)} <= OF_NOBODY


def test_nothing_is_left_of_an_installation(services: Services) -> None:
    """Every table has a row of it (and its caches code), and one of another installation that stays."""
    with services.database.engine.begin() as connection:
        fill(connection)
    kept = scan_of(services, OTHER, 6)
    folder = services.settings.data_dir / "repositories" / str(NUMBER)
    (folder / "files.git").mkdir(parents=True)
    with open_memory(services.settings, NUMBER) as memory:
        read_files(MemoryProject({"secret.py": "TOKEN = 1\n"}), memory)
    assert [file.name for file in folder.glob("facts/*.sqlite")] == ["greenlatch-cache.sqlite"]
    services.installations.forget(NUMBER)
    retention.forget_removed(services)
    left = {name: count for name, count in row_counts(services.database).items() if name not in {"sign_ins"}}
    assert {name for name, count in left.items() if count} == {
        "installations",
        "pull_requests",
        "repositories",
        "scans",
    }
    assert set(left.values()) == {0, 1}
    assert services.scans.load(kept) is not None
    assert [file.name for file in folder.rglob("*") if file.suffix != ".lock"] == []


def test_uninstalling_deletes_everything_even_the_delivery_that_told_it(services: Services) -> None:
    scan_of(services, MINE, 5)
    told = arrive(services, "installation", "deleted")
    deliveries.take(services, told)
    assert services.scans.load(1) is None
    retention.forget_removed(services)
    assert set(row_counts(services.database).values()) == {0}


def test_a_scan_that_runs_is_not_pulled_from_under_its_worker(services: Services) -> None:
    running = scan_of(services, MINE, 5, end=False)
    told = arrive(services, "installation", "deleted")
    deliveries.take(services, told)
    assert services.scans.load(running) is not None
    services.scans.end(running, Ending(ScanState.FAILED, "GitHub refused"))
    retention.forget_removed(services)
    assert set(row_counts(services.database).values()) == {0}


def test_a_repository_that_is_taken_from_the_installation_goes_alone(services: Services) -> None:
    scan_of(services, MINE, 5)
    kept = scan_of(services, OTHER, 5)
    waiting = services.scans.request(Request(MINE, 5, 4, "b" * 40, "opened")).scan_id
    removed = [{"id": MINE.id, "full_name": MINE.full_name}]
    told = arrive(services, "installation_repositories", "removed", repositories_removed=removed)
    deliveries.take(services, told)
    assert services.scans.load(waiting) is None
    assert services.scans.load(kept) is not None
    left = row_counts(services.database)
    assert (left["repositories"], left["installations"]) == (1, 1)


def test_one_that_comes_back_stays(services: Services) -> None:
    scan_of(services, MINE, 5, end=False)
    change = [{"id": MINE.id, "full_name": MINE.full_name}]
    deliveries.take(services, arrive(services, "installation_repositories", "removed", repositories_removed=change))
    back = arrive(services, "installation_repositories", "added", "guid-2", repositories_added=change)
    deliveries.take(services, back)
    services.scans.end(1, Ending(ScanState.DONE, "", "success"))
    retention.forget_removed(services)
    assert services.scans.load(1) is not None


def test_the_tests_fill_every_table(services: Services) -> None:
    with services.database.engine.begin() as connection:
        fill(connection)
        assert counts(connection) == dict.fromkeys(Base.metadata.tables, 1)
