"""Entry points of which an earlier run, over much the same project, has told what they find out."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence, Set

from rules.analysis.accesses import Place
from rules.analysis.records import Known, LayoutOf, Named, Opened, Record, opened, pack, ran_as_before
from rules.cache.kept import Kept, Tried
from rules.cache.version import engine_digest
from rules.index.consulted import Consulted
from rules.index.prints import Prints
from rules.index.program import FunctionInfo, Program


class Remembered:
    """Records of one program's entry points, as far as they hold for it."""

    def __init__(
        self,
        memory: Kept | Tried,
        program: Program,
        prints: Prints,
        layout_before: LayoutOf,
        *,
        loading: Set[str] = frozenset(),
    ) -> None:
        """`loading`: paths of a program that was run before, in which edits only have more loaded."""
        self._memory = memory
        self._loading = loading
        self._spared: dict[Place, frozenset[Place]] = {}
        """Functions that entry points ran which are as they were."""
        self._program = program
        self._prints = prints
        self._known = Known(program, prints, Named(program, prints.models), layout_before)
        self._found: dict[Place, tuple[Opened, ...]] = {}
        self._places: dict[bytes, Place] = {}
        self._fresh: dict[bytes, bytes] = {}

    def look_up(self, functions: Sequence[FunctionInfo]) -> list[FunctionInfo]:
        """Asks for all at once; gives those of which nothing is known that holds."""
        keys = {function.place: self._key(function) for function in functions}
        told = self._memory.get_many(keys.values())
        for place, key in keys.items():
            records = [opened(packed, self._known) for packed in told.get(key, ())]
            holding = tuple([one for one in records if one is not None])
            if holding:
                self._found[place] = holding
            elif self._loading and key in told:
                # Which of several was made of the program before its edits is not known: it goes for all.
                ran = [ran_as_before(packed, self._known, self._loading) for packed in told[key]]
                if ran[0] is not None and None not in ran:
                    self._spared[place] = ran[0]
        self._places = {key: place for place, key in keys.items()}
        return [one for one in functions if one.place not in self._found and one.place not in self._spared]

    def ran(self, function: FunctionInfo) -> Set[Place]:
        """The functions that an entry point runs, as far as it is known."""
        for one in self._found.get(function.place, ()):
            return one.ran()
        return self._spared.get(function.place, frozenset())

    def find(self, function: FunctionInfo, visited: Set[Place]) -> Record | None:
        for one in self._found.get(function.place, ()):
            record = one.record()
            if record is not None and record.skipped_nested <= visited:
                return record
        if function.place in self._spared:
            return Record(Consulted(), frozenset(), self._spared[function.place], (), 0, Counter())
        return None

    def keep(self, function: FunctionInfo, record: Record) -> None:
        made = self.packed(function, record)
        if made:
            key, packed = made
            self._fresh[key] = packed

    def packed(self, function: FunctionInfo, record: Record) -> tuple[bytes, bytes] | tuple[()]:
        """A key and what is kept under it; nothing for what is nested too deeply."""
        try:
            return self._key(function), pack(record, self._prints, self._program)
        except ValueError:
            return ()

    def add(self, packed: Iterable[tuple[bytes, bytes]]) -> None:
        """What other processes made of entry points that were looked up."""
        for key, one in packed:
            self._fresh[key] = one
            made = opened(one, self._known, just_made=True)
            if made is not None:
                self._found[self._places[key]] = (made,)

    def close(self) -> None:
        self._memory.add_many(self._fresh)

    def _key(self, function: FunctionInfo) -> bytes:
        """Of the function as it stands there, wherever that is in its file."""
        path, facts, layout = function.module.path, function.facts, function.module.facts.layout
        name = repr((path, facts.qualname)).encode("utf-8", "backslashreplace")
        text = self._prints.of(path)
        if layout is not None:
            numbers = {layout.at(facts.position[0]), layout.at(facts.position[2])} - {None}
            text = b"".join(sorted([layout.pieces[number].digest for number in numbers if number is not None]))
        return hashlib.blake2b(name + text, digest_size=20, key=engine_digest()).digest()
