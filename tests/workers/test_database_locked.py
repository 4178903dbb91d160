"""A locked database is waited for, and not for ever: also not by one thread after the other."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError, SQLAlchemyError, TimeoutError

from workers.database import Database


def test_a_lock_of_somebody_else_is_waited_for(tmp_path: Path) -> None:
    database = made(tmp_path)
    other = sqlite3.connect(tmp_path / "some.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(OperationalError), database.transaction():
        pass
    other.execute("COMMIT")
    other.close()
    with database.transaction():
        pass
    database.close()


def test_threads_do_not_add_up_their_patience(tmp_path: Path) -> None:
    """A second one gives up its turn in time, whatever the first one waits for."""
    database = made(tmp_path)
    failed: list[BaseException] = []

    def attempt() -> None:
        with pytest.raises(SQLAlchemyError) as error, database.transaction():
            pass
        failed.append(error.value)

    with database.transaction():
        second = threading.Thread(target=attempt)
        second.start()
        second.join()
    assert [type(error) for error in failed] == [TimeoutError]
    with database.transaction():
        pass
    database.close()


def made(folder: Path) -> Database:
    database = Database(f"sqlite:///{folder / 'some.db'}", patience=0.3)
    database.migrate()
    return database
