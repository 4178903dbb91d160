"""The text behind positions: columns in characters, expressions as they are written."""

from __future__ import annotations

from rules.analysis.accesses import Hop, Place
from rules.finding import Location, Step
from rules.project import Project


class Sources:
    """Lines of the files that findings point into, read when they are wanted."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._lines: dict[str, list[bytes]] = {}

    def lines(self, path: str) -> list[bytes]:
        found = self._lines.get(path)
        if found is None:
            data = self._project.read(path).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
            found = self._lines[path] = data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
        return found

    def _column(self, path: str, line: int, offset: int) -> int:
        lines = self.lines(path)
        if not 1 <= line <= len(lines):
            return offset + 1
        return len(lines[line - 1][:offset].decode("utf-8", "replace")) + 1

    def location(self, place: Place) -> Location:
        path, (line, column, end_line, end_column) = place
        return Location(
            path, line, self._column(path, line, column), end_line, self._column(path, end_line, end_column)
        )

    def step(self, place: Place, note: str) -> Step:
        location = self.location(place)
        return Step(location.path, location.line, location.column, note)

    def hop(self, hop: Hop) -> Step:
        return self.step(hop.place, hop.note)

    def text(self, place: Place) -> str:
        """The source of a range, its white space folded to single spaces."""
        path, (line, column, end_line, end_column) = place
        lines = self.lines(path)[line - 1 : end_line]
        if not lines:
            return ""
        if len(lines) == 1:
            found = lines[0][column:end_column]
        else:
            found = b" ".join([lines[0][column:], *lines[1:-1], lines[-1][:end_column]])
        return " ".join(found.decode("utf-8", "replace").split())
