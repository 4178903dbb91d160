"""Pages stay fast with a week of traffic in the database: few queries, and work that does not grow with the history.

SQLite counts the instructions of its own machine: they are the same on every computer, under any load.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from tests.web.traffic import FIRST_ID, Traffic, fill
from tests.web.world import World

REPOSITORIES = [(900 + number, f"octo/service-{number}") for number in range(30)]
DAYS, SCANS_A_DAY = 7, 800
STEP = 100
MAX_QUERIES = 18
"""The beginning of each transaction is one of them."""
PAGES = {
    "overview": "/",
    "repositories": "/repositories/",
    "found repositories": "/repositories/?name=SERVICE-2",
    "repository": "/repositories/octo/service-3",
    "older pulls": "/repositories/octo/service-3?state=all&before=15",
    "pull": "/repositories/octo/service-3/pulls/4",
    "older scans": f"/repositories/octo/service-3/pulls/4?before={FIRST_ID + 2000}",
    "scan": f"/scans/{FIRST_ID + 7}",
    "deliveries": "/deliveries/",
    "older deliveries": f"/deliveries/?before={FIRST_ID + 2000}",
    "failed deliveries": "/deliveries/?state=failed",
    "delivery": f"/deliveries/{FIRST_ID + 9}",
    "readiness": "/readyz",
}
GROWING = ("deliveries", "scans", "findings", "finding_details", "pull_requests", "rule_days")
LARGEST = ("deliveries", "scans", "findings")
IN_ORDER = {("deliveries", "SCAN deliveries")}
"""It walks from the newest on, and stops after one page."""


@dataclass
class Work:
    """`plans` are the steps by which SQLite looks for rows."""

    queries: int = 0
    instructions: int = 0
    plans: list[str] = field(default_factory=list)


@contextmanager
def measured(world: World) -> Iterator[Work]:
    work = Work()
    asked: list[tuple[str, Any]] = []

    def tick() -> int:
        work.instructions += STEP
        return 0

    def connected(connection: Any, _record: object) -> None:
        connection.set_progress_handler(tick, STEP)

    def executed(connection: Any, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        work.queries += 1
        asked.append((statement, parameters))

    engine = world.application.extensions["greenlatch-web"].current().database.engine
    engine.dispose()
    event.listen(engine, "connect", connected)
    event.listen(engine, "after_cursor_execute", executed)
    yield work
    event.remove(engine, "connect", connected)
    event.remove(engine, "after_cursor_execute", executed)
    engine.dispose()
    with engine.connect() as connection:
        for statement, parameters in asked:
            if statement.startswith("SELECT"):
                work.plans += [
                    row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
                ]


def reader_of_all(world: World, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """Somebody who may read every repository and is an operator: nobody's pages show more."""
    client = world.somebody("olive")
    ids = frozenset(key for key, _ in REPOSITORIES)
    monkeypatch.setattr("bot.accounts.Person.repositories", lambda _person: ids)
    assert client.get("/").status_code == 200
    return client


def work_of(world: World, client: FlaskClient, pages: Mapping[str, str]) -> dict[str, Work]:
    found: dict[str, Work] = {}
    for name, address in pages.items():
        with measured(world) as work:
            answer = client.get(address)
        assert answer.status_code == 200, address
        found[name] = work
    return found


@pytest.mark.skipif("GREENLATCH_TEST_DATABASE_URL" in os.environ, reason="counts the instructions of SQLite")
def test_a_week_of_traffic_costs_few_queries_and_little_work(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(world.services.database, Traffic(REPOSITORIES, 77, days=DAYS, scans=SCANS_A_DAY, pulls=20))
    work = work_of(world, reader_of_all(world, monkeypatch), PAGES)
    work |= work_of(world, world.nobody(), {"welcome": "/"})
    assert {name: one.queries for name, one in work.items() if one.queries > MAX_QUERIES} == {}
    assert work["overview"].instructions < 20 * DAYS * SCANS_A_DAY, "of a week's verdicts it reads the index alone"
    busy = {name: one.instructions for name, one in work.items() if one.instructions > 10_000}
    assert busy.keys() <= {"overview", "repositories"}, "these count what is open in every repository"
    assert busy.get("repositories", 0) < 30_000
    whole = {(name, plan) for name, one in work.items() for plan in one.plans if reads_all(plan)}
    assert whole == IN_ORDER


@pytest.mark.parametrize("database_kind", ["postgresql"], scope="session")
def test_a_real_postgresql_reads_no_table_whole_for_a_page(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The planner knows what is in the tables, as a server's autovacuum tells it."""
    fill(world.services.database, Traffic(REPOSITORIES, 77, days=4 * DAYS, scans=SCANS_A_DAY, pulls=200))
    with world.services.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")
    reader = reader_of_all(world, monkeypatch)
    clients = [(reader, name, address) for name, address in PAGES.items()] + [(world.nobody(), "welcome", "/")]
    whole = set()
    for client, name, address in clients:
        with asked(world) as statements:
            assert client.get(address).status_code == 200, address
        with world.services.database.engine.connect() as connection:
            for statement, parameters in statements:
                if statement.startswith("SELECT"):
                    for (line,) in connection.exec_driver_sql(f"EXPLAIN {statement}", parameters):
                        whole |= {(name, table) for table in LARGEST if f"Seq Scan on {table}" in line}
    assert whole == set()


@contextmanager
def asked(world: World) -> Iterator[list[tuple[str, Any]]]:
    """The statements of a request, with their parameters."""
    engine = world.application.extensions["greenlatch-web"].current().database.engine
    found: list[tuple[str, Any]] = []

    def executed(_connection: Any, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        found.append((statement, parameters))

    event.listen(engine, "after_cursor_execute", executed)
    yield found
    event.remove(engine, "after_cursor_execute", executed)


def reads_all(plan: str) -> bool:
    words = plan.split()
    return words[0] == "SCAN" and words[1] in GROWING
