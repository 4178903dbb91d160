"""How the app proves who it is: a JWT of its own, and short-lived tokens for one repository with few permissions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

from pydantic import SecretStr

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


@dataclass(frozen=True, slots=True)
class InstallationToken:
    """An opaque token of up to a thousand characters; never log it, store it, or put it in a URL or an argument."""

    secret: SecretStr
    expires_at: datetime

    def is_fresh(self, now: datetime | None = None) -> bool:
        return (now or datetime.now(UTC)) < self.expires_at - RENEW_BEFORE
