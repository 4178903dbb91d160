"""Lines of source code under a gutter with their numbers, with carets under an exact range."""

from __future__ import annotations

from collections.abc import Iterator

from rules.cli.sources import Sources
from rules.cli.style import Style, printable, width
from rules.finding import Location, Severity, Step

MOST_LINES = 6
MOST_COLUMNS = 140
BEFORE = 40
CUT = "…"


class Gutter:
    """Draws the left edge of one finding's excerpts, as wide as its highest line number."""

    def __init__(self, highest: int, style: Style) -> None:
        self._digits = len(str(highest))
        self._style = style

    @property
    def indent(self) -> str:
        return " " * (self._digits + 1)

    def bar(self, text: str = "") -> str:
        return f"{self.indent}{self._style.paint('|', 'blue')}{' ' if text else ''}{text}"

    def row(self, number: int, text: str, mark: str = "|") -> str:
        edge = self._style.paint(f"{number:>{self._digits}} {mark}", "blue")
        return f"{edge} {text}" if text else edge


def marked(place: Location, sources: Sources, gutter: Gutter, *, style: Style, severity: Severity) -> Iterator[str]:
    """The lines of a range, each with carets below, but only the first of many; nothing where no source is."""
    for number in range(place.line, min(place.end_line, place.line + MOST_LINES - 1) + 1):
        line = sources.line(place.path, number)
        if line is None:
            return
        start = place.column - 1 if number == place.line else len(line) - len(line.lstrip())
        end = place.end_column - 1 if number == place.end_line else len(line.rstrip())
        shown, blank, carets = _fitted(line, start, end)
        yield gutter.row(number, shown)
        if carets:
            yield gutter.bar(" " * blank + style.severity("^" * carets, severity))
    if place.end_line >= place.line + MOST_LINES:
        yield gutter.bar("...")


def plain(step: Step, sources: Sources, gutter: Gutter) -> Iterator[str]:
    """The line of a step, cut around its column when it is long."""
    line = sources.line(step.path, step.line)
    if line is not None:
        shown, _, _ = _fitted(line, step.column - 1, step.column)
        yield gutter.row(step.line, shown)


def _fitted(line: str, start: int, end: int) -> tuple[str, int, int]:
    """The printable line, how many columns come before the range, and how many the range takes (at least one).

    Of a line that is too long for a terminal, what is around the start of the range.
    """
    start = max(0, min(start, len(line)))
    end = max(start, min(end, len(line)))
    line = line.rstrip() if end <= len(line.rstrip()) else line
    if len(line) <= MOST_COLUMNS:
        return printable(line), width(printable(line[:start])), max(1, width(printable(line[start:end])))
    first = max(0, start - BEFORE)
    last = min(len(line), first + MOST_COLUMNS)
    head, tail = CUT if first else "", CUT if last < len(line) else ""
    blank = width(head) + width(printable(line[first:start]))
    return f"{head}{printable(line[first:last])}{tail}", blank, max(1, width(printable(line[start : min(end, last)])))
