"""How a running Greenlatch is configured: environment variables `GREENLATCH_*`, or the same names in a file `.env`."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote, urlsplit

import jwt
from pydantic import (
    AfterValidator,
    AliasChoices,
    BeforeValidator,
    Field,
    SecretStr,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import UserError
from bot.identity import AppIdentity, Repository

PREFIX = "GREENLATCH_"
NO_KEY = object()
"""Stands for a key that was given in neither form."""


def _web_url(value: str) -> str:
    try:
        parts = urlsplit(value)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and not (parts.query or parts.fragment)
        fits = fits and parts.username is None and parts.port != 0
    except ValueError:
        fits = False
    if not fits:
        raise PydanticCustomError("web_url", "is no web address")
    return value.rstrip("/")


def _none_if_empty(value: object) -> object:
    return None if value == "" else value


def _key_given(value: object) -> object:
    if value is NO_KEY:
        raise PydanticCustomError("missing", "is missing")
    return value


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
WebUrl = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_web_url)]
OrNone = BeforeValidator(_none_if_empty)
Slug = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9-]*$")]

HELP = {
    "webhook_secret": "the secret of the app's webhook; without one, anybody could send events",
    "app_id": "the number on the app's settings page",
    "private_key": "the app's private key (PEM), or a path to it in GREENLATCH_PRIVATE_KEY_FILE",
    "private_key_file": "the path of the app's private key (PEM)",
    "slug": "the last part of the app's public page, https://github.com/apps/<slug>",
    "github_url": "https://github.com, or the address of your GitHub Enterprise Server",
    "public_url": "how a browser reaches this service, for instance https://greenlatch.example.com",
    "seconds_between_writes": "a number of seconds, 0 or more",
    "cache_megabytes": "a whole number of megabytes, 1 or more",
}


class Settings(BaseSettings):
    """Make it with `load_settings`, which tells a person what is missing."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        extra="ignore",
        frozen=True,
        populate_by_name=True,
        hide_input_in_errors=True,
    )

    webhook_secret: SecretStr = Field(min_length=1)
    app_id: int = Field(gt=0)
    slug: Slug = "greenlatch"
    private_key: Annotated[SecretStr | None, OrNone, BeforeValidator(_key_given)] = None
    private_key_file: Annotated[Path | None, OrNone] = None
    github_url: WebUrl = "https://github.com"
    public_url: Annotated[WebUrl | None, OrNone] = None
    """Where check runs link to; None: they link nowhere."""
    data_dir: Path = Path("var")
    cache_megabytes: int = Field(1024, ge=1)
    """How large the workers' cache of what they read may grow, below `data_dir`."""
    database_url_: Annotated[Text | None, OrNone] = Field(
        None, validation_alias=AliasChoices("GREENLATCH_DATABASE_URL", "DATABASE_URL", "database_url")
    )
    redis_url: Annotated[Text | None, OrNone] = Field(
        None, validation_alias=AliasChoices("GREENLATCH_REDIS_URL", "REDIS_URL", "redis_url")
    )
    """None: the embedded Redis is used."""
    seconds_between_writes: float = Field(1.0, ge=0, le=60)
    """GitHub asks for one second between writes; its secondary limits are hit sooner without."""

    @model_validator(mode="before")
    @classmethod
    def _one_key(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Asks for the key together with whatever else is missing, unless one of its two forms is given."""
        given = values.get("private_key") or values.get("private_key_file")
        return values if given else {**values, "private_key": NO_KEY}

    @property
    def identity(self) -> AppIdentity:
        return AppIdentity(self.app_id, self.slug)

    @property
    def secret_bytes(self) -> bytes:
        return self.webhook_secret.get_secret_value().encode()

    @property
    def database_url(self) -> str:
        return self.database_url_ or f"sqlite:///{self.data_dir.absolute() / 'greenlatch.db'}"

    @property
    def cache_dir(self) -> Path:
        return self.data_dir / "cache"

    @property
    def api_url(self) -> str:
        """The root of the REST API. GitHub and its data-residency hosts have a name for it, servers a folder."""
        scheme, _, host = self.github_url.partition("://")
        if host == "github.com" or host.endswith(".ghe.com"):
            return f"{scheme}://api.{host}"
        return f"{self.github_url}/api/v3"

    def repository_url(self, repository: Repository) -> str:
        """The page of a repository; built from configured values alone, never from a payload's links."""
        return f"{self.github_url}/{quote(repository.full_name)}"

    def git_url(self, repository: Repository) -> str:
        return f"{self.repository_url(repository)}.git"

    def scan_url(self, scan_id: int) -> str | None:
        """The page of a scan, for `details_url`."""
        return f"{self.public_url}/scans/{scan_id}" if self.public_url else None

    @cached_property
    def private_key_pem(self) -> SecretStr:
        """The app's key; raises UserError where it cannot be read or is none."""
        pem = self.private_key.get_secret_value().replace("\\n", "\n") if self.private_key else self._key_file_text()
        try:
            jwt.encode({}, pem, algorithm="RS256")
        except (ValueError, TypeError, jwt.PyJWTError) as error:
            raise UserError(
                "bad-private-key",
                "the app's private key is not an RSA key in PEM form",
                hint="download a new one from the app's settings page, section `Private keys`",
            ) from error
        return SecretStr(pem)

    def _key_file_text(self) -> str:
        file = self.private_key_file or Path()
        try:
            return file.read_text("ascii")
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text"
            raise UserError(
                "unreadable-private-key",
                f"the app's private key cannot be read: {reason}",
                where=str(file),
                hint=f"{PREFIX}PRIVATE_KEY_FILE: {HELP['private_key_file']}",
            ) from error


def load_settings(**given: Any) -> Settings:
    """The settings of this process; `given` (by field name) goes before the environment.

    Raises one UserError that lists everything that is missing or wrong.
    """
    try:
        return Settings(**given)
    except ValidationError as error:
        problems = error.errors(include_input=False, include_url=False)
        raise UserError(
            "settings-incomplete",
            "the configuration is incomplete:\n" + "\n".join(f"  - {_line(problem)}" for problem in problems),
            hint="set them in the environment or in a file `.env` in the working directory",
        ) from None


def _line(problem: ErrorDetails) -> str:
    field = str(problem["loc"][0])
    missing = problem["type"] in ("missing", "too_short")
    return _advice(field.removeprefix(PREFIX).lower(), "is missing" if missing else problem["msg"].lower())


def _advice(field: str, what: str) -> str:
    help_text = HELP.get(field)
    return f"{PREFIX}{field.upper()} {what}" + (f": {help_text}" if help_text else "")
