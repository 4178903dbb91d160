"""Hidden marks in our comments: what a comment is about, signed, so that nobody but us can say it."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from enum import StrEnum

PURPOSE = b"greenlatch comment marker 1"
MARKER = re.compile(r"<!-- greenlatch:1 (open|fixed|review|reply) ([0-9a-z.,]*) ([0-9a-f]{32}) -->\s*\Z")
KEY = re.compile(r"[0-9a-z]+(\.[0-9a-z]+)*")
MAX_KEYS = 500


class MarkerState(StrEnum):
    OPEN = "open"
    FIXED = "fixed"
    REVIEW = "review"
    """The body of a whole review; its keys are those of the findings that stand in it."""
    REPLY = "reply"
    """The answer to a command; its key is the id of the comment that gave it."""


@dataclass(frozen=True, slots=True)
class Marker:
    """`keys` are `Finding.key`s."""

    state: MarkerState
    keys: tuple[str, ...]

    @property
    def fingerprints(self) -> frozenset[str]:
        return frozenset(key.partition(".")[0] for key in self.keys)


class Markers:
    """Writes and reads the markers of one pull request; one copied from another does not count here."""

    def __init__(self, secret: bytes, repository_id: int, number: int) -> None:
        key = hmac.new(secret, PURPOSE, hashlib.sha256).digest()
        self._pull = hmac.new(key, f"{repository_id}/{number}/".encode(), hashlib.sha256)

    def write(self, marker: Marker) -> str:
        """The last line of a comment's body: it is read nowhere else."""
        keys = ",".join(marker.keys[:MAX_KEYS])
        if any(not KEY.fullmatch(key) for key in marker.keys):
            raise ValueError("a key of a marker has other characters than 0-9, a-z and dots")
        return f"\n\n<!-- greenlatch:1 {marker.state.value} {keys} {self._sign(marker.state.value, keys)} -->"

    def read(self, body: str) -> Marker | None:
        """The marker of a comment that we wrote; None for none, and for a forged one.

        Ask only for comments whose author is our app.
        """
        match = MARKER.search(body)
        if not match or not hmac.compare_digest(match[3], self._sign(match[1], match[2])):
            return None
        return Marker(MarkerState(match[1]), tuple(key for key in match[2].split(",") if key))

    def _sign(self, state: str, keys: str) -> str:
        signature = self._pull.copy()
        signature.update(f"{state} {keys}".encode())
        return signature.hexdigest()[:32]
