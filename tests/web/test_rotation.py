"""Credentials change in their files, and the pages of the running application follow."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from app import create_app
from bot.settings import Settings
from tests.web.world import World, sign_in

REPOSITORY = "/repositories/octo/app"


@pytest.fixture
def secrets(
    world: World, world_settings: Callable[..., Settings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A folder of secret files, and the application in `world` made from it and the environment alone."""
    world.scan()
    folder = tmp_path / "secrets"
    folder.mkdir()
    files = {
        "webhook_secret": world.app.webhook_secret,
        "private_key": world.app.private_key,
        "client_secret": world.app.client_secret,
    }
    for name, value in files.items():
        (folder / f"greenlatch_{name}").write_text(value)
    settings = world_settings()
    for name in ("app_id", "slug", "client_id", "github_url", "redis_url", "data_dir"):
        monkeypatch.setenv(f"GREENLATCH_{name.upper()}", str(getattr(settings, name)))
    monkeypatch.setenv("GREENLATCH_DATABASE_URL", world.services.settings.database_url)
    monkeypatch.setenv("GREENLATCH_SECRETS_DIR", str(folder))
    world.application = create_app()
    return folder


def test_a_new_client_secret_is_signed_in_with_at_once(
    world: World, secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sign_in(world.nobody(), "reed") == "/"
    monkeypatch.setattr(world.app, "client_secret", "a-new-one-of-the-same-app")
    with pytest.raises(AssertionError, match="did not confirm"):
        sign_in(world.nobody(), "reed")
    (secrets / "greenlatch_client_secret").write_text("a-new-one-of-the-same-app")
    assert sign_in(world.nobody(), "reed") == "/"


def test_pages_tell_that_signing_in_was_switched_on(world: World, secrets: Path) -> None:
    file = secrets / "greenlatch_client_secret"
    kept = file.read_text()
    file.write_text("")
    assert "GREENLATCH_CLIENT_SECRET" in world.nobody().get("/signin/").text
    file.write_text(kept)
    assert "Continue with GitHub" in world.nobody().get("/signin/").text


def test_whoever_is_signed_in_stays_so_while_one_webhook_secret_follows_the_other(world: World, secrets: Path) -> None:
    client = world.nobody()
    sign_in(client, "reed")
    (secrets / "greenlatch_previous_webhook_secret").write_text(world.app.webhook_secret)
    (secrets / "greenlatch_webhook_secret").write_text("the next one")
    assert client.get(REPOSITORY).status_code == 200
    newer = world.nobody()
    sign_in(newer, "reed")
    (secrets / "greenlatch_previous_webhook_secret").unlink()
    assert newer.get(REPOSITORY).status_code == 200


def test_a_secret_that_is_given_up_signs_no_session(world: World, secrets: Path) -> None:
    client = world.nobody()
    sign_in(client, "reed")
    (secrets / "greenlatch_webhook_secret").write_text("the next one")
    assert client.get(REPOSITORY).status_code == 302
