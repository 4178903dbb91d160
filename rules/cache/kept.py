"""What was found out, kept for this process and, where there is a store, for the next: a few variants for each key."""

from __future__ import annotations

import marshal
from collections.abc import Iterable, Mapping

from rules.cache.store import Store

MOST_VARIANTS = 4
"""Of one key: a base and a head, and the last of them before."""


class Kept:
    """Variants of bytes by key, the one that was used last first."""

    def __init__(self, table: str, store: Store | None = None, *, most: int = MOST_VARIANTS) -> None:
        self._table = table
        self._store = store
        self._most = most
        self._held: dict[bytes, tuple[bytes, ...]] = {}

    def get_many(self, keys: Iterable[bytes]) -> Mapping[bytes, tuple[bytes, ...]]:
        wanted = list(keys)
        missing = [key for key in wanted if key not in self._held]
        if self._store is not None and missing:
            for key, value in self._store.get_many(self._table, missing).items():
                self._held[key] = marshal.loads(value)  # noqa: S302 - with an intact digest it is ours
        return {key: self._held[key] for key in wanted if key in self._held}

    def add_many(self, entries: Mapping[bytes, bytes]) -> None:
        changed: dict[bytes, bytes] = {}
        for key, value in entries.items():
            known = self._held.get(key, ())
            self._held[key] = (value, *(other for other in known if other != value))[: self._most]
            changed[key] = marshal.dumps(self._held[key])
        if self._store is not None:
            self._store.put_many(self._table, changed)


class Tried:
    """What is kept, with what is found out while something is tried: that pushes none of the rest aside."""

    def __init__(self, kept: Kept, tried: Kept) -> None:
        self._kept = kept
        self._tried = tried

    def get_many(self, keys: Iterable[bytes]) -> Mapping[bytes, tuple[bytes, ...]]:
        wanted = list(keys)
        known, tried = self._kept.get_many(wanted), self._tried.get_many(wanted)
        return {key: (*known.get(key, ()), *tried.get(key, ())) for key in known.keys() | tried.keys()}

    def add_many(self, entries: Mapping[bytes, bytes]) -> None:
        self._tried.add_many(entries)
