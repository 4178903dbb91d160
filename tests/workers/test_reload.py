"""A changed file of the settings is taken by a process that runs; what would need a restart is not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.settings import Settings
from tests.workers.world import World
from workers.reload import LiveServices


@pytest.fixture
def key_file(tmp_path: Path, world: World) -> Path:
    file = tmp_path / "key.pem"
    file.write_text(world.app.private_key)
    return file


@pytest.fixture
def live(key_file: Path, world: World, make_settings: Callable[..., Settings]) -> LiveServices:
    def load() -> Settings:
        return make_settings(
            private_key=None, private_key_file=key_file, github_url=world.state.url, app_id=world.app.id
        )

    return LiveServices(load(), load)


def other_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def test_a_new_private_key_is_used_at_once(live: LiveServices, key_file: Path, world: World) -> None:
    live.current().github.check_identity()
    key_file.write_text(other_key())
    assert live.current().settings.private_key_pem.get_secret_value() == key_file.read_text()
    assert live.current().database is live.current().database


def test_the_rest_of_the_services_stays(live: LiveServices, key_file: Path) -> None:
    before = live.current()
    assert live.current() is before
    key_file.write_text(other_key())
    after = live.current()
    assert after.github is not before.github
    assert (after.database, after.queues, after.inbox) == (before.database, before.queues, before.inbox)


@pytest.mark.parametrize("text", ["", "half a ke"])
def test_a_file_that_is_half_written_changes_nothing(live: LiveServices, key_file: Path, text: str) -> None:
    before = live.current()
    key_file.write_text(text)
    assert live.current() is before
    key_file.write_text(other_key())
    assert live.current() is not before


def test_another_database_needs_a_restart(tmp_path: Path, make_settings: Callable[..., Settings]) -> None:
    given = {"database_url": f"sqlite:///{tmp_path / 'one.db'}"}
    live = LiveServices(make_settings(**given), lambda: make_settings(**given))
    before = live.current()
    given["database_url"] = f"sqlite:///{tmp_path / 'other.db'}"
    (tmp_path / ".env").write_text("# changed\n")
    assert live.current() is before
