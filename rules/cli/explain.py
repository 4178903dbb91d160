"""`explain`: the page of a rule."""

from __future__ import annotations

import sys

from rules.cli.listing import as_text
from rules.cli.options import Color
from rules.cli.output import emit
from rules.cli.pages import markdown
from rules.cli.selection import unknown_rule
from rules.cli.style import Style
from rules.rule import all_rules


def explain(name: str | None, *, color: Color) -> int:
    """Prints the page as it is written; in colours on a terminal. Without a name, the rules there are."""
    if name is None:
        emit(as_text() + "\nThe page of a rule: greenlatch explain RULE\n")
        return 0
    rule = all_rules().get(name.upper())
    if rule is None:
        raise unknown_rule(name, all_rules())
    page = rule.page().strip() + "\n"
    if Style.chosen(color, terminal=sys.stdout.isatty()).color:
        emit(_painted(page))
    else:
        emit(page)
    return 0


def _painted(page: str) -> str:
    from rich.console import Console
    from rich.markdown import Markdown

    console = Console(force_terminal=True)
    with console.capture() as captured:
        console.print(Markdown(markdown(page), code_theme="ansi_dark"))
    return captured.get()
