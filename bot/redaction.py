"""Keeps tokens and keys out of logs and messages."""

from __future__ import annotations

import logging
import re
from collections import deque

SECRETS = re.compile(
    r"""
    gh[a-z]_[A-Za-z0-9._-]{16,}                                 # tokens of GitHub, of the old form and of the new
    | github_pat_[A-Za-z0-9_]{16,}
    | eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*   # a JWT
    | (?<=[Bb]asic\ )[A-Za-z0-9+/=]{12,}
    | (?<=[Bb]earer\ )[A-Za-z0-9._~+/=-]{12,}
    | (?<=://)[^/\s:@]+:[^/\s@]+(?=@)                           # user and password of a URL
    | -----BEGIN[ A-Z]*PRIVATE\ KEY-----.*?(-----END[ A-Z]*PRIVATE\ KEY-----|$)
    """,
    re.VERBOSE | re.DOTALL,
)
PLACEHOLDER = "[redacted]"
MIN_SECRET = 8
"""Characters; shorter ones are part of words."""
_hidden: set[str] = set()
"""The secrets of the settings: as long as this process lives."""
_remembered: deque[str] = deque(maxlen=1000)
"""The secrets that this process had last: a server of another kind may give tokens that look like nothing known."""


def hide(*secrets: str) -> None:
    """From now on nothing in this process shows these, wherever they stand."""
    _hidden.update(secret for secret in secrets if len(secret) >= MIN_SECRET)


def remember(secret: str) -> None:
    """From now on `redact` takes it out, whatever it looks like, until a thousand others came after it."""
    if len(secret) >= MIN_SECRET and secret not in _remembered:
        _remembered.append(secret)


def redact(text: str) -> str:
    for secret in (*tuple(_hidden), *tuple(_remembered)):
        text = text.replace(secret, PLACEHOLDER)
    return SECRETS.sub(PLACEHOLDER, text)


class RedactingFilter(logging.Filter):
    """Add it to handlers: a logger's own filter does not see what its children log."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        clean = redact(message)
        if clean != message:
            record.msg, record.args = clean, None
        return True


def quiet_github_logging() -> None:
    """PyGithub logs whole answers at DEBUG, installation tokens included: it never gets there."""
    logger = logging.getLogger("github")
    logger.setLevel(max(logger.level, logging.INFO))
