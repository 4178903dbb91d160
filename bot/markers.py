"""Hidden marks in our comments: what a comment is about, signed, so that nobody but us can say it."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
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
    """The body of a whole review; its keys are those of the findings that stand in it and in its comments."""
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
    """Writes and reads the markers of one pull request; one copied from another does not count here.

    What was written with a `former` secret is read as well: comments outlive a change of the secret.
    """

    def __init__(self, secret: bytes, repository_id: int, number: int, *, former: Sequence[bytes] = ()) -> None:
        pull = f"{repository_id}/{number}/".encode()
        self._signers = [_signer(one, pull) for one in (secret, *former)]

    def write(self, marker: Marker) -> str:
        """The last line of a comment's body: it is read nowhere else."""
        keys = ",".join(marker.keys[:MAX_KEYS])
        if any(not KEY.fullmatch(key) for key in marker.keys):
            raise ValueError("a key of a marker has other characters than 0-9, a-z and dots")
        return f"\n\n<!-- greenlatch:1 {marker.state.value} {keys} {self._signatures(marker.state.value, keys)[0]} -->"

    def read(self, body: str) -> Marker | None:
        """The marker of a comment that we wrote; None for none, and for a forged one.

        Ask only for comments whose author is our app.
        """
        match = MARKER.search(body)
        if not match or not any(hmac.compare_digest(match[3], one) for one in self._signatures(match[1], match[2])):
            return None
        return Marker(MarkerState(match[1]), tuple(key for key in match[2].split(",") if key))

    def _signatures(self, state: str, keys: str) -> list[str]:
        """By each secret, the present one first."""
        signed = []
        for signer in self._signers:
            signature = signer.copy()
            signature.update(f"{state} {keys}".encode())
            signed.append(signature.hexdigest()[:32])
        return signed


def _signer(secret: bytes, pull: bytes) -> hmac.HMAC:
    key = hmac.new(secret, PURPOSE, hashlib.sha256).digest()
    return hmac.new(key, pull, hashlib.sha256)
