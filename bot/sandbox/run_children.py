"""The processes that `make run` starts: each with a log of its own, and none that outlives its parent."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

STOP_SECONDS = 15.0
PR_SET_PDEATHSIG = 1
SHOWN_LINES = 8


class ChildDied(Exception):
    """A process ended that was to serve; the message shows the end of its log."""


@dataclass(frozen=True, slots=True)
class Child:
    name: str
    process: subprocess.Popen[bytes]
    command: tuple[str, ...]
    log: Path
    needed: bool = False
    """Others cannot end in order without it."""

    def require_alive(self) -> None:
        status = self.process.poll()
        if status is not None:
            raise ChildDied(f"{self.name} ended with status {status}; the end of {self.log}:\n{self.last_lines()}")

    def last_lines(self) -> str:
        lines = self.log.read_text("utf-8", "replace").splitlines()
        return "\n".join(f"  {line}" for line in lines[-SHOWN_LINES:])


class Children:
    """A context manager: leaving it stops everything."""

    def __init__(self, logs: Path, environment: Mapping[str, str]) -> None:
        self._logs = logs
        self._environment = dict(environment)
        self._children: list[Child] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, name: str, command: Sequence[str], *, needed: bool = False) -> Child:
        """Starts a command in a session of its own: Ctrl-C is for the parent, which stops all in order.

        What is `needed` by the others is stopped after them.
        """
        self._logs.mkdir(parents=True, exist_ok=True)
        log = self._logs / f"{name}.log"
        with log.open("ab") as output:
            process = subprocess.Popen(  # noqa: S603 - our own commands
                command,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - one system call
            )
        child = Child(name, process, tuple(command), log, needed)
        self._children.append(child)
        return child

    def run(self, name: str, command: Sequence[str]) -> None:
        """Runs a command to its end. Raises ChildDied when it fails."""
        child = self.start(name, command)
        status = child.process.wait()
        self._children.remove(child)
        if status:
            raise ChildDied(f"{name} failed:\n{child.last_lines()}")

    def wait_for(self, condition: Callable[[], bool], what: str, *, seconds: float) -> None:
        """Waits until the condition holds, as long as all children live."""
        deadline = time.monotonic() + seconds
        while not condition():
            self.require_alive()
            if time.monotonic() > deadline:
                raise ChildDied(f"{what} took longer than {seconds:.0f} seconds; the logs are in {self._logs}")
            time.sleep(0.05)

    def kill(self, name: str) -> Child:
        """Kills a child and all that it started, without asking; `start` it again with its command."""
        (child,) = self.named(name)
        self._children.remove(child)
        os.killpg(child.process.pid, signal.SIGKILL)
        child.process.wait()
        return child

    def named(self, *names: str) -> list[Child]:
        return [child for child in self._children if child.name in names]

    def require_alive(self) -> None:
        for child in self._children:
            child.require_alive()

    def stop(self) -> None:
        for needed in (False, True):
            _stop([child.process for child in self._children if child.needed is needed])
        self._children.clear()


def _stop(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    """Asks twice, since a worker lets its job end after the first time; then there is no asking."""
    for number, seconds in ((signal.SIGTERM, 3.0), (signal.SIGTERM, STOP_SECONDS), (signal.SIGKILL, STOP_SECONDS)):
        living = [process for process in processes if process.poll() is None]
        for process in living:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(number) if number is signal.SIGTERM else os.killpg(process.pid, number)
        deadline = time.monotonic() + seconds
        for process in living:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(deadline - time.monotonic(), 0.01))


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
