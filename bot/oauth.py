"""Signing in with GitHub: the App's own OAuth, with PKCE. What is said to whom; `bot.accounts` does the talking."""

from __future__ import annotations

import hashlib
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from pydantic import SecretStr

DEFAULT_LIFETIME = timedelta(hours=8)
"""How long a token lives where GitHub tells no end."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to sign in: `state` comes back with the answer, `verifier` shows that the answer is fetched by us."""

    state: str
    verifier: str

    @staticmethod
    def begin() -> Attempt:
        return Attempt(secrets.token_urlsafe(32), secrets.token_urlsafe(48))

    @property
    def challenge(self) -> str:
        return urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).decode().rstrip("=")

    def authorize_url(self, github_url: str, client_id: str, redirect_uri: str) -> str:
        query = {
            "client_id": client_id,
            "redirect_uri": redirect_uri,
            "state": self.state,
            "code_challenge": self.challenge,
            "code_challenge_method": "S256",
        }
        return f"{github_url}/login/oauth/authorize?{urlencode(query)}"


@dataclass(frozen=True, slots=True)
class UserToken:
    """What GitHub lets this App do in the name of a person: no more than both of them may."""

    secret: SecretStr
    lifetime: timedelta
