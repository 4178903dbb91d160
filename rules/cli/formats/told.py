"""One finding, told to a person from its place over the way that leads there to its fix."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from itertools import groupby

from rules.cli.formats.excerpt import Gutter, marked, plain
from rules.cli.sources import Sources
from rules.cli.style import Style, printable
from rules.finding import Confidence, Edit, Finding, Fix, Location, Safety, Severity, Step

MOST_DIFF_LINES = 12
MOST_READS = 10


def told(finding: Finding, sources: Sources, style: Style) -> str:
    return "\n".join(_Teller(finding, sources, style).lines())


class _Teller:
    def __init__(self, finding: Finding, sources: Sources, style: Style) -> None:
        self._finding = finding
        self._sources = sources
        self._style = style
        self._steps = _steps(finding)
        self._changes = {fix: list(_changes(fix, sources)) for fix in finding.fixes[:1]}
        self._gutter = Gutter(self._highest_line(), style)

    def lines(self) -> Iterator[str]:
        yield self._header()
        place = self._finding.location
        excerpt = list(marked(place, self._sources, self._gutter, style=self._style, severity=self._finding.severity))
        yield from [self._gutter.bar(), *excerpt] if excerpt else []
        for _, steps in groupby(self._steps, key=_line):
            yield from self._way(list(steps))
        others = self._finding.other_places
        for read in others[:MOST_READS]:
            yield self._note(f"also at {self._place(read.location)} `{printable(read.expression)}`")
        if len(others) > MOST_READS:
            yield self._note(f"and at {len(others) - MOST_READS} more places")
        for fix in self._finding.fixes:
            yield from self._help(fix)

    def _highest_line(self) -> int:
        shown = [self._finding.location.end_line, *(step.line for step in self._steps)]
        return max(shown + [number for changes in self._changes.values() for _, number, _, _ in changes])

    def _header(self) -> str:
        finding = self._finding
        aside = [finding.severity.value] if finding.severity is not Severity.ERROR else []
        aside += [f"{finding.confidence.value} confidence"] if finding.confidence is not Confidence.HIGH else []
        place = self._style.paint(self._place(finding.location), "bold")
        rule = self._style.severity(finding.rule, finding.severity)
        return " ".join([place, rule, *([f"[{', '.join(aside)}]"] if aside else []), printable(finding.message)])

    def _way(self, steps: Sequence[Step]) -> Iterator[str]:
        """Successive steps on one line, and then that line, unless it is the one of the finding."""
        arrow = self._style.paint("-->", "blue")
        for step in steps:
            yield f"{self._gutter.indent[1:]}{arrow} {self._place(step)} {printable(step.note)}"
        if _line(steps[0]) != _line(self._finding.location):
            yield from plain(steps[0], self._sources, self._gutter)

    def _help(self, fix: Fix) -> Iterator[str]:
        option = "--fix" if fix.safety is Safety.SAFE else "--fix --unsafe-fixes"
        title = f"{self._style.paint('help:', 'green')} {printable(fix.title)}"
        yield self._note(f"{title} ({fix.safety.value}: `{option}`)")
        changes = self._changes.get(fix, [])
        if len(changes) <= MOST_DIFF_LINES:
            for path, some in groupby(changes, key=lambda change: change[0]):
                if path != self._finding.location.path:
                    yield f"{self._gutter.indent}  {self._sources.shown(path)}"
                for _, number, mark, text in some:
                    yield self._gutter.row(number, self._style.paint(printable(text), _MARK_COLORS[mark]), mark)

    def _note(self, text: str) -> str:
        return f"{self._gutter.indent}{self._style.paint('=', 'blue')} {text}"

    def _place(self, place: Location | Step) -> str:
        return f"{printable(self._sources.shown(place.path))}:{place.line}:{place.column}"


_MARK_COLORS = {"+": "green", "-": "red"}


def _steps(finding: Finding) -> tuple[Step, ...]:
    """From the cause to the first read; a cause that is the read itself needs no telling."""
    origin, read = finding.origin, finding.location
    if finding.trace:
        first = finding.trace[0]
        return finding.trace if _line(first) == _line(origin) else (origin, *finding.trace)
    return () if _line(origin) == _line(read) else (origin,)


def _line(place: Location | Step) -> tuple[str, int]:
    return place.path, place.line


def _changes(fix: Fix, sources: Sources) -> Iterator[tuple[str, int, str, str]]:
    """Path, line number, `+` or `-`, and text of each line that the fix adds or takes away."""
    from rules.fixes.edit_text import apply_edits

    for path in sorted({edit.path for edit in fix.edits if edit.path in sources}):
        edits: list[Edit] = [edit for edit in fix.edits if edit.path == path]
        before = sources[path].text.splitlines()
        after = apply_edits(sources[path].text, edits).splitlines()
        for kind, first, last, new_first, new_last in difflib.SequenceMatcher(
            a=before, b=after, autojunk=False
        ).get_opcodes():
            if kind != "equal":
                yield from ((path, number + 1, "-", before[number]) for number in range(first, last))
                yield from ((path, number + 1, "+", after[number]) for number in range(new_first, new_last))
