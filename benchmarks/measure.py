"""Runs commands and tells what they cost: CPU of the whole process tree, wall time and peak memory."""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that is measured: a command, and what has to be done before each run."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path = Path()
    before: Callable[[], None] = lambda: None
    one_processor: bool = False
    statuses: tuple[int, ...] = (0, 1)
    """What the command may end with; everything else is a failure."""
    rounds: int | None = None
    """How often it runs, where that is less often than the others."""


@dataclass(frozen=True, slots=True)
class Cost:
    cpu: float
    """Seconds, user and system, of the process and those it waited for."""
    wall: float
    megabytes: float
    """The peak of the largest process."""


class Failed(Exception):
    """A command did not do its work; the message says which and why."""


def run(subject: Subject, seconds: float) -> Cost:
    """Runs a command once. Raises Failed when it fails or takes longer than that."""
    subject.before()
    began = time.perf_counter()
    process = subprocess.Popen(
        subject.command,
        cwd=subject.folder,
        env={**os.environ, **subject.environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=_on_one_processor if subject.one_processor else None,
    )
    late = threading.Event()
    timer = threading.Timer(seconds, _stop, (process, late))
    timer.start()
    try:
        said = process.stderr.read() if process.stderr else b""
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    finally:
        timer.cancel()
    if late.is_set():
        raise Failed(f"{subject.name} took longer than {seconds:.0f} s")
    if process.returncode not in subject.statuses:
        last = said.decode("utf-8", "replace").strip().splitlines()[-1:]
        raise Failed(f"{subject.name} ended with {process.returncode}: {''.join(last)[:200]}")
    return Cost(used.ru_utime + used.ru_stime, time.perf_counter() - began, used.ru_maxrss / 1024)


def interleaved(
    subjects: Sequence[Subject], rounds: int, seconds: float
) -> tuple[dict[str, list[Cost]], dict[str, str]]:
    """Each subject once in each round, so that a slow minute of the machine meets all of them; and who failed, why."""
    costs: dict[str, list[Cost]] = {subject.name: [] for subject in subjects}
    failures: dict[str, str] = {}
    for number in range(rounds):
        for subject in subjects:
            if subject.name in failures or (subject.rounds is not None and number >= subject.rounds):
                continue
            try:
                costs[subject.name].append(run(subject, seconds))
            except (Failed, OSError) as error:
                failures[subject.name] = str(error)
    return {name: found for name, found in costs.items() if found and name not in failures}, failures


@dataclass(frozen=True, slots=True)
class Ratio:
    """How one subject compares with another, round by round."""

    median: float
    least: float
    most: float


def ratio(costs: Sequence[Cost], base: Sequence[Cost], of: Callable[[Cost], float] = lambda cost: cost.cpu) -> Ratio:
    found = [of(cost) / of(other) for cost, other in zip(costs, base, strict=False)]
    return Ratio(statistics.median(found), min(found), max(found))


def median(costs: Sequence[Cost], of: Callable[[Cost], float]) -> float:
    return statistics.median(of(cost) for cost in costs)


def _stop(process: subprocess.Popen[bytes], late: threading.Event) -> None:
    late.set()
    os.killpg(process.pid, signal.SIGKILL)


def _on_one_processor() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
