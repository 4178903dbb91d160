"""What was found out, kept for this process and, where there is a store, for the next: a few variants for each key."""

from __future__ import annotations

import marshal
from collections.abc import Iterable, Mapping

from rules.cache.store import Store

MOST_VARIANTS = 4
"""A base and a head, a fix that is tried, and the last of them before."""


class Kept:
    """Variants of bytes by key, the one that was used last first."""

    def __init__(self, table: str, store: Store | None = None) -> None:
        self._table = table
        self._store = store
        self._held: dict[bytes, tuple[bytes, ...]] = {}
        self.closed = False
        """Nothing is added any more: what is tried out now will not be asked for again."""

    def get_many(self, keys: Iterable[bytes]) -> Mapping[bytes, tuple[bytes, ...]]:
        wanted = list(keys)
        missing = [key for key in wanted if key not in self._held]
        if self._store is not None and missing:
            for key, value in self._store.get_many(self._table, missing).items():
                self._held[key] = marshal.loads(value)  # noqa: S302 - with an intact digest it is ours
        return {key: self._held[key] for key in wanted if key in self._held}

    def add_many(self, entries: Mapping[bytes, bytes]) -> None:
        if self.closed:
            return
        changed: dict[bytes, bytes] = {}
        for key, value in entries.items():
            known = self._held.get(key, ())
            self._held[key] = (value, *(other for other in known if other != value))[:MOST_VARIANTS]
            changed[key] = marshal.dumps(self._held[key])
        if self._store is not None:
            self._store.put_many(self._table, changed)
