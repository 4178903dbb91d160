"""Who signed in: rows that hold a token of GitHub, readable only with the key that is in the person's cookie."""

from __future__ import annotations

import hashlib
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import delete

from workers import models
from workers.database import Database
from workers.models import now


@dataclass(frozen=True, slots=True)
class Readable:
    """Repositories, by id: what GitHub listed at `at`, and what was asked for one by one since."""

    at: datetime
    listed: frozenset[int] = frozenset()
    asked: Mapping[int, bool] = field(default_factory=dict)

    def says(self, repository_id: int) -> bool | None:
        """None where it is not known."""
        return True if repository_id in self.listed else self.asked.get(repository_id)


@dataclass(frozen=True, slots=True)
class SignedIn:
    key: str
    user_id: int
    login: str
    token: SecretStr
    readable: Readable | None


class SignIns:
    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, user_id: int, login: str, token: SecretStr, lifetime: timedelta) -> str:
        """The key of a new sign-in. Those that are over are removed on the way."""
        key = secrets.token_urlsafe(32)
        sealed = _cipher(key).encrypt(token.get_secret_value().encode())
        row = models.SignIn(
            id=_digest(key), user_id=user_id, login=login, sealed_token=sealed, expires_at=now() + lifetime
        )
        with self._database.transaction() as session:
            session.execute(delete(models.SignIn).where(models.SignIn.expires_at < now()))
            session.add(row)
        return key

    def find(self, key: str) -> SignedIn | None:
        with self._database.transaction() as session:
            row = session.get(models.SignIn, _digest(key))
        if row is None or row.expires_at <= now():
            return None
        token = SecretStr(_cipher(key).decrypt(row.sealed_token).decode())
        return SignedIn(key, row.user_id, row.login, token, _readable(row))

    def remember(self, key: str, readable: Readable) -> None:
        with self._database.transaction() as session:
            row = session.get(models.SignIn, _digest(key))
            if row is not None:
                row.readable = {
                    "at": readable.at.isoformat(),
                    "listed": sorted(readable.listed),
                    "asked": [list(pair) for pair in readable.asked.items()],
                }

    def remove(self, key: str) -> None:
        with self._database.transaction() as session:
            session.execute(delete(models.SignIn).where(models.SignIn.id == _digest(key)))


def _readable(row: models.SignIn) -> Readable | None:
    if not row.readable:
        return None
    at = datetime.fromisoformat(row.readable["at"])
    return Readable(at, frozenset(row.readable["listed"]), dict(row.readable["asked"]))


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _cipher(key: str) -> Fernet:
    return Fernet(urlsafe_b64encode(hashlib.sha256(b"greenlatch sign-in " + key.encode()).digest()))
