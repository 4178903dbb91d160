"""How a running Greenlatch is configured: variables `GREENLATCH_*`, in the environment, in `.env`, or as files."""

from __future__ import annotations

import os
import re
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote, urlsplit, urlunsplit

from dotenv import dotenv_values
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
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.auth import signing_key
from bot.errors import UserError
from bot.identity import AppIdentity, Repository

PREFIX = "GREENLATCH_"
ENV_FILE = Path(os.environ.get("GREENLATCH_ENV_FILE") or ".env")
"""What `/setup` writes and every part reads; a container names one in its volume."""
SECRETS_DIR = "GREENLATCH_SECRETS_DIR"
"""Names folders (separated as in `PATH`) with a file for each variable, in lower case; the last one counts most."""
CREDENTIALS = ("APP_ID", "WEBHOOK_SECRET", "PRIVATE_KEY", "PRIVATE_KEY_FILE")
UNSAFE = re.compile(r"""[\s;,*'"<>\\^`{|}]""")
"""What no address needs, and a header or a page could take for something else."""
NO_KEY = object()
"""Stands for a key that was given in neither form."""


def _web_url(value: str) -> str:
    try:
        parts = urlsplit(value)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and not (parts.query or parts.fragment)
        fits = fits and parts.username is None and parts.port != 0 and not UNSAFE.search(value)
    except ValueError:
        fits = False
    if not fits:
        raise PydanticCustomError("web_url", "is no web address")
    return value.rstrip("/")


def _none_if_empty(value: object) -> object:
    return None if value == "" else value


def _names(value: object) -> object:
    """Logins, separated by commas or blanks."""
    return frozenset(value.lower().replace(",", " ").split()) if isinstance(value, str) else value


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
    "client_id": "the App's client id, for signing in to the pages",
    "client_secret": "a client secret of the App, for signing in to the pages",
    "operators": "logins, separated by commas",
    "pages": "`true` or `false`",
    "setup_file": "the file that `/setup` writes to",
    "trusted_proxies": "how many reverse proxies stand before the web application",
    "seconds_between_writes": "a number of seconds, 0 or more",
    "cache_megabytes": "a whole number of megabytes, 1 or more",
    "scan_seconds": "a number of seconds, 30 or more",
    "scan_memory": "a number of MiB, 512 or more",
}


class Settings(BaseSettings):
    """Make it with `load_settings`, which tells a person what is missing."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=ENV_FILE,
        extra="ignore",
        frozen=True,
        populate_by_name=True,
        hide_input_in_errors=True,
    )

    webhook_secret: SecretStr = Field(min_length=1)
    previous_webhook_secret: Annotated[SecretStr | None, OrNone] = None
    """Accepted as well, while GitHub changes from one to the other."""
    app_id: int = Field(gt=0)
    slug: Slug = "greenlatch"
    private_key: Annotated[SecretStr | None, OrNone, BeforeValidator(_key_given)] = None
    private_key_file: Annotated[Path | None, OrNone] = None
    github_url: WebUrl = "https://github.com"
    public_url: Annotated[WebUrl | None, OrNone] = None
    """Where check runs link to; None: they link nowhere."""
    data_dir: Path = Path("var")
    cache_megabytes: int = Field(1024, ge=1)
    """How large what workers keep of what they read may grow, for all repositories of a machine together."""
    database_url_: Annotated[Text | None, OrNone] = Field(
        None, validation_alias=AliasChoices("GREENLATCH_DATABASE_URL", "DATABASE_URL", "database_url")
    )
    redis_url: Annotated[Text | None, OrNone] = Field(
        None, validation_alias=AliasChoices("GREENLATCH_REDIS_URL", "REDIS_URL", "redis_url")
    )
    """None: the embedded Redis is used."""
    client_id: Annotated[Text | None, OrNone] = None
    client_secret: Annotated[SecretStr | None, OrNone] = None
    """Both are needed for signing in; without them the pages show nothing of a repository."""
    operators: Annotated[frozenset[str], NoDecode, BeforeValidator(_names)] = frozenset()
    """The logins, in lower case, of those who see deliveries and run them again."""
    setup_file: Annotated[Path | None, OrNone] = None
    """Set by the demo, which runs on an App of its own: where `/setup` writes the credentials of a real one."""
    pages: bool = True
    """False: there are no pages, only the webhook, health and metrics."""
    trusted_proxies: int = Field(0, ge=0, le=9)
    """How many reverse proxies add to `X-Forwarded-For`; without one, nobody is believed."""
    seconds_between_writes: float = Field(1.0, ge=0, le=60)
    """GitHub asks for one second between writes; its secondary limits are hit sooner without."""
    database_password: Annotated[SecretStr | None, OrNone] = None
    """Put into the database's address, so that this can be told without a secret in it."""
    keep_payloads_days: float = Field(14, gt=0)
    keep_code_days: float = Field(30, gt=0)
    """Also how long the git cache of a repository stays that no scan uses."""
    keep_scans_days: float = Field(365, gt=0)
    stop_seconds: float = Field(90, ge=0)
    """How long a worker that is asked to stop lets its scan go on; then it hands it back."""
    scan_seconds: int = Field(900, ge=30, le=86_400)
    """What one scan may take; one that takes longer ends without a verdict."""
    scan_memory: int = Field(4096, ge=512)
    """MiB that the process of one scan may use, and each git that it starts."""

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
    def former_secrets(self) -> tuple[bytes, ...]:
        """Secrets that were the present one before: what was signed with them is still ours."""
        former = self.previous_webhook_secret
        return (former.get_secret_value().encode(),) if former else ()

    @property
    def database_url(self) -> str:
        given = self.database_url_ or f"sqlite:///{self.data_dir.absolute() / 'greenlatch.db'}"
        return _with_password(given, self.database_password) if self.database_password else given

    @property
    def secrets(self) -> tuple[str, ...]:
        """Everything that must not be seen in a log."""
        hidden = (
            self.webhook_secret,
            self.previous_webhook_secret,
            self.client_secret,
            self.database_password,
            self.private_key,
        )
        return tuple(secret.get_secret_value() for secret in hidden if secret)

    def files(self) -> tuple[Path, ...]:
        """The files that these settings come from; some may not be there."""
        secrets = [file for folder in secrets_dirs() for file in sorted(folder.glob("*"))]
        return (ENV_FILE, *([self.private_key_file] if self.private_key_file else []), *secrets)

    @property
    def api_url(self) -> str:
        return api_url(self.github_url)

    @property
    def graphql_url(self) -> str:
        return f"{self.api_url.removesuffix('/v3')}/graphql"

    def repository_url(self, repository: Repository) -> str:
        """The page of a repository; built from configured values alone, never from a payload's links."""
        return f"{self.github_url}/{quote(repository.full_name)}"

    def git_url(self, repository: Repository) -> str:
        return f"{self.repository_url(repository)}.git"

    def scan_url(self, scan_id: int) -> str | None:
        """The page of a scan, for `details_url`."""
        return f"{self.public_url}/scans/{scan_id}" if self.public_url and self.pages else None

    @property
    def can_sign_in(self) -> bool:
        return self.client_id is not None and self.client_secret is not None

    @property
    def app_url(self) -> str:
        """The App's public page, whose button installs it."""
        hosted = self.github_url == "https://github.com" or self.github_url.endswith(".ghe.com")
        return f"{self.github_url}/{'apps' if hosted else 'github-apps'}/{self.slug}"

    @cached_property
    def private_key_pem(self) -> SecretStr:
        """The app's key; raises UserError where it cannot be read or is none."""
        pem = self.private_key.get_secret_value().replace("\\n", "\n") if self.private_key else self._key_file_text()
        try:
            signing_key(pem)
        except ValueError as error:
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


