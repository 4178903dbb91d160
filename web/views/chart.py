"""The plots, drawn here as SVG: columns of findings by day, and how long verdicts took."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil, log10

from workers.history import Found, Verdict

WIDTH, HEIGHT = 480, 200
LEFT, RIGHT, TOP, BOTTOM = 46, 8, 12, 26
GRID = 4
"""Lines above the ground."""


@dataclass(frozen=True, slots=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    series: int
    label: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A line or a label at `at`, in the plot's own units."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Columns:
    bars: tuple[Bar, ...]
    rows: tuple[Tick, ...]
    days: tuple[Tick, ...]
    series: tuple[str, ...]
    """The rules; a bar names its own by number."""
    table: tuple[tuple[date, tuple[int, ...], int], ...]
    """The same in figures: the days with anything, by rule, and their sums."""
    total: int
    width: int = WIDTH
    height: int = HEIGHT


@dataclass(frozen=True, slots=True)
class Dot:
    x: float
    y: float
    label: str


@dataclass(frozen=True, slots=True)
class Times:
    dots: tuple[Dot, ...]
    rows: tuple[Tick, ...]
    median: float | None
    slowest: float | None
    """Nine of ten were faster."""
    count: int
    ends: tuple[str, str] | None
    """When the first and the last were given."""
    median_at: float | None = None
    """Where the line of the median is drawn."""
    width: int = WIDTH
    height: int = HEIGHT


def columns(found: Sequence[Found], today: date, *, days: int) -> Columns:
    """One column for each of the last `days` days, today's the last, with the rules on top of one another."""
    series = tuple(sorted({one.rule for one in found}))
    counts: dict[date, dict[str, int]] = defaultdict(dict)
    for one in found:
        counts[one.day][one.rule] = one.count
    highest = _round_up(max((sum(each.values()) for each in counts.values()), default=0))
    step = (WIDTH - LEFT - RIGHT) / days
    span = HEIGHT - TOP - BOTTOM
    dates = [today - timedelta(days=days - 1 - number) for number in range(days)]
    bars: list[Bar] = []
    for number, day in enumerate(dates):
        ground = 0
        for rule, count in sorted(counts.get(day, {}).items()):
            height = span * count / highest
            top = HEIGHT - BOTTOM - span * (ground + count) / highest
            label = f"{day:%d %B}: {count} of {rule}"
            x = LEFT + number * step + step * 0.14
            bars.append(
                Bar(round(x, 1), round(top, 1), round(step * 0.72, 1), round(height, 1), series.index(rule), label)
            )
            ground += count
    table = tuple(
        (day, tuple(counts[day].get(rule, 0) for rule in series), sum(counts[day].values()))
        for day in reversed(dates)
        if counts.get(day)
    )
    shown = range(days - 1, -1, -7)
    return Columns(
        bars=tuple(bars),
        rows=tuple(_rows(highest, span, "")),
        days=tuple(Tick(round(LEFT + (number + 0.5) * step, 1), f"{dates[number]:%d %b}") for number in shown),
        series=series,
        table=table,
        total=sum(one.count for one in found),
    )


def times(verdicts: Sequence[Verdict]) -> Times:
    """The last verdicts in the order they were given."""
    seconds = sorted(verdict.seconds for verdict in verdicts)
    highest = _round_up(max(seconds, default=0))
    span = HEIGHT - TOP - BOTTOM
    step = (WIDTH - LEFT - RIGHT - 16) / max(len(verdicts) - 1, 1)
    dots = [
        Dot(
            round(LEFT + 8 + number * step, 1),
            round(HEIGHT - BOTTOM - span * verdict.seconds / highest, 1),
            f"{_told(verdict)}: {verdict.seconds:.1f} s",
        )
        for number, verdict in enumerate(verdicts)
    ]
    median = _quantile(seconds, 0.5)
    return Times(
        dots=tuple(dots),
        rows=tuple(_rows(highest, span, " s")),
        median=median,
        median_at=round(HEIGHT - BOTTOM - span * median / highest, 1) if median is not None else None,
        slowest=_quantile(seconds, 0.9),
        count=len(seconds),
        ends=(_told(verdicts[0]), _told(verdicts[-1])) if verdicts else None,
    )


def _told(verdict: Verdict) -> str:
    return f"{verdict.finished_at:%d %b %H:%M}"


def _rows(highest: int, span: int, unit: str) -> list[Tick]:
    parts = [number * highest / GRID for number in range(GRID + 1)]
    return [
        Tick(round(HEIGHT - BOTTOM - span * value / highest, 1), f"{value:g}{unit}")
        for value in parts
        if value % 1 == 0
    ]


def _round_up(value: float) -> int:
    """The next of 4, 8, 12, 16, 20, 24, 28, 32, 40, 60, 80, ... so that the grid falls on whole numbers."""
    if value <= 4:
        return 4
    size = 10 ** int(log10(value))
    return next(
        int(size * factor)
        for factor in (1, 1.2, 1.6, 2, 2.4, 2.8, 3.2, 4, 6, 8, 10, 12, 20)
        if size * factor >= value and ceil(size * factor) % GRID == 0
    )


def _quantile(ordered: Sequence[float], part: float) -> float | None:
    return ordered[min(int(len(ordered) * part), len(ordered) - 1)] if ordered else None
