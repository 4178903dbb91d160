"""Reads many files, on several processors where that pays: forked processes take a share each, and so does this one."""

from __future__ import annotations

import gc
import heapq
import multiprocessing
import os
import threading
from collections.abc import Sequence
from multiprocessing.connection import Connection

from rules.project import Project
from rules.reading.one_file import read_file
from rules.reading.packing import pack

WORTH_A_PROCESS = 1_000_000
"""Bytes of source for each process: about a quarter of a second, of which starting one takes a few milliseconds."""

File = tuple[str, bytes]


def read_packed(project: Project, paths: Sequence[str], processes: int = 1) -> list[bytes | None]:
    """Each file packed, in the order of `paths`; None for one that cannot be packed. The number changes no result."""
    if processes <= 1 or not paths or not _may_fork():
        return [pack(read_file(path, project.read(path))) for path in paths]
    files = [(path, project.read(path)) for path in paths]
    size = sum(len(data) for _, data in files)
    processes = min(processes, size // WORTH_A_PROCESS, len(files))
    if processes <= 1:
        return _read(files)
    found: list[bytes | None] = [None] * len(files)
    own, *others = _shares([len(data) for _, data in files], processes)
    children = [_Child([files[number] for number in share]) for share in others]
    try:
        for share, packed in [
            (own, _read([files[number] for number in own])),
            *((share, child.result()) for share, child in zip(others, children, strict=True)),
        ]:
            for number, one in zip(share, packed, strict=True):
                found[number] = one
    finally:
        for child in children:
            child.end()
    return found


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _may_fork() -> bool:
    """A thread of this process that holds a lock now would hold it for ever in a fork."""
    return (
        "fork" in multiprocessing.get_all_start_methods()
        and threading.active_count() == 1
        and not multiprocessing.current_process().daemon
    )


def _shares(sizes: Sequence[int], count: int) -> list[list[int]]:
    """The numbers of the files in shares of nearly the same size, the largest file first."""
    loads = [(0, share) for share in range(count)]
    shares: list[list[int]] = [[] for _ in range(count)]
    for number in sorted(range(len(sizes)), key=lambda number: -sizes[number]):
        load, share = heapq.heappop(loads)
        shares[share].append(number)
        heapq.heappush(loads, (load + sizes[number], share))
    return shares


def _read(files: Sequence[File]) -> list[bytes | None]:
    return [pack(read_file(path, data)) for path, data in files]


class _Child:
    """A forked process that reads some files. It has them from the fork; only what it made is sent."""

    def __init__(self, files: Sequence[File]) -> None:
        context = multiprocessing.get_context("fork")
        self._files = files
        self._answer, answers = context.Pipe(duplex=False)
        self._process = context.Process(target=_serve, args=(files, answers), daemon=True)
        self._process.start()
        answers.close()

    def result(self) -> list[bytes | None]:
        """Reads the files here when the child could not: it was killed, or met an error that is then raised here."""
        try:
            return [self._answer.recv_bytes() or None for _ in self._files]
        except (EOFError, OSError):
            return _read(self._files)

    def end(self) -> None:
        self._answer.close()
        self._process.terminate()
        self._process.join()


def _serve(files: Sequence[File], answers: Connection) -> None:
    gc.disable()
    for packed in _read(files):  # all of it first: the pipe would hold up whoever writes to it meanwhile
        answers.send_bytes(packed or b"")