def has_app(env_file: Path) -> bool:
    """Whether the environment, the file or a file of a secret holds any credential of a GitHub App.

    Then nothing is set up anew.
    """
    given = {**dotenv_values(env_file), **os.environ} if env_file.is_file() else os.environ
    names = [f"{PREFIX}{name}" for name in CREDENTIALS]
    files = (folder / name.lower() for folder in secrets_dirs() for name in names)
    return any(given.get(name) for name in names) or any(file.is_file() for file in files)


def secrets_dirs() -> tuple[Path, ...]:
    """The folders of secrets; one that is not there yet may come."""
    return tuple(Path(folder) for folder in os.environ.get(SECRETS_DIR, "").split(os.pathsep) if folder)


def api_url(github_url: str) -> str:
    """The root of the REST API. GitHub and its data-residency hosts have a name for it, servers a folder."""
    scheme, _, host = github_url.partition("://")
    if host == "github.com" or host.endswith(".ghe.com"):
        return f"{scheme}://api.{host}"
    return f"{github_url}/api/v3"


def load_settings(**given: Any) -> Settings:
    """The settings of this process; `given` (by field name) goes before the environment.

    Raises one UserError that lists everything that is missing or wrong.
    """
    folders = secrets_dirs()
    missing = [str(folder) for folder in folders if not folder.is_dir()]
    if missing:
        hint = f"make it, or take it out of {SECRETS_DIR}"
        raise UserError("no-secrets-folder", "there is no such folder", where=", ".join(missing), hint=hint)
    try:
        return Settings(**{"_secrets_dir": folders or None, **given})
    except ValidationError as error:
        problems = error.errors(include_input=False, include_url=False)
        raise UserError(
            "settings-incomplete",
            "the configuration is incomplete:\n" + "\n".join(f"  - {_line(problem)}" for problem in problems),
            hint="set them in the environment or in a file `.env` in the working directory,"
            " or open `/setup` of the web application, which creates the App and does it",
        ) from None


def _line(problem: ErrorDetails) -> str:
    field = str(problem["loc"][0])
    missing = problem["type"] in ("missing", "too_short")
    return _advice(field.removeprefix(PREFIX).lower(), "is missing" if missing else problem["msg"].lower())


def _advice(field: str, what: str) -> str:
    help_text = HELP.get(field)
    return f"{PREFIX}{field.upper()} {what}" + (f": {help_text}" if help_text else "")


def _with_password(url: str, password: SecretStr) -> str:
    parts = urlsplit(url)
    user, _, host = parts.netloc.rpartition("@")
    if not user:
        return url
    hidden = quote(password.get_secret_value(), safe="")
    return urlunsplit(parts._replace(netloc=f"{user.partition(':')[0]}:{hidden}@{host}"))
