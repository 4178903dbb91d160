"""What `make run` shows: the progress of each review, live on a terminal and as plain lines elsewhere; then a table."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table

from bot.sandbox.run_demo import DemoPull, Outcome

STYLES = {"success": "green", "failure": "red", "action_required": "red"}
POLL_SECONDS = 0.1


class Progress:
    """Follows the reviews. `look` tells how one stands; `alive` raises when there is no use in waiting."""

    def __init__(
        self,
        console: Console,
        demos: Sequence[DemoPull],
        look: Callable[[DemoPull], Outcome],
        alive: Callable[[], None],
    ) -> None:
        self._console = console
        self._demos = demos
        self._look = look
        self._alive = alive
        self._said: dict[int, str] = {}

    def follow(self, seconds: float) -> list[Outcome]:
        """The outcomes at the end, or when the time is over."""
        deadline = time.monotonic() + seconds
        with self._live() as live:
            while True:
                outcomes = [self._look(demo) for demo in self._demos]
                if live is None:
                    self._say(outcomes)
                else:
                    live.update(self._rows(outcomes))
                if all(outcome.conclusion for outcome in outcomes) or time.monotonic() > deadline:
                    return outcomes
                self._alive()
                time.sleep(POLL_SECONDS)

    def _live(self) -> AbstractContextManager[Live | None]:
        if not self._console.is_terminal:
            return nullcontext()
        return Live(console=self._console, transient=True)

    def _say(self, outcomes: Sequence[Outcome]) -> None:
        for demo, outcome in zip(self._demos, outcomes, strict=True):
            line = f"#{demo.pull.number} {demo.pull.title}: {outcome.stage.lower()}"
            if self._said.get(demo.pull.number) != line:
                self._said[demo.pull.number] = line
                self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def _rows(self, outcomes: Sequence[Outcome]) -> Table:
        table = Table.grid(padding=(0, 2))
        for demo, outcome in zip(self._demos, outcomes, strict=True):
            mark = "[green]✓[/]" if outcome.conclusion else Spinner("dots")
            table.add_row(mark, f"#{demo.pull.number}", demo.pull.title, f"[dim]{outcome.stage}[/]")
        return table


def result_table(demos: Sequence[DemoPull], outcomes: Sequence[Outcome], url: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", expand=False)
    table.add_column("pull request", no_wrap=True, overflow="ellipsis", ratio=1)
    for name in ("findings", "check", "URL"):
        table.add_column(name, no_wrap=True)
    for demo, outcome in zip(demos, outcomes, strict=True):
        pull = demo.pull
        check = outcome.conclusion or "no conclusion"
        table.add_row(
            f"#{pull.number} {pull.title}",
            str(outcome.findings),
            f"[{STYLES.get(check, 'yellow')}]{check}[/]",
            f"{url}/{pull.repository.full_name}/pull/{pull.number}",
        )
    return table
