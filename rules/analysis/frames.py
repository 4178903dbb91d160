"""What the interpreter keeps while it runs: frames, ways out of a block, alternatives still to be taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from rules.analysis.accesses import Access, Hop
from rules.analysis.frozen import frozen
from rules.analysis.state import State
from rules.analysis.values import NONE, Value
from rules.index.program import ClassInfo, FunctionInfo, Module
from rules.source.ir import Node, Position

Cut = tuple[int, int]
"""Depth and id of the outermost frame that had a part in something not being followed; (0, 0) where the entry point as
a whole had."""
UNCUT: Cut = (1_000, 0)
"""Deeper than any frame."""
NEXT, RETURN, RAISE, BREAK, CONTINUE = "next", "return", "raise", "break", "continue"


class DeadPath(Exception):
    """This path ends here: nothing after it runs."""


class OutOfBudget(Exception):
    """The entry point is too large to follow."""


@frozen
class Exit:
    """How a path leaves a block."""

    kind: str
    state: State
    value: Value = NONE


Emitted = dict[tuple[Access, int], list[tuple["Frame", tuple[Hop, ...]]]]
"""Reads that failed, each with its instance: the frames they were met in, and the calls that led on from there."""
Yield = Callable[[State, Value], list[State]]


@dataclass(eq=False, slots=True)
class Frame:
    """One running function."""

    id: int
    key: int
    """Tells apart where the function was called from: ids of the objects that it makes are derived from it."""
    module: Module
    function: FunctionInfo | None
    parent: int
    depth: int
    caller: Frame | None
    call: Position | None
    owner: ClassInfo | None = None
    instance: Value | None = None
    on_yield: Yield | None = None
    greenlet: bool = False
    imports: dict[str, tuple[str, str | None, bool]] = field(default_factory=dict)
    expected: Node | None = None

    @property
    def path(self) -> str:
        return self.module.path

    @property
    def is_async(self) -> bool:
        return self.function is not None and self.function.facts.is_async


class Oracle:
    """Which alternative to take at each point of a statement where a path splits."""

    __slots__ = ("made", "prefix")

    def __init__(self, prefix: tuple[int, ...]) -> None:
        self.prefix = prefix
        self.made: list[tuple[int, int]] = []

    def choose(self, count: int) -> int:
        number = len(self.made)
        # A call that is remembered by now may give fewer alternatives than at the first run.
        chosen = min(self.prefix[number], count - 1) if number < len(self.prefix) else 0
        self.made.append((chosen, count))
        return chosen
