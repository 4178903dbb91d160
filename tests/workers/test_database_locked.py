"""A locked database is waited for, and not for ever: also not by one thread after the other."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest
from sqlalchemy.exc import SQLAlchemyError

from workers.database import Database


def test_threads_do_not_add_up_their_patience(tmp_path: Path) -> None:
    file = tmp_path / "locked.db"
    database = Database(f"sqlite:///{file}", patience=0.3)
    database.migrate()
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    failed: list[BaseException] = []

    def attempt() -> None:
        with pytest.raises(SQLAlchemyError) as error, database.transaction():
            pass
        failed.append(error.value)

    threads = [threading.Thread(target=attempt) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    other.execute("COMMIT")
    other.close()
    assert len(failed) == 8
    assert {type(error).__name__ for error in failed} >= {"TimeoutError"}
    with database.transaction():
        pass
    database.close()
