"""What running a piece of the program found out besides its value: told again when that piece need not be run again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator
from dataclasses import dataclass, field, replace

from rules.analysis.accesses import Access, AccessKey, Links, Place
from rules.index.consulted import Consulted

MAX_TRACES = 6


@dataclass(eq=False, slots=True)
class Recording:
    """Of an entry point, of a call that is remembered, of a dependency that is provided once."""

    number: int = 0
    """0 for an entry point."""
    kind: object = None
    """The kind of a call's context."""
    function: int = 0
    """Identity of the function that was called."""
    consulted: Consulted = field(default_factory=Consulted)
    visited: set[Place] = field(default_factory=set)
    """Functions that were run, or that need not be."""
    loaded: set[tuple[object, ...]] = field(default_factory=set)
    """Reads that were loaded by their query, on some path."""
    accesses: dict[AccessKey, Access] = field(default_factory=dict)
    needs: dict[tuple[AccessKey, Links], None] = field(default_factory=dict)
    """What is read below a value that a failing read would have given."""
    parts: dict[int, Recording] = field(default_factory=dict)
    """The remembered calls and the dependencies within it, by their numbers: what they found out is told there alone,
    but for reads that failed. An entry point that meets one again pays its steps once, whether or not it was the first
    to run it: so its budget ends at the same place, whatever ran before it."""
    steps: int = 0
    """What it took without its parts: statements, reads of attributes, and what was not resolved, by reason."""
    reads: int = 0
    unknown: Counter[str] = field(default_factory=Counter)

    def include(self, part: Recording) -> None:
        """Adds a part that was run, or is told again, within this one."""
        self.parts[part.number] = part
        self.needs.update(part.needs)

    def whole(self, known: Container[int] = ()) -> Iterator[Recording]:
        """It and all of its parts, each once; without those whose numbers are known, and theirs."""
        seen = {self.number}
        waiting = [self]
        while waiting:
            one = waiting.pop()
            yield one
            for number, part in one.parts.items():
                if number not in seen and number not in known:
                    seen.add(number)
                    waiting.append(part)


def add_trace(access: Access, trace: tuple[object, ...]) -> None:
    if trace not in access.traces and len(access.traces) < MAX_TRACES:
        access.traces.append(trace)  # type: ignore[arg-type]


def merge(found: dict[AccessKey, Access], access: Access, *, own: bool = False) -> Access:
    """Puts an access among others: one that is there already gets its ways and needs. `own`: it is kept as it is."""
    known = found.get(access.key)
    if known is None:
        known = found[access.key] = access if own else replace(access, traces=[*access.traces], needs={*access.needs})
    elif known is not access:
        for trace in access.traces:
            add_trace(known, trace)
        known.needs |= access.needs
    return known
