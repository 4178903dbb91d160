"""Input and output with GitHub on behalf of people: creating the App, signing in, and what somebody may read."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice
from urllib.parse import quote

import requests
from github import Auth
from pydantic import Field, SecretStr

from bot.client import TIMEOUT_SECONDS, USER_AGENT, Connection, shape
from bot.errors import GitHubRefused, GitHubUnavailable
from bot.oauth import DEFAULT_LIFETIME, UserToken
from bot.redaction import quiet_github_logging, redact
from bot.settings import Settings, api_url
from bot.shapes import Shape

MAX_REPOSITORIES = 5000
"""Of one person; beyond, each is asked for alone."""


class CreatedApp(Shape):
    """What GitHub hands out once, when an App was created from a manifest."""

    id: int
    slug: str
    html_url: str
    client_id: str
    client_secret: SecretStr
    webhook_secret: SecretStr
    pem: SecretStr


class Account(Shape):
    id: int
    login: str


class RepositoryItem(Shape):
    id: int


class InstallationItem(Shape):
    id: int


class TokenAnswer(Shape):
    """GitHub refuses with status 200 and an `error`."""

    access_token: SecretStr = SecretStr("")
    expires_in: int | None = None
    error: str = ""
    error_description: str = Field("", max_length=1000)


def convert_manifest(github_url: str, code: str) -> CreatedApp:
    """The credentials of an App that was just created; the code can be used once."""
    url = f"{api_url(github_url)}/app-manifests/{quote(code, safe='')}/conversions"
    return shape(CreatedApp, _post(url, {}))


def exchange_code(settings: Settings, code: str, verifier: str, redirect_uri: str) -> UserToken:
    """The token of the person whom GitHub sent back with this code. Raises GitHubRefused for another code."""
    secret = settings.client_secret.get_secret_value() if settings.client_secret else ""
    form = {
        "client_id": settings.client_id or "",
        "client_secret": secret,
        "code": code,
        "code_verifier": verifier,
        "redirect_uri": redirect_uri,
    }
    answer = shape(TokenAnswer, _post(f"{settings.github_url}/login/oauth/access_token", form))
    if answer.error or not answer.access_token.get_secret_value():
        raise GitHubRefused(400, redact(answer.error_description or answer.error or "no token"))
    lifetime = timedelta(seconds=answer.expires_in) if answer.expires_in else DEFAULT_LIFETIME
    return UserToken(answer.access_token, min(lifetime, DEFAULT_LIFETIME))


class Person:
    """What GitHub says to somebody who signed in."""

    def __init__(self, settings: Settings, token: SecretStr) -> None:
        quiet_github_logging()
        self._connection = Connection(settings, Auth.Token(token.get_secret_value()))

    def account(self) -> Account:
        return shape(Account, self._connection.call("GET", "/user"))

    def repositories(self) -> frozenset[int]:
        """The ids of those where the App is installed and that this person may read by more than being public."""
        installations = [
            shape(InstallationItem, item) for item in self._connection.pages("/user/installations", key="installations")
        ]
        found = (
            shape(RepositoryItem, item).id
            for installation in installations
            for item in self._connection.pages(
                f"/user/installations/{installation.id}/repositories", key="repositories"
            )
        )
        return frozenset(islice(found, MAX_REPOSITORIES))

    def can_read(self, repository_id: int) -> bool:
        try:
            self._connection.call("GET", f"/repositories/{repository_id}")
        except GitHubRefused as refused:
            if refused.status in (403, 404, 451):
                return False
            raise
        return True


def _post(url: str, form: dict[str, str]) -> object:
    headers = {"Accept": "application/json", "User-Agent": USER_AGENT}
    try:
        answer = requests.post(url, data=form, headers=headers, timeout=TIMEOUT_SECONDS, allow_redirects=False)
        data: object = answer.json() if answer.content else {}
    except (requests.RequestException, ValueError) as error:
        raise GitHubUnavailable(f"no usable answer: {type(error).__name__}") from None
    if answer.status_code >= 500:
        raise GitHubUnavailable(f"HTTP {answer.status_code}")
    if answer.status_code >= 300:
        message = data.get("message", "") if isinstance(data, dict) else ""
        raise GitHubRefused(answer.status_code, redact(str(message))[:300])
    return data
