"""Bytes by key in one SQLite file: shared by processes, bounded in size, and only ever a cache.

Whatever is wrong with the file, an entry or the disk makes a miss, never an error: `problem` tells what it was. An
entry carries a digest of its key and value, so that a damaged or a foreign one is a miss as well. The file may be
deleted while it is in use.
"""

from __future__ import annotations

import hashlib
import os
import re
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self, TypeVar

FILE = "greenlatch-cache.sqlite"
MOST_BYTES = 1024 * 1024 * 1024
_DIGEST = 16
_AT_ONCE = 900
_SECONDS_PER_DAY = 86_400
_WAIT_SECONDS = 5.0
_OF_THE_MOMENT = tuple(f"SQLITE_{name}" for name in ("BUSY", "LOCKED", "READONLY", "FULL", "CANTOPEN", "IOERR", "PERM"))
"""Errors that say nothing about the state of the file."""
_TABLE = re.compile("[a-z]{1,20}")
_Result = TypeVar("_Result")


class Store:
    """Tables of key and value. A context manager; it may be opened before a fork and used on both sides."""

    def __init__(self, folder: Path, *, most_bytes: int = MOST_BYTES) -> None:
        """Nothing is made in `folder` before the first use; `most_bytes` bounds the file, by last use."""
        self.problem = ""
        """What the last failure was; '' when there was none."""
        self._file = folder / FILE
        self._most_bytes = most_bytes
        self._connection: sqlite3.Connection | None = None
        self._owner = 0
        self._tables: set[str] = set()
        self._used: dict[str, set[bytes]] = {}
        self._repaired = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def get_many(self, table: str, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """The values of those keys that are there and intact."""
        wanted = list(dict.fromkeys(keys))
        return self._tried(lambda: self._get(table, wanted)) or {}

    def put_many(self, table: str, entries: Mapping[bytes, bytes]) -> None:
        """Keeps the entries, replacing those of the same keys, and then lets go of what was not used for longest."""
        if entries:
            self._tried(lambda: self._put(table, entries))

    def close(self) -> None:
        if self._connection is not None and self._owner == os.getpid():
            self._tried(self._note_use)
            with suppress(sqlite3.Error):
                self._connection.close()
        self._connection = None

    def _get(self, table: str, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        connection = self._open(table)
        today = _today()
        found: dict[bytes, bytes] = {}
        for some in _chunks(keys):
            marks = ",".join("?" * len(some))
            rows = connection.execute(f"SELECT key, used, value FROM {table} WHERE key IN ({marks})", some)  # noqa: S608 - a checked name
            for key, used, value in rows:
                if isinstance(value, bytes) and value[:_DIGEST] == _digest(key, value[_DIGEST:]):
                    found[key] = value[_DIGEST:]
                    if used != today:
                        self._used.setdefault(table, set()).add(key)
        return found

    def _put(self, table: str, entries: Mapping[bytes, bytes]) -> None:
        connection = self._open(table)
        today = _today()
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(
                f"INSERT OR REPLACE INTO {table} (key, used, value) VALUES (?, ?, ?)",  # noqa: S608
                ((key, today, _digest(key, value) + value) for key, value in entries.items()),
            )
        self._note_use()
        self._shrink(connection)

    def _note_use(self) -> None:
        """Once a day for each entry: reading alone writes nothing."""
        noted, self._used = self._used, {}
        today = _today()
        for table, keys in noted.items():
            connection = self._open(table)
            with connection:
                connection.execute("BEGIN IMMEDIATE")
                connection.executemany(
                    f"UPDATE {table} SET used = ? WHERE key = ?",  # noqa: S608
                    ((today, key) for key in keys),
                )

    def _shrink(self, connection: sqlite3.Connection) -> None:
        if _size(connection) <= self._most_bytes:
            return
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            while (excess := _size(connection) - self._most_bytes * 4 // 5) > 0:
                if not self._evict(connection, excess):
                    break
        connection.executescript("PRAGMA incremental_vacuum")  # `execute` takes a single step of it

    def _evict(self, connection: sqlite3.Connection, excess: int) -> bool:
        """Deletes about that many bytes of the entries that were used least lately; false when there was none."""
        tables = [
            name.decode()
            for (name,) in connection.execute("SELECT CAST(name AS BLOB) FROM sqlite_master WHERE type = 'table'")
        ]
        every = " UNION ALL ".join(
            f"SELECT '{name}', key, used, rowid, length(value) FROM {name}"  # noqa: S608
            for name in tables
        )
        doomed: dict[str, list[tuple[bytes]]] = {}
        oldest = connection.execute(f"SELECT * FROM ({every}) ORDER BY 3, 4")  # noqa: S608
        for table, key, _, _, size in oldest:
            doomed.setdefault(table.decode(), []).append((key,))
            excess -= size
            if excess <= 0:
                break
        for table, keys in doomed.items():
            connection.executemany(f"DELETE FROM {table} WHERE key = ?", keys)  # noqa: S608
        return bool(doomed)

    def _open(self, table: str) -> sqlite3.Connection:
        if not _TABLE.fullmatch(table):
            raise ValueError(f"`{table}` is no name of a table")
        if self._connection is not None and self._owner != os.getpid():
            self._connection = None  # the other side of a fork goes on with it
        if self._connection is None:
            self._connection = self._connect()
            self._owner = os.getpid()
            self._tables.clear()
        if table not in self._tables:
            self._connection.execute(
                f"CREATE TABLE IF NOT EXISTS {table} (key BLOB UNIQUE NOT NULL, used INTEGER NOT NULL, value NOT NULL)"
            )
            self._tables.add(table)
        return self._connection

    def _connect(self) -> sqlite3.Connection:
        self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        connection = sqlite3.connect(self._file, timeout=_WAIT_SECONDS, isolation_level=None)
        connection.text_factory = bytes  # nothing here is text; what claims to be is no error, but a miss
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = OFF")  # what a power failure damages is found out, and made anew
        return connection

    def _tried(self, work: Callable[[], _Result]) -> _Result | None:
        """None where the disk, another process or the state of the file did not let it be done."""
        try:
            return work()
        except sqlite3.Error as error:
            self.problem = str(error)
            if not getattr(error, "sqlite_errorname", "").startswith(_OF_THE_MOMENT):
                self._begin_anew()
        except UnicodeDecodeError:  # the message about damage quotes what is damaged
            self.problem = "the file is damaged"
            self._begin_anew()
        except OSError as error:
            self.problem = str(error)
        return None

    def _begin_anew(self) -> None:
        """Once: a file that is damaged again is left to its owner."""
        if self._repaired:
            return
        self._repaired = True
        if self._connection is not None and self._owner == os.getpid():
            with suppress(sqlite3.Error):
                self._connection.close()
        self._connection = None
        for suffix in ("", "-wal", "-shm"):
            with suppress(OSError):
                self._file.with_name(self._file.name + suffix).unlink()


def _digest(key: bytes, value: bytes) -> bytes:
    return hashlib.blake2b(value, digest_size=_DIGEST, key=hashlib.blake2b(key, digest_size=32).digest()).digest()


def _today() -> int:
    return int(time.time()) // _SECONDS_PER_DAY


def _size(connection: sqlite3.Connection) -> int:
    pages, free, size = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    return int(pages - free) * int(size)


def _chunks(keys: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    for start in range(0, len(keys), _AT_ONCE):
        yield keys[start : start + _AT_ONCE]
