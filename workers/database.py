"""The connection to the SQL database: SQLite with WAL by default, PostgreSQL for a team; and its migrations."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, IntegrityError, NoSuchModuleError, OperationalError
from sqlalchemy.exc import TimeoutError as DatabaseTimeout
from sqlalchemy.orm import Session

from bot.errors import UserError
from workers.models import Base

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
BUSY_SECONDS = 15.0
"""How long a transaction waits for the others of SQLite."""
MIGRATION_LOCK = 4_730_528
"""Any number of ours: whoever migrates at the same time waits for the first."""

Row = TypeVar("Row", bound=Base)


class Database:
    """Short transactions on one database. Every process makes its own, after any fork."""

    def __init__(self, url: str, *, patience: float = BUSY_SECONDS) -> None:
        self.engine = _engine(url, patience)
        self._patience = patience
        # SQLite has one writer, and whoever waits for it sleeps in steps of up to 100 ms; threads can do better.
        self._lock = threading.Lock() if self.engine.dialect.name == "sqlite" else None

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Commits at the end, rolls back on any error. On SQLite the write lock is taken at once.

        Raises SQLAlchemyError when the database is locked for longer than `patience`, which is in seconds.
        """
        with self._turn(), Session(self.engine, expire_on_commit=False) as session, session.begin():
            if self._lock is not None:
                session.connection()
            yield session

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if self._lock is None:
            yield
            return
        if not self._lock.acquire(timeout=self._patience):
            raise DatabaseTimeout("the other threads of this process did not get to the database either")
        try:
            yield
        finally:
            self._lock.release()

    def ping(self) -> None:
        """Raises SQLAlchemyError when the database does not answer."""
        with self.engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    def migrate(self, revision: str = "head") -> None:
        """Brings the tables to a revision, up or down (`base` removes them)."""
        config = alembic_config()
        down = revision == "base" or revision.startswith("-")
        try:
            with self.engine.begin() as connection:
                if self.engine.dialect.name == "postgresql":
                    connection.execute(text(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))
                config.attributes["connection"] = connection
                (command.downgrade if down else command.upgrade)(config, revision)
        except OperationalError as error:
            raise UserError(
                "database-unreachable",
                f"the database cannot be used: {error.orig}",
                where=self.engine.url.render_as_string(hide_password=True),
                hint="GREENLATCH_DATABASE_URL says which one it is",
            ) from error

    def is_migrated(self) -> bool:
        """Whether the tables are what this version needs, or a newer one's: those have all that older ones had.

        While a new version is started beside the old one, the old one goes on.
        """
        with self.engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
        head, known = _revisions()
        return current == head or (current is not None and current not in known)

    def close(self) -> None:
        self.engine.dispose()


def make_folder(folder: Path) -> None:
    """Makes a folder for our own files. Raises UserError where that is not possible."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            "unwritable-folder",
            f"cannot make this folder: {error.strerror}",
            where=str(folder),
            hint="set GREENLATCH_DATA_DIR to a folder of your own",
        ) from error


def insert_missing(session: Session, row: Row) -> Row:
    """The stored row with the primary key of `row`; `row` itself when there was none, whoever else tries the same."""
    mapper = inspect(type(row))
    key = mapper.primary_key_from_instance(row)
    known = session.get(type(row), key)
    if known is not None:
        return known
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        return session.get_one(type(row), key)
    return row


@cache
def _revisions() -> tuple[str | None, frozenset[str]]:
    """The newest one of this version, and all of them; each is a module, which is not loaded for every probe."""
    scripts = ScriptDirectory.from_config(alembic_config())
    return scripts.get_current_head(), frozenset(script.revision for script in scripts.walk_revisions())


def alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def _engine(url: str, patience: float) -> Engine:
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            return _sqlite(parsed, patience)
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        return create_engine(parsed, pool_pre_ping=True)
    except (ArgumentError, NoSuchModuleError) as error:
        raise UserError(
            "bad-database-url",
            "the database URL is not one that SQLAlchemy understands",
            where="GREENLATCH_DATABASE_URL",
            hint="sqlite:////path/to/greenlatch.db or postgresql+psycopg://user@host/name",
        ) from error
    except ModuleNotFoundError as error:
        raise UserError(
            "no-database-driver",
            f"the driver of this database is not installed: {error.name}",
            where="GREENLATCH_DATABASE_URL",
            hint=f"pip install {error.name}",
        ) from error


def _sqlite(url: URL, patience: float) -> Engine:
    if url.database:
        make_folder(Path(url.database).absolute().parent)
    engine = create_engine(url, connect_args={"timeout": patience})
    event.listen(engine, "connect", _configure_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _configure_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions are begun by `_begin_sqlite`, not by the driver
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
