"""What running a piece of the program found out besides its value: told again when that piece need not be run again."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

from rules.analysis.accesses import Access, AccessKey, Links, Place
from rules.index.consulted import Consulted

MAX_TRACES = 6


@dataclass(frozen=True, slots=True)
class Cost:
    """What running a call took, without the remembered calls within it. An entry point that meets it again pays it
    once, whether or not it was the first to run it: so its budget ends at the same place, whatever ran before it."""

    steps: int
    reads: int
    unknown: Counter[str]
    kind: object = None
    """The kind of its context."""
    function: int = 0


@dataclass(eq=False, slots=True)
class Recording:
    """Of an entry point, of a call that is remembered, of a dependency that is provided once."""

    consulted: Consulted = field(default_factory=Consulted)
    visited: set[Place] = field(default_factory=set)
    """Functions that were run, or that need not be."""
    loaded: set[tuple[object, ...]] = field(default_factory=set)
    """Reads that were loaded by their query, on some path."""
    accesses: dict[AccessKey, Access] = field(default_factory=dict)
    needs: dict[tuple[AccessKey, Links], None] = field(default_factory=dict)
    """What is read below a value that a failing read would have given."""
    costs: dict[int, Cost] = field(default_factory=dict)
    """Of the remembered calls and the dependencies within it, by their numbers."""
    steps: int = 0
    """What it took without them: statements, reads of attributes, and what was not resolved, by reason."""
    reads: int = 0
    unknown: Counter[str] = field(default_factory=Counter)

    def include(self, other: Recording) -> None:
        """Adds what a part found out that was run, or is told again, within this one."""
        self.consulted.include(other.consulted)
        self.visited |= other.visited
        self.loaded |= other.loaded
        self.needs.update(other.needs)
        self.costs.update(other.costs)

    def cost(self, kind: object = None, function: int = 0) -> Cost:
        return Cost(self.steps, self.reads, self.unknown, kind, function)

    def total_reads(self) -> int:
        return self.reads + sum(cost.reads for cost in self.costs.values())

    def total_unknown(self) -> Counter[str]:
        found = self.unknown.copy()
        for cost in self.costs.values():
            found.update(cost.unknown)
        return found


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
