"""How the app proves who it is: a JWT of its own, and short-lived tokens for one repository with few permissions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import cache
from typing import Any

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import SecretStr

JWT_ALGORITHM = "RS256"
RENEW_BEFORE = timedelta(minutes=5)
"""A token is not used so close to its end: a request must not outlive it."""


class Access(Enum):
    """What one kind of work may do; GitHub adds `metadata: read` by itself."""

    REVIEW = (("checks", "write"), ("pull_requests", "write"))
    CONVERSATION = (("issues", "write"), ("pull_requests", "write"))
    """Comments, and reactions to them, in the conversation of a pull request."""
    CHECKS = (("checks", "write"),)
    READ_CODE = (("contents", "read"),)
    WRITE_CODE = (("contents", "write"), ("pull_requests", "write"))
    """Commit fixes and resolve threads, where the installation granted it."""

    @property
    def permissions(self) -> dict[str, str]:
        return dict(self.value)


@cache
def signing_key(pem: str) -> RSAPrivateKey:
    """The app's key, which takes long to check: once for a process and all that it forks. Raises ValueError."""
    try:
        key = load_pem_private_key(pem.encode(), None)
    except (TypeError, UnsupportedAlgorithm) as error:
        raise ValueError("the key is encrypted, or of a kind that nobody knows") from error
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("the key is no RSA key")
    return key


def sign(claims: dict[str, Any], pem: str) -> str:
    """The JWT that proves that we are the app."""
    return jwt.encode(claims, signing_key(pem), algorithm=JWT_ALGORITHM)


@dataclass(frozen=True, slots=True)
class InstallationToken:
    """An opaque token of up to a thousand characters; never log it, store it, or put it in a URL or an argument."""

    secret: SecretStr
    expires_at: datetime

    def is_fresh(self, now: datetime | None = None) -> bool:
        return (now or datetime.now(UTC)) < self.expires_at - RENEW_BEFORE
