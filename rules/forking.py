"""Work shared out among forked processes and this one. They have everything from the fork; only results are sent."""

from __future__ import annotations

import gc
import heapq
import multiprocessing
import os
import threading
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import TypeVar

Share = TypeVar("Share")


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def may_fork() -> bool:
    """A thread of this process that holds a lock now would hold it for ever in a fork."""
    return (
        "fork" in multiprocessing.get_all_start_methods()
        and threading.active_count() == 1
        and not multiprocessing.current_process().daemon
    )


def shares(sizes: Sequence[int], count: int) -> list[list[int]]:
    """Numbers of pieces of work in shares of nearly the same size, the largest first."""
    loads = [(0, share) for share in range(count)]
    found: list[list[int]] = [[] for _ in range(count)]
    for number in sorted(range(len(sizes)), key=lambda number: -sizes[number]):
        load, share = heapq.heappop(loads)
        found[share].append(number)
        heapq.heappush(loads, (load + sizes[number], share))
    return found


def spread(
    work: Callable[[Share], Sequence[bytes]], parts: Sequence[Share], *, own: int = 1
) -> list[Sequence[bytes] | None]:
    """What `work` makes of each part, the first `own` here and each other in a process of its own; None where that
    process did not tell: it was killed, or met an error."""
    children = [_Child(work, part) for part in parts[own:]]
    try:
        return [*(work(part) for part in parts[:own]), *(child.result() for child in children)]
    finally:
        for child in children:
            child.end()


class _Child:
    def __init__(self, work: Callable[[Share], Sequence[bytes]], part: Share) -> None:
        context = multiprocessing.get_context("fork")
        self._answer, answers = context.Pipe(duplex=False)
        self._process = context.Process(target=_serve, args=(work, part, answers), daemon=True)
        self._process.start()
        answers.close()

    def result(self) -> Sequence[bytes] | None:
        try:
            count = int.from_bytes(self._answer.recv_bytes())
            return [self._answer.recv_bytes() for _ in range(count)]
        except (EOFError, OSError):
            return None

    def end(self) -> None:
        self._answer.close()
        self._process.terminate()
        self._process.join()


def _serve(work: Callable[[Share], Sequence[bytes]], part: Share, answers: Connection) -> None:
    gc.disable()
    found = work(part)  # all of it first: the pipe would hold up whoever writes to it meanwhile
    answers.send_bytes(len(found).to_bytes(8))
    for one in found:
        answers.send_bytes(one)


__all__ = ["may_fork", "processors", "shares", "spread"]
