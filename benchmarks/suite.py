"""The whole run: which trees, which subjects, how often; and its results as plain values."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks import measure, service
from benchmarks.generate import write
from benchmarks.measure import Cost, Failed, Subject, interleaved, median, ratio
from benchmarks.pathological import SHAPES
from benchmarks.subjects import BASE, COLD, ROOT, Tree, baseline, ours, peers, warm_up


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured."""

    sizes: Sequence[int] = (10_000, 40_000, 160_000, 640_000)
    rounds: int = 5
    seconds: float = 900
    """The longest that one run of one command may take."""
    peer_lines: int = 50_000
    """The largest tree that the slow tools are run on."""
    deliveries: float = 20
    """Seconds of webhooks."""
    scan_lines: int = 20_000
    source_lines: int = 200_000
    seed: int = 1


QUICK = Plan((4_000, 16_000), 2, 120, 5_000, 4, 2_000, 8_000)
PARTS = ("trees", "shapes", "webhook", "workers", "source")


@dataclass(slots=True)
class TreeResult:
    name: str
    files: int
    lines: int
    costs: dict[str, list[Cost]]
    failures: dict[str, str]


@dataclass(slots=True)
class ShapeResult:
    """A pathological file and a quarter of it: CPU seconds beyond what an empty project costs."""

    name: str
    quarter: float
    whole: float
    parse: float
    failure: str = ""


@dataclass(slots=True)
class Results:
    machine: str
    date: str
    commit: str
    trees: list[TreeResult] = field(default_factory=list)
    shapes: list[ShapeResult] = field(default_factory=list)
    webhook: service.Latencies | None = None
    workers: service.Workers | None = None
    source: service.Source | None = None
    failures: dict[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def measure_all(
    plan: Plan, parts: Sequence[str], paths: Sequence[Path], scratch: Path, say: Callable[[str], None]
) -> Results:
    """Everything that is asked for; what cannot be measured is a failure by name, and the rest goes on."""
    results = Results(machine(), time.strftime("%Y-%m-%d", time.gmtime()), _commit())
    if "trees" in parts:
        for tree in _trees(plan, paths, scratch):
            say(f"{tree.name}: {tree.lines:,} lines in {tree.files:,} files")
            results.trees.append(measure_tree(tree, plan, scratch / f"{tree.name}-scratch"))
    if "shapes" in parts:
        say("pathological files")
        results.shapes = list(_shapes(plan, scratch))
    services: dict[str, Callable[[], Any]] = {
        "webhook": lambda: service.webhook(scratch / "webhook", seconds=plan.deliveries),
        "workers": lambda: service.workers(scratch / "workers", lines=plan.scan_lines),
        "source": lambda: service.source(scratch / "source", lines=plan.source_lines),
    }
    for name, work in services.items():
        if name in parts:
            say(f"service: {name}")
            try:
                setattr(results, name, work())
            except Exception as error:  # noqa: BLE001 - told in the results; the other parts go on
                results.failures[name] = f"{type(error).__name__}: {error}"
    return results


def measure_tree(tree: Tree, plan: Plan, scratch: Path, subjects: Sequence[Subject] | None = None) -> TreeResult:
    scratch.mkdir(parents=True, exist_ok=True)
    every = (
        [baseline(tree), *ours(tree, scratch), *peers(tree, scratch, plan.peer_lines)] if subjects is None else subjects
    )
    failures = {}
    for subject in warm_up(every):
        try:
            measure.run(subject, plan.seconds)
        except Failed as error:
            failures[subject.name] = str(error)
    costs, failed = interleaved(every, plan.rounds, plan.seconds)
    return TreeResult(tree.name, tree.files, tree.lines, costs, failures | failed)


def _trees(plan: Plan, paths: Sequence[Path], scratch: Path) -> Iterator[Tree]:
    for path in paths:
        yield Tree.copy(path.resolve().name, path, scratch / "trees" / path.resolve().name)
    if not paths:
        for size in plan.sizes:
            folder = scratch / "trees" / f"generated-{size}"
            write(folder, size, plan.seed)
            yield Tree.of(f"generated {size // 1000}k", folder)


def _shapes(plan: Plan, scratch: Path) -> Iterator[ShapeResult]:
    for number, (name, (make, size)) in enumerate(SHAPES.items()):
        subjects = []
        for part, count in (("empty", 0), ("quarter", size // 4), ("whole", size)):
            folder = scratch / "shapes" / str(number) / part
            folder.mkdir(parents=True)
            (folder / "code.py").write_text(make(count) if count else "", "utf-8")
            tree = Tree.of(part, folder)
            cold = next(one for one in ours(tree, folder) if one.name == COLD)
            subjects.append(Subject(part, cold.command, cold.environment, cold.folder, one_processor=True))
            if part in ("empty", "whole"):
                base = baseline(tree)
                subjects.append(Subject(f"parse {part}", base.command, one_processor=True))
        costs, failures = interleaved(subjects, plan.rounds, plan.seconds)
        if failures:
            yield ShapeResult(name, 0, 0, 0, "; ".join(failures.values()))
            continue
        cpu = {part: median(found, lambda cost: cost.cpu) for part, found in costs.items()}
        yield ShapeResult(
            name, cpu["quarter"] - cpu["empty"], cpu["whole"] - cpu["empty"], cpu["parse whole"] - cpu["parse empty"]
        )


def growth(trees: Sequence[TreeResult], name: str = COLD) -> list[tuple[str, float]]:
    """From each generated size to the next: how many times the CPU, divided by how many times the lines."""
    sized = [tree for tree in trees if name in tree.costs and BASE in tree.costs]
    found = []
    for small, large in pairwise(sized):
        times = ratio(large.costs[name], small.costs[name]).median
        found.append((f"{small.lines:,} to {large.lines:,} lines", times / (large.lines / small.lines)))
    return found


def machine() -> str:
    model = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), model)
    return f"{os.cpu_count()} x {model}, Python {platform.python_version()}"


def _commit() -> str:
    answer = subprocess.run(
        ["git", "-C", str(ROOT), "describe", "--always", "--dirty"], capture_output=True, text=True, check=False
    )
    return answer.stdout.strip()
