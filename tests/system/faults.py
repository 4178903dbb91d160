"""What must be true after every fault, and ways to do harm that several tests share."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bot.sandbox.model import Pull
from bot.sandbox.run_children import Child
from tests.system.stack import Stack
from tests.waiting import wait_for
from workers.models import Delivery, ScanState

SECONDS = 900
"""A machine may be busy with other things; a fault that loses something never gets there."""


def settle(stack: Stack, pulls: Sequence[Pull] = ()) -> None:
    """Waits until each head has its verdict, and nothing is on its way any more."""
    eventually(stack, lambda: all(map(stack.checks, pulls)) and _completed(stack, pulls))
    eventually(stack, stack.is_quiet)


def _completed(stack: Stack, pulls: Sequence[Pull]) -> bool:
    return all(run.status == "completed" for pull in pulls for run in stack.checks(pull))


def eventually(stack: Stack, condition: Callable[[], object]) -> None:
    def check() -> object:
        stack.children.require_alive()
        return condition()

    wait_for(check, "all is done", seconds=SECONDS)


def require_one_verdict(stack: Stack, pull: Pull, what: str = "") -> None:
    """One check run for the head with one annotation, one review with one comment: nothing lost, nothing twice."""
    (check,) = stack.checks(pull)
    assert (check.status, check.conclusion, len(check.annotations)) == ("completed", "failure", 1), what
    assert len(stack.reviews(pull)) == 1, what
    assert len(stack.comments(pull)) == 1, what
    done = [scan for scan in stack.scans(pull) if scan.state is ScanState.DONE]
    assert [(scan.head_sha, scan.check_run_ended) for scan in done] == [(pull.head_sha, True)], what


def stored(stack: Stack, event: str, after: int) -> list[int]:
    """The rows of the inbox with such an event that are newer than a row."""
    with stack.database.transaction() as session:
        rows = session.query(Delivery.id).filter(Delivery.event == event, Delivery.id > after)
        return [row for (row,) in rows]


def last_row(stack: Stack) -> int:
    with stack.database.transaction() as session:
        return max((row for (row,) in session.query(Delivery.id)), default=0)


@contextmanager
def frozen(child: Child) -> Iterator[None]:
    """It answers nobody, as a machine that swaps."""
    processes = list(below(child.process.pid))
    for pid in processes:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in processes:
            os.kill(pid, signal.SIGCONT)


def below(pid: int) -> Iterator[int]:
    """A process and its descendants."""
    yield pid
    for child in children_of(pid):
        yield from below(child)


def children_of(pid: int) -> list[int]:
    return [int(name) for name in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def restart(stack: Stack, name: str, *more: str) -> None:
    """Killed without a word, and started again, with more arguments."""
    child = stack.children.kill(name)
    stack.children.start(name, [*child.command, *more], needed=child.needed)


@contextmanager
def impatient(stack: Stack) -> Iterator[None]:
    """The sweeper does what has waited a second for a worker."""
    (sweeper,) = stack.children.named("sweeper")
    command = sweeper.command
    restart(stack, "sweeper", "--patience", "1")
    try:
        yield
    finally:
        stack.children.kill("sweeper")
        stack.children.start("sweeper", command)
