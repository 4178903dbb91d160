"""Settings: what is missing is told at once, and what is derived is right."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from bot.errors import UserError
from bot.identity import Repository
from bot.settings import Settings, has_app, load_settings

GIVEN: dict[str, Any] = {"webhook_secret": "hush", "app_id": 42, "private_key": "-----BEGIN"}


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith("GREENLATCH_") or name in ("REDIS_URL", "DATABASE_URL"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def settings(**more: Any) -> Settings:
    return load_settings(**GIVEN | more)


def pem_of(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


@pytest.fixture(scope="module")
def pem() -> str:
    return pem_of(rsa.generate_private_key(65537, 2048))


def test_everything_that_is_missing_is_told_at_once() -> None:
    with pytest.raises(UserError) as error:
        load_settings()
    assert error.value.reference == "settings-incomplete"
    for name in ("WEBHOOK_SECRET", "APP_ID", "PRIVATE_KEY"):
        assert f"GREENLATCH_{name} is missing" in str(error.value)


@pytest.mark.parametrize("secret", ["", None])
def test_no_start_without_a_secret(secret: str | None) -> None:
    with pytest.raises(UserError, match="GREENLATCH_WEBHOOK_SECRET"):
        settings(webhook_secret=secret)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("app_id", "many"),
        ("app_id", 0),
        ("github_url", "ftp://github.com"),
        ("github_url", "https://user@github.com"),
        ("github_url", "https://github.com?x=1"),
        ("github_url", "github.com"),
        ("public_url", "localhost:8000"),
        ("slug", "green latch"),
        ("seconds_between_writes", -1),
    ],
)
def test_a_wrong_value_is_told_with_its_name_and_never_shown(field: str, value: object) -> None:
    with pytest.raises(UserError) as error:
        settings(**{field: value})
    assert f"GREENLATCH_{field.upper()} " in str(error.value)
    assert "hush" not in str(error.value)


def test_the_environment_and_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("GREENLATCH_APP_ID=7\nGREENLATCH_SLUG=from-file\nGREENLATCH_PRIVATE_KEY=key\n")
    monkeypatch.setenv("GREENLATCH_WEBHOOK_SECRET", "hush")
    monkeypatch.setenv("GREENLATCH_SLUG", "from-environment")
    loaded = load_settings()
    assert (loaded.identity.app_id, loaded.identity.login) == (7, "from-environment[bot]")
    assert loaded.secret_bytes == b"hush"


def test_redis_and_database_by_their_common_names(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings().redis_url is None
    assert settings().database_url == f"sqlite:///{Path.cwd() / 'var' / 'greenlatch.db'}"
    monkeypatch.setenv("REDIS_URL", "redis://cache:6379/0")
    monkeypatch.setenv("DATABASE_URL", "postgresql+psycopg://db/greenlatch")
    assert (settings().redis_url, settings().database_url) == (
        "redis://cache:6379/0",
        "postgresql+psycopg://db/greenlatch",
    )
    monkeypatch.setenv("GREENLATCH_REDIS_URL", "redis://ours/1")
    assert settings().redis_url == "redis://ours/1"


@pytest.mark.parametrize(
    ("github_url", "api_url"),
    [
        ("https://github.com/", "https://api.github.com"),
        ("https://octo.ghe.com", "https://api.octo.ghe.com"),
        ("https://git.example.com", "https://git.example.com/api/v3"),
        ("http://127.0.0.1:8421", "http://127.0.0.1:8421/api/v3"),
    ],
)
def test_where_the_api_is(github_url: str, api_url: str) -> None:
    assert settings(github_url=github_url).api_url == api_url


def test_urls_of_a_repository_and_a_scan() -> None:
    loaded = settings(github_url="https://git.example.com", public_url="https://latch.example.com/")
    repository = Repository(7, "acme/arena")
    assert loaded.git_url(repository) == "https://git.example.com/acme/arena.git"
    assert loaded.scan_url(9) == "https://latch.example.com/scans/9"
    assert settings().scan_url(9) is None


def test_the_key_as_text_with_escaped_line_feeds(pem: str) -> None:
    assert settings(private_key=pem.replace("\n", "\\n")).private_key_pem.get_secret_value() == pem


def test_the_key_as_a_file(pem: str, tmp_path: Path) -> None:
    file = tmp_path / "app.pem"
    file.write_text(pem)
    assert settings(private_key=None, private_key_file=file).private_key_pem.get_secret_value() == pem


@pytest.mark.parametrize("key", ["no key", pem_of(ec.generate_private_key(ec.SECP256R1()))])
def test_what_is_no_rsa_key(key: str) -> None:
    with pytest.raises(UserError) as error:
        _ = settings(private_key=key).private_key_pem
    assert error.value.reference == "bad-private-key"


@pytest.mark.parametrize("name", ["missing.pem", "."])
def test_a_key_file_that_cannot_be_read(name: str) -> None:
    with pytest.raises(UserError) as error:
        _ = settings(private_key=None, private_key_file=Path(name)).private_key_pem
    assert error.value.reference == "unreadable-private-key"


def test_secrets_are_not_printed(pem: str) -> None:
    assert "hush" not in repr(settings())
    assert "PRIVATE" not in repr(settings(private_key=pem))


# Whether there is an App already: then nothing is set up anew


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Two folders of secrets, of which the second counts more."""
    made = (tmp_path / "generated", tmp_path / "mine")
    for folder in made:
        folder.mkdir()
    monkeypatch.setenv("GREENLATCH_SECRETS_DIR", os.pathsep.join(map(str, made)))
    return made


@pytest.mark.parametrize("name", ["app_id", "webhook_secret", "private_key", "private_key_file"])
@pytest.mark.parametrize("place", [0, 1])
def test_a_credential_in_a_folder_of_secrets_is_an_app(folders: tuple[Path, Path], name: str, place: int) -> None:
    (folders[0] / "greenlatch_database_password").write_text("x")
    (folders[1] / "greenlatch_client_secret").write_text("x")
    assert not has_app(Path(".env"))
    (folders[place] / f"greenlatch_{name}").write_text("x")
    assert has_app(Path(".env"))


@pytest.mark.parametrize("line", ["GREENLATCH_APP_ID=7", "export GREENLATCH_PRIVATE_KEY_FILE='key.pem'"])
def test_a_credential_in_the_file_or_the_environment_is_an_app(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    file = Path(".env")
    file.write_text("GREENLATCH_OPERATORS=olive\nGREENLATCH_APP_ID=\n")
    assert not has_app(file)
    file.write_text(f"{line}\n")
    assert has_app(file)
    file.unlink()
    assert not has_app(file)
    monkeypatch.setenv("GREENLATCH_WEBHOOK_SECRET", "hush")
    assert has_app(file)


def test_the_last_folder_of_secrets_counts_most(folders: tuple[Path, Path]) -> None:
    for folder, secret in zip(folders, ("made", "chosen"), strict=True):
        (folder / "greenlatch_webhook_secret").write_text(f"{secret}\n")
    (folders[0] / "greenlatch_database_password").write_text("long")
    found = load_settings(app_id=42, private_key="-----BEGIN")
    assert found.secret_bytes == b"chosen"
    assert found.database_password is not None
    assert set(found.files()) >= {folder / "greenlatch_webhook_secret" for folder in folders}


def test_a_folder_of_secrets_that_is_missing_is_named(folders: tuple[Path, Path]) -> None:
    folders[1].rmdir()
    with pytest.raises(UserError, match="mine") as error:
        settings()
    assert error.value.reference == "no-secrets-folder"
    assert str(folders[0]) not in str(error.value)
