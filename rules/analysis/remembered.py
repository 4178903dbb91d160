"""Entry points of which an earlier run, over much the same project, has told what they find out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence, Set

from rules.analysis.accesses import Place
from rules.analysis.records import Named, Record, pack, unpack
from rules.cache.kept import Kept, Tried
from rules.cache.version import engine_digest
from rules.index.prints import Prints
from rules.index.program import FunctionInfo


class Remembered:
    """Records of one program's entry points, as far as they hold for it."""

    def __init__(self, memory: Kept | Tried, prints: Prints, named: Named) -> None:
        self._memory = memory
        self._prints = prints
        self._named = named
        self._found: dict[Place, tuple[bytes, ...]] = {}
        self._places: dict[bytes, Place] = {}
        self._fresh: dict[bytes, bytes] = {}

    def look_up(self, functions: Sequence[FunctionInfo]) -> list[FunctionInfo]:
        """Asks for all at once; gives those of which nothing is known."""
        keys = {function.place: self._key(function) for function in functions}
        found = self._memory.get_many(keys.values())
        self._found = {place: found[key] for place, key in keys.items() if key in found}
        self._places = {key: place for place, key in keys.items()}
        return [function for function in functions if function.place not in self._found]

    def find(self, function: FunctionInfo, visited: Set[Place]) -> Record | None:
        for packed in self._found.get(function.place, ()):
            known = unpack(packed, self._named)
            if known is not None:
                record, digest = known
                if record.skipped_nested <= visited and record.holds(self._prints, digest):
                    return record
        return None

    def keep(self, function: FunctionInfo, record: Record) -> None:
        made = self.packed(function, record)
        if made:
            key, packed = made
            self._fresh[key] = packed

    def packed(self, function: FunctionInfo, record: Record) -> tuple[bytes, bytes] | tuple[()]:
        """A key and what is kept under it; nothing for what is nested too deeply."""
        try:
            return self._key(function), pack(record, self._prints.together(record.paths))
        except ValueError:
            return ()

    def add(self, packed: Iterable[tuple[bytes, bytes]]) -> None:
        """What other processes made of entry points that were looked up."""
        for key, one in packed:
            self._fresh[key] = one
            self._found[self._places[key]] = (one,)

    def close(self) -> None:
        self._memory.add_many(self._fresh)

    def _key(self, function: FunctionInfo) -> bytes:
        path = function.module.path
        name = repr((path, function.facts.position, function.facts.qualname)).encode("utf-8", "backslashreplace")
        return hashlib.blake2b(name + self._prints.of(path), digest_size=20, key=engine_digest()).digest()
