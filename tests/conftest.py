"""Real parts for everybody's tests: settings, a migrated database, a Redis server, and the services made of them."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.settings import Settings, load_settings
from tests.postgres import PostgresServer, postgres_server
from tests.waiting import wait_for
from workers.database import Database
from workers.queue import connect
from workers.redis_server import server_command, socket_path
from workers.services import Services, make_services

SECRET = "It's a Secret to Everybody"
DATABASES = ("sqlite", "postgresql")
"""What the tests with the mark `every_database` run on, one after the other; all others run on the first."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    marked = metafunc.definition.get_closest_marker("every_database") is not None
    if marked and "database_kind" in metafunc.fixturenames:
        metafunc.parametrize("database_kind", DATABASES, scope="session")


@pytest.fixture(scope="session", autouse=True)
def cache_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The command line caches here, not in the home of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GREENLATCH_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of this test process."""
    folder = tmp_path_factory.mktemp("redis")
    with subprocess.Popen(server_command(folder), stdout=subprocess.DEVNULL) as server:
        try:
            wait_for(lambda: socket_path(folder).exists(), "Redis listens")
            yield f"unix://{socket_path(folder)}"
        finally:
            server.terminate()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables, to copy."""
    file = tmp_path_factory.mktemp("database") / "empty.db"
    database = Database(f"sqlite:///{file}")
    database.migrate()
    database.close()
    return file


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A server of this test process."""
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def database_kind() -> str:
    return DATABASES[0]


@pytest.fixture
def empty_database_url(database_kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """A new database without tables, in a folder that is not there yet."""
    if database_kind == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        return server.create()
    return f"sqlite:///{tmp_path / 'new' / 'greenlatch.db'}"


@pytest.fixture
def database_url(database_kind: str, tmp_path: Path, migrated: Path, request: pytest.FixtureRequest) -> str:
    """A database with all tables and no row."""
    if database_kind == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        return server.emptied()
    file = tmp_path / "data" / "greenlatch.db"
    file.parent.mkdir()
    shutil.copy(migrated, file)
    return f"sqlite:///{file}"


@pytest.fixture
def make_settings(
    tmp_path: Path, private_key: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Settings]:
    """Settings with a data folder of the test's own and an empty Redis; nothing of the machine's environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DATABASE_URL", raising=False)

    def make(**given: object) -> Settings:
        fixed = {
            "webhook_secret": SECRET,
            "app_id": 7,
            "private_key": private_key,
            "data_dir": tmp_path / "data",
            "redis_url": redis_url,
            "github_url": "http://127.0.0.1:9",
            "seconds_between_writes": 0,
        }
        return load_settings(**{**fixed, **given})

    return make


@pytest.fixture
def settings(make_settings: Callable[..., Settings]) -> Settings:
    return make_settings()


@pytest.fixture
def services(settings: Settings, database_url: str) -> Iterator[Services]:
    connect(settings).flushall()
    made = make_services(settings.model_copy(update={"database_url_": database_url}))
    yield made
    made.queues.redis.close()
    made.database.close()
