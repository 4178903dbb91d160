"""The way from a cause to a read as a diagram: a lane for each file, a numbered stop for each hop, arrows between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import PurePosixPath
from textwrap import dedent

from markupsafe import Markup

from web.views.code import lines
from workers.detail import Hop

LANE = 148
ROW = 52
TOP = 44
ASIDE = 22
"""How far a stop is left of the middle of its lane: its line stands to the right of it."""
MAX_NAME = 18


@dataclass(frozen=True, slots=True)
class Line:
    number: int
    code: Markup
    is_meant: bool


@dataclass(frozen=True, slots=True)
class Stop:
    """A hop with its code, moved to the left. `role` is `cause`, `hop` or `read`; `x` and `y` say where it is drawn."""

    number: int
    role: str
    path: str
    line: int
    note: str
    code: tuple[Line, ...]
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Lane:
    x: float
    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Trace:
    """`arrows` are paths of SVG, from one stop to the next."""

    stops: tuple[Stop, ...]
    lanes: tuple[Lane, ...]
    arrows: tuple[str, ...]
    width: int
    height: int

    @property
    def is_slim(self) -> bool:
        """Whether the diagram fits beside the code."""
        return len(self.lanes) <= 2

    @property
    def spoken(self) -> str:
        """The diagram in words."""
        return "; ".join(f"{stop.number}. {stop.role} at {stop.path}, line {stop.line}" for stop in self.stops)


def trace(hops: Sequence[Hop]) -> Trace:
    paths = list(dict.fromkeys(hop.path for hop in hops))
    stops = tuple(_stop(number, hop, len(hops), paths) for number, hop in enumerate(hops))
    return Trace(
        stops=stops,
        lanes=tuple(Lane(_middle(lane), _short(path), path) for lane, path in enumerate(paths)),
        arrows=tuple(_arrow(one, other) for one, other in pairwise(stops)),
        width=LANE * max(len(paths), 1),
        height=TOP + ROW * len(hops) + 4,
    )


def _stop(number: int, hop: Hop, count: int, paths: Sequence[str]) -> Stop:
    role = "cause" if number == 0 and count > 1 else "read" if number == count - 1 else "hop"
    shown = lines(hop.path, dedent("\n".join(hop.lines)).split("\n") if hop.lines else ())
    code = tuple(Line(hop.first + at, text, hop.first + at == hop.line) for at, text in enumerate(shown))
    x, y = _middle(paths.index(hop.path)) - ASIDE, TOP + ROW * number + ROW / 2
    return Stop(number + 1, role, hop.path, hop.line, hop.note, code, x, y)


def _middle(lane: int) -> float:
    return LANE * lane + LANE / 2


def _arrow(one: Stop, other: Stop) -> str:
    """Straight down within a file, a curve from one file to another."""
    start, end = one.y + 15, other.y - 17
    if one.x == other.x:
        return f"M{one.x} {start} L{other.x} {end}"
    return f"M{one.x} {start} C{one.x} {end} {other.x} {start - 4} {other.x} {end}"


def _short(path: str) -> str:
    name = PurePosixPath(path).name
    return name if len(name) <= MAX_NAME else f"…{name[1 - MAX_NAME :]}"
