"""`make robustness`: everything that CI has a share of, to its end, with the figures. Status 1 when something broke.

python -m tests.rules.robustness [library] [packages] [inhabited] [nasty] [programs] [--examples 2000]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings

from rules.project import MemoryProject, Project
from tests.rules.robustness.corpus import LIBRARY, NO_TESTS, PACKAGES, files, has_tests, parts, read
from tests.rules.robustness.inhabited import inhabit
from tests.rules.robustness.judged import judge
from tests.rules.robustness.nasty_circles import situations
from tests.rules.robustness.played import forget
from tests.rules.robustness.programs import Program, programs
from tests.rules.robustness.watched import Bounds, Outcome, watch

WHOLE = Bounds(seconds=1800, memory=8192)
"""For code bases of a million lines at once."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.rules.robustness")
    parser.add_argument("parts", nargs="*", metavar="PART", default=[*PARTS], help=", ".join(PARTS))
    parser.add_argument("--examples", type=int, default=2000, help="generated programs of each kind")
    parsed = parser.parse_args()
    if not has_tests():
        print(f"note: {NO_TESTS}", flush=True)
    return max(PARTS[name](parsed.examples) for name in parsed.parts)


def library(_: int) -> bool:
    """The interpreter's library and its tests, as one project."""
    return told(watch(str(LIBRARY), lambda: read(LIBRARY, list(files(LIBRARY))), WHOLE))


def packages(_: int) -> bool:
    """Every installed package, as one project."""
    return told(watch(str(PACKAGES), lambda: read(PACKAGES, list(files(PACKAGES))), WHOLE))


def inhabited(_: int) -> bool:
    """Both again, with mapped instances in every function, some files at a time."""
    outcomes: list[Outcome] = []
    for folder in (LIBRARY, PACKAGES):
        for name, chosen in parts(folder):
            outcomes.append(watch(f"inhabited: {name}", partial(_inhabited, folder, chosen), Bounds(seconds=600)))
            if outcomes[-1].problem:
                told(outcomes[-1])
    return summed("inhabited", outcomes)


def nasty(_: int) -> bool:
    outcomes = [watch(name, _project(files), Bounds()) for name, files in situations()]
    for outcome in outcomes:
        if outcome.problem:
            told(outcome)
    return summed("nasty", outcomes)


def generated(examples: int) -> bool:
    """New programs in every run; those that contradict are printed, and the search goes on."""
    return max(_generated(examples, followed=followed) for followed in (False, True))


def _generated(examples: int, *, followed: bool) -> bool:
    counts: Counter[str] = Counter()
    started = time.monotonic()

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate,),
    )
    @given(programs(followed=followed))
    def look(program: Program) -> None:
        verdict = judge(program)
        counts["programs"] += 1
        counts["a read failed"] += bool(verdict.played.failed)
        counts["other error"] += bool(verdict.played.other)
        counts["missed"] += verdict.missed
        counts["false"] += bool(verdict.false)
        if verdict.false or (followed and verdict.missed):
            print(f"failed at {verdict.played.failed}, false {verdict.false}\n{program.story}\n", flush=True)

    look()
    forget()
    kind = "that can be followed" if followed else "of any kind"
    print(f"programs {kind}: {dict(counts)} in {time.monotonic() - started:.0f} s", flush=True)
    return bool(counts["false"] or (followed and counts["missed"]))


def told(outcome: Outcome) -> bool:
    """Prints how one analysis ended; whether it ended badly."""
    print(
        f"{outcome.name}: {outcome.files} files, {outcome.lines} lines in {outcome.seconds:.1f} s of processor time, "
        f"{outcome.memory} MiB, {outcome.findings} findings, unknown {dict(outcome.unknown)}",
        flush=True,
    )
    for path, reason in outcome.skipped:
        print(f"  skipped {path}: {reason}")
    print(outcome.problem, end="", flush=True)
    return bool(outcome.problem)


def summed(name: str, outcomes: list[Outcome]) -> bool:
    slowest = max(outcomes, key=lambda one: one.seconds)
    unknown: Counter[str] = Counter()
    for one in outcomes:
        unknown.update(dict(one.unknown))
    print(
        f"{name}: {len(outcomes)} analyses, {sum(one.files for one in outcomes)} files, "
        f"{sum(one.lines for one in outcomes)} lines in {sum(one.seconds for one in outcomes):.1f} s of processor "
        f"time, at most {max(one.memory for one in outcomes)} MiB, {sum(one.findings for one in outcomes)} findings, "
        f"unknown {dict(unknown)}, {sum(bool(one.problem) for one in outcomes)} ended badly; "
        f"slowest: {slowest.name} ({slowest.seconds:.1f} s)",
        flush=True,
    )
    return any(one.problem for one in outcomes)


def _inhabited(folder: Path, chosen: list[Path]) -> Project:
    return inhabit(read(folder, chosen))


def _project(files: dict[str, bytes | str]) -> Callable[[], Project]:
    return lambda: MemoryProject(files)


PARTS: dict[str, Callable[[int], bool]] = {
    "library": library,
    "packages": packages,
    "nasty": nasty,
    "inhabited": inhabited,
    "programs": generated,
}

if __name__ == "__main__":
    sys.exit(main())
