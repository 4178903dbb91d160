"""The tables and their migrations say the same, on every database that is supported."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from bot.errors import UserError
from workers.database import Database, insert_missing
from workers.models import Base, Installation


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(f"sqlite:///{tmp_path / 'new' / 'greenlatch.db'}")


def test_migrations_make_what_the_models_say(database: Database) -> None:
    database.migrate()
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_a_database_is_known_to_be_behind(database: Database) -> None:
    assert not database.is_migrated()
    database.migrate()
    assert database.is_migrated()


def test_migrations_go_down_again(database: Database) -> None:
    database.migrate()
    database.migrate("base")
    assert inspect(database.engine).get_table_names() == ["alembic_version"]
    database.migrate()
    assert database.is_migrated()


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


def test_a_row_that_is_there_is_found_and_not_replaced(database: Database) -> None:
    database.migrate()
    with database.transaction() as session:
        session.add(Installation(id=1, account="octo"))
    with database.transaction() as session:
        assert insert_missing(session, Installation(id=1, account="other")).account == "octo"
        assert insert_missing(session, Installation(id=2, account="second")).account == "second"


@pytest.mark.parametrize("table", Base.metadata.sorted_tables, ids=lambda table: table.name)
def test_every_table_can_be_made_on_postgresql(table: object) -> None:
    statement = str(CreateTable(table).compile(dialect=postgresql.dialect()))  # type: ignore[arg-type, no-untyped-call]
    assert statement.strip().startswith("CREATE TABLE")


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
