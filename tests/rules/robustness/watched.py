"""One analysis in a process of its own, with a deadline and a bound on memory: how it ended."""

from __future__ import annotations

import faulthandler
import json
import multiprocessing
import resource
import signal
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Any

from rules.analyze import analyze
from rules.project import Project

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Bounds:
    seconds: float = 120
    """Of processor time: how busy the machine is does not matter."""
    memory: int = 4096
    """Of the address space, in MiB."""


@dataclass(frozen=True, slots=True)
class Outcome:
    name: str
    problem: str = ""
    """The traceback of a crash, or of where the analysis was at its deadline; empty when it ended well."""
    seconds: float = 0
    memory: int = 0
    """The most resident memory of the process, in MiB."""
    files: int = 0
    lines: int = 0
    findings: int = 0
    skipped: tuple[tuple[str, str], ...] = ()
    unknown: tuple[tuple[str, int], ...] = ()


def watch(name: str, project: Callable[[], Project], bounds: Bounds) -> Outcome:
    """Analyses what `project` gives; whatever the analysis does, this returns soon after the deadline."""
    with tempfile.TemporaryFile("w+") as told, tempfile.TemporaryFile("w+") as stuck:
        child = multiprocessing.get_context("fork").Process(target=_run, args=(project, bounds, told, stuck))
        child.start()
        child.join()
        for file in (told, stuck):
            file.seek(0)
        answer = told.read()
        if not answer:
            return Outcome(name, f"ended by signal {-(child.exitcode or 0)}\n{stuck.read()}")
    said: dict[str, Any] = json.loads(answer)
    return Outcome(
        name,
        said.get("problem", ""),
        said.get("seconds", 0),
        said.get("memory", 0),
        said.get("files", 0),
        said.get("lines", 0),
        said.get("findings", 0),
        tuple((path, reason) for path, reason in said.get("skipped", ())),
        tuple(said.get("unknown", {}).items()),
    )


def _run(project: Callable[[], Project], bounds: Bounds, told: IO[str], stuck: IO[str]) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (bounds.memory * MEBIBYTE, bounds.memory * MEBIBYTE))
    hard = round(bounds.seconds) + 5
    resource.setrlimit(resource.RLIMIT_CPU, (hard, hard))
    faulthandler.register(signal.SIGPROF, stuck, chain=True)
    signal.setitimer(signal.ITIMER_PROF, bounds.seconds)
    try:
        report = analyze(project(), fixes=False)
        said: dict[str, Any] = {
            "files": report.statistics["files"],
            "lines": report.statistics["lines"],
            "findings": len(report.findings),
            "skipped": [(one.path, one.reason) for one in report.skipped],
            "unknown": report.statistics["unknown"],
        }
        json.dumps(report.to_dict())
    except BaseException:  # noqa: BLE001  # whatever comes out is what is looked for
        said = {"problem": traceback.format_exc(limit=-12)}
    said["seconds"] = round(time.process_time(), 2)
    said["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    told.write(json.dumps(said))
    told.flush()
