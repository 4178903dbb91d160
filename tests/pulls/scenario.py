"""Runs a demo pull request's tree on real SQLAlchemy and tells, step by step, what failed where."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
TIMEOUT = 60
"""Seconds for one service; a scenario takes about two."""


@dataclass(frozen=True, slots=True)
class Step:
    """How one use of a service ended. `error` is empty where it worked; `path` and `line` are the tree's innermost."""

    service: str
    manifest: str
    name: str
    value: Any
    error: str
    message: str
    path: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Outcome:
    steps: tuple[Step, ...]

    @property
    def works(self) -> bool:
        return not self.failures

    @property
    def failures(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.error)

    def step(self, name: str) -> Step:
        """The only step of that name."""
        (found,) = (step for step in self.steps if step.name == name)
        return found


def run_scenario(pull: str, tree: Path) -> Outcome:
    """Plays the scenario of `pull` (its folder's name) on a checkout at `tree`, which may hold other services too."""
    steps = [step for scenario in sorted((HERE / pull).glob("*.py")) for step in _play(scenario, tree)]
    if not steps:
        raise LookupError(f"no scenario for {pull} below {HERE}")
    return Outcome(tuple(steps))


def write_tree(folder: Path, files: Mapping[str, bytes]) -> Path:
    """A checkout of `files` in `folder`."""
    for path, data in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    return folder


def fixed_files(pull: str) -> dict[str, bytes]:
    """The reference fix: the files that it changes, whole."""
    root = HERE / pull / "fixed"
    return {file.relative_to(root).as_posix(): file.read_bytes() for file in root.rglob("*") if file.is_file()}


def _play(scenario: Path, tree: Path) -> Iterator[Step]:
    """One process for each manifest: it decides whether greenlet is there."""
    service = tree / scenario.stem
    for manifest in ("pyproject.toml", "requirements.txt"):
        if not (service / manifest).exists():
            continue
        run = subprocess.run(
            [sys.executable, "-B", str(HERE / "play.py"), str(scenario), str(service), str(service / manifest)],
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            cwd=tree,
        )
        if run.returncode:
            raise RuntimeError(f"{scenario} could not be played on {tree}:\n{run.stderr}")
        for step in json.loads(run.stdout):
            yield Step(service=scenario.stem, manifest=manifest, **step)
