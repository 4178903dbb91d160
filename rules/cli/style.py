"""Colours of the terminal, and text of others made fit to be printed there."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass

from rules.cli.options import CheckOptions, Color
from rules.finding import Severity

TAB = "    "
_UNPRINTABLE = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_CODES = {"bold": "1", "dim": "2", "red": "1;31", "green": "32", "yellow": "1;33", "blue": "1;34", "cyan": "36"}
_SEVERITIES = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTICE: "cyan"}


@dataclass(frozen=True, slots=True)
class Style:
    """Paints when `color` is true; NO_COLOR and a dumb terminal are honoured where the user did not choose."""

    color: bool = False

    @classmethod
    def of(cls, options: CheckOptions) -> Style:
        return cls.chosen(options.color, terminal=options.output is None and sys.stdout.isatty())

    @classmethod
    def chosen(cls, color: Color, *, terminal: bool) -> Style:
        willing = terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        return cls(color is Color.ALWAYS or (color is Color.AUTO and willing))

    def paint(self, text: str, name: str) -> str:
        return f"\x1b[{_CODES[name]}m{text}\x1b[0m" if self.color and text else text

    def severity(self, text: str, severity: Severity) -> str:
        return self.paint(text, _SEVERITIES[severity])

    def diff(self, diff: str) -> str:
        """A unified diff with its lines painted; without colours it stays fit for `git apply`, byte by byte."""
        return "".join(self._diff_line(line) for line in diff.splitlines(keepends=True)) if self.color else diff

    def _diff_line(self, line: str) -> str:
        names = {"+++": "bold", "---": "bold", "@@ ": "cyan"}
        name = names.get(line[:3]) or {"+": "green", "-": "red"}.get(line[:1])
        content = line.rstrip("\r\n")
        return f"{self.paint(printable(content), name)}{line[len(content) :]}" if name else printable(line, keep="\n")


def printable(text: str, keep: str = "") -> str:
    """The text on one line: tabs as four blanks, and nothing that could move the cursor or turn the direction."""
    return _UNPRINTABLE.sub(lambda found: found[0] if found[0] in keep else "\N{REPLACEMENT CHARACTER}", text).replace(
        "\t", TAB
    )


def width(text: str) -> int:
    """How many columns of a terminal the printable text takes."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)
