"""Two commits against each other in one run: has the engine become slower, or larger?"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.measure import Ratio, Subject, ratio
from benchmarks.subjects import ROOT, Tree, baseline, ours
from benchmarks.suite import Plan, measure_tree
from benchmarks.tables import figure, table

SLOWER, LARGER = 1.10, 1.15
"""How much more the second commit may cost; what is less is noise on a machine that does other things too."""


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    cpu: Ratio
    memory: Ratio

    @property
    def is_worse(self) -> bool:
        """In the median, and in every round: a slow minute is no regression."""
        return (self.cpu.median > SLOWER and self.cpu.least > 1) or self.memory.median > LARGER


def compare(before: str, after: str, tree: Tree, plan: Plan, scratch: Path) -> list[Line]:
    """What the second commit costs in terms of the first one."""
    subjects = [baseline(tree)]
    for number, revision in enumerate((before, after)):
        root = scratch / f"commit-{number}"
        _check_out(revision, root)
        subjects += [_of(number, one) for one in ours(tree, scratch / f"kept-{number}", root) if _knows(root, one)]
    names = {one.name.partition(": ")[2] for one in subjects if ": " in one.name}
    result = measure_tree(tree, plan, scratch / "scratch", subjects)
    if result.failures:
        raise ValueError("; ".join(result.failures.values()))
    found = []
    for name in sorted(names):
        old, new = result.costs.get(f"0: {name}"), result.costs.get(f"1: {name}")
        if old and new:
            found.append(Line(name, ratio(new, old), ratio(new, old, lambda cost: cost.megabytes)))
    return found


def shown(lines: Sequence[Line]) -> str:
    rows = [
        (
            one.name,
            figure(one.cpu.median),
            f"{figure(one.cpu.least)}–{figure(one.cpu.most)}",
            figure(one.memory.median),
            "worse" if one.is_worse else "",
        )
        for one in lines
    ]
    return table(("", "CPU", "in the rounds", "memory", ""), rows)


def _of(number: int, subject: Subject) -> Subject:
    return replace(subject, name=f"{number}: {subject.name}")


def _knows(root: Path, subject: Subject) -> bool:
    """Whether a commit has what a subject asks for: an older one has no cache."""
    return (root / "rules" / "cache").is_dir() or not subject.environment.get("GREENLATCH_CACHE_DIR")


def _check_out(revision: str, folder: Path) -> None:
    """The files of a commit, without touching the work tree."""
    folder.mkdir(parents=True)
    archive = subprocess.run(
        ["git", "-C", str(ROOT), "archive", revision, "--", "rules", "pyproject.toml"], capture_output=True, check=False
    )
    if archive.returncode:
        raise ValueError(archive.stderr.decode("utf-8", "replace").strip())
    subprocess.run([shutil.which("tar") or "tar", "-x", "-C", str(folder)], input=archive.stdout, check=True)
