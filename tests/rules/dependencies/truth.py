"""What real installers say about the cases: does greenlet arrive? Recorded once, with network; the tests only read it.

To record anew (pip runs under the running Python, uv from PATH answers for the other environments):

    python -m tests.rules.dependencies.truth
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rules.dependencies.declared import OVERRIDES, Declared
from rules.dependencies.environments import PLATFORMS, Environment
from rules.dependencies.tree import Root, Tree
from rules.project import MemoryProject
from tests.rules.dependencies.casefile import CASES, case_paths, read_case

RECORDED = Path(__file__).parent / "truth.json"
PIP = "pip install --dry-run --ignore-installed --quiet --report - -r requirements.txt -c constraints.txt"
UV = "uv pip compile requirements.txt -c constraints.txt --quiet --no-header --no-annotate"
_PLATFORMS = {
    "x86_64-unknown-linux-gnu": PLATFORMS[0],
    "aarch64-apple-darwin": PLATFORMS[2],
    "x86_64-pc-windows-msvc": PLATFORMS[4],
}
_ASKED = (("aarch64-apple-darwin", "3.12"), ("x86_64-pc-windows-msvc", "3.13"), ("x86_64-unknown-linux-gnu", "3.14"))


@dataclass(frozen=True)
class Question:
    """One way to install the project of one case, as lines that every installer understands."""

    case: str
    root: Root

    @property
    def requirements(self) -> list[str]:
        return [as_line(item) for item in self.root.requirements]

    @property
    def constraints(self) -> list[str]:
        return [as_line(item) for item in self.root.constraints]


def questions() -> Iterator[Question]:
    """Every way that an installer can be asked about: no lock, no folder, no repository, no made-up package."""
    for path in case_paths():
        tree = Tree(MemoryProject(read_case(path).files))
        for unit in tree.units.values():
            for root in unit.roots():
                items = root.requirements
                plain = all(item.name and not item.url and not item.local and not item.conda for item in items)
                brings = any(item.name in {"sqlalchemy", "sqlmodel"} or "alchemy" in item.name for item in items)
                overridden = any(item.group_name == OVERRIDES for item in root.constraints)
                if plain and brings and not root.opaque and root.lock is None and not overridden:
                    yield Question(path.relative_to(CASES).with_suffix("").as_posix(), root)


def as_line(item: Declared) -> str:
    extras = f"[{','.join(sorted(item.extras))}]" if item.extras else ""
    return f"{item.name}{extras}{item.specifier}{f' ; {item.marker}' if item.marker else ''}"


def environment(name: str, python: str) -> Environment:
    """The environment that a recorded answer is about, by uv's name of the platform."""
    return Environment(_PLATFORMS[name], python)


def key_of(requirements: list[str], constraints: list[str]) -> str:
    return json.dumps([requirements, constraints])


def answers() -> list[dict[str, Any]]:
    if not RECORDED.exists():
        return []
    loaded: dict[str, Any] = json.loads(RECORDED.read_text(encoding="utf-8"))
    return list(loaded["answers"])


def record() -> None:
    """Asks pip and uv about what is not recorded yet; takes minutes."""
    before = {key_of(answer["requirements"], answer["constraints"]): answer for answer in answers()}
    found: dict[str, dict[str, Any]] = {}
    for question in questions():
        key = key_of(question.requirements, question.constraints)
        if key not in found:
            found[key] = {**(before.get(key) or _ask(question)), "cases": []}
        if question.case not in found[key]["cases"]:
            found[key]["cases"].append(question.case)
    commands = [PIP, f"{UV} --python-platform PLATFORM --python-version VERSION"]
    data = {"commands": commands, "answers": [*found.values()]}
    RECORDED.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


def _ask(question: Question) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        for name, lines in (("requirements", question.requirements), ("constraints", question.constraints)):
            (Path(folder) / f"{name}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
        here = f"{sys.version_info.major}.{sys.version_info.minor}"
        verdicts = [["pip", "x86_64-unknown-linux-gnu", here, _pip(folder)]]
        verdicts += [["uv", platform, python, _uv(folder, platform, python)] for platform, python in _ASKED]
    return {"requirements": question.requirements, "constraints": question.constraints, "verdicts": verdicts}


def _pip(folder: str) -> bool | None:
    """Whether pip installs greenlet; None where it installs nothing at all."""
    run = subprocess.run([sys.executable, "-m", *PIP.split()], cwd=folder, capture_output=True, text=True)
    if run.returncode:
        return None
    return any(item["metadata"]["name"] == "greenlet" for item in json.loads(run.stdout)["install"])


def _uv(folder: str, platform: str, python: str) -> bool | None:
    command = [*UV.split(), "--python-platform", platform, "--python-version", python]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    return None if run.returncode else any(line.startswith("greenlet==") for line in run.stdout.splitlines())


if __name__ == "__main__":
    record()
