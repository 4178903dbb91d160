"""The tables and their migrations say the same, on every database that is supported."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from bot.errors import UserError
from tests.workers.rows import counts, fill
from workers.database import Database, alembic_config, insert_missing
from workers.models import Base, Installation

REVISIONS = [one.revision for one in reversed(list(ScriptDirectory.from_config(alembic_config()).walk_revisions()))]
every_database = pytest.mark.every_database


@pytest.fixture
def database(empty_database_url: str) -> Iterator[Database]:
    database = Database(empty_database_url)
    yield database
    database.close()


@every_database
def test_migrations_make_what_the_models_say(database: Database) -> None:
    database.migrate()
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


@every_database
def test_a_database_is_known_to_be_behind(database: Database) -> None:
    assert not database.is_migrated()
    database.migrate()
    assert database.is_migrated()


@every_database
def test_migrations_keep_the_rows_on_their_way_up_and_down(database: Database) -> None:
    """One step after the other, with a row in every table: what a step does not remove is there after it."""
    for revision in REVISIONS:
        database.migrate(revision)
        with database.engine.begin() as connection:
            fill(connection)
    with database.engine.begin() as connection:
        assert set(counts(connection).values()) == {1}
    for revision in [*reversed(REVISIONS[:-1]), "base"]:
        database.migrate(revision if revision == "base" else "-1")
        with database.engine.begin() as connection:
            assert set(counts(connection).values()) <= {1}
    assert inspect(database.engine).get_table_names() == ["alembic_version"]
    database.migrate()
    assert database.is_migrated()


@every_database
def test_an_update_of_a_filled_database_loses_no_row(database: Database) -> None:
    """What an upgrade of an installation does: all steps at once, from each version on."""
    database.migrate(REVISIONS[0])
    with database.engine.begin() as connection:
        fill(connection)
        before = counts(connection)
    database.migrate()
    with database.engine.begin() as connection:
        after = counts(connection)
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    assert {name: after[name] for name in before} == before


@every_database
def test_the_tables_of_a_newer_version_will_do(database: Database) -> None:
    """The old version goes on while the new one is started beside it."""
    database.migrate()
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert database.is_migrated()


@every_database
def test_who_migrates_at_the_same_time_waits(empty_database_url: str) -> None:
    def migrate(_: int) -> bool:
        database = Database(empty_database_url)
        database.migrate()
        database.close()
        return True

    Database(empty_database_url).close()  # makes the folder
    with ThreadPoolExecutor(3) as pool:
        assert all(pool.map(migrate, range(3)))


@every_database
def test_migrating_twice_changes_nothing(database: Database) -> None:
    database.migrate()
    with database.transaction() as session:
        session.add(Installation(id=1, account="octo"))
    database.migrate()
    with database.transaction() as session:
        assert session.get_one(Installation, 1).account == "octo"


def test_sqlite_keeps_what_was_committed_and_lets_readers_read(database: Database) -> None:
    with database.engine.connect() as connection:
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert connection.scalar(text("PRAGMA synchronous")) == 2
        assert connection.scalar(text("PRAGMA foreign_keys")) == 1


@every_database
def test_times_come_back_in_utc(database: Database) -> None:
    database.migrate()
    moment = datetime(2026, 5, 4, 12, tzinfo=timezone(timedelta(hours=2)))
    with database.transaction() as session:
        session.add(Installation(id=1, removed_at=moment))
    with database.transaction() as session:
        removed_at = session.get_one(Installation, 1).removed_at
    assert removed_at == moment
    assert removed_at is not None
    assert removed_at.tzinfo is UTC


@every_database
def test_what_fails_halfway_leaves_nothing(database: Database) -> None:
    database.migrate()

    def add_and_fail() -> None:
        with database.transaction() as session:
            session.add(Installation(id=1))
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        add_and_fail()
    with database.transaction() as session:
        assert session.get(Installation, 1) is None


@every_database
def test_a_row_that_is_there_is_found_and_not_replaced(database: Database) -> None:
    database.migrate()
    with database.transaction() as session:
        session.add(Installation(id=1, account="octo"))
    with database.transaction() as session:
        assert insert_missing(session, Installation(id=1, account="other")).account == "octo"
        assert insert_missing(session, Installation(id=2, account="second")).account == "second"


@pytest.mark.parametrize(
    ("url", "reference"),
    [
        ("nonsense", "bad-database-url"),
        ("oracle9://x", "bad-database-url"),
        ("mysql+pymysql://x/y", "no-database-driver"),
    ],
)
def test_an_address_that_is_none_gives_one_message(url: str, reference: str) -> None:
    with pytest.raises(UserError) as error:
        Database(url)
    assert error.value.reference == reference


def test_a_database_that_cannot_be_reached_gives_one_message_without_its_password() -> None:
    database = Database("postgresql://greenlatch:hunter2@127.0.0.1:9/greenlatch")
    with pytest.raises(UserError) as error:
        database.migrate()
    assert error.value.reference == "database-unreachable"
    assert "hunter2" not in str(error.value)


def test_a_folder_that_cannot_be_made_gives_one_message(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError) as error:
        Database(f"sqlite:///{tmp_path / 'file' / 'sub' / 'greenlatch.db'}")
    assert error.value.reference == "unwritable-folder"
