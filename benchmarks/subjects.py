"""What is measured on a tree of files: `ast.parse`, Greenlatch in its ways to run, and the other tools."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from benchmarks.measure import Subject
from rules.project import SKIPPED_FOLDERS

ROOT = Path(__file__).resolve().parents[1]
PEERS = tuple(ROOT / ".cache" / "benchmarks" / folder / "bin" for folder in ("peers", "semgrep"))
"""Where `make bench` installs the other tools."""
BASE = "ast.parse"
COLD = "greenlatch, cold, 1 process"
COLD_ALL = "greenlatch, cold, all processors"
WARM = "greenlatch, nothing changed"
CHANGED = "greenlatch, 5 files changed"
READING = "greenlatch, reading alone"
_PARSE = """import ast, pathlib, sys, warnings
warnings.simplefilter("ignore")
for path in pathlib.Path(sys.argv[1]).rglob("*.py"):
    try:
        ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        pass
"""
_READ = """import gc, pathlib, sys
from rules.project import DirectoryProject
from rules.reading import Memory, read_files
gc.disable()
read_files(DirectoryProject(pathlib.Path(sys.argv[1])), Memory())
"""


@dataclass(frozen=True, slots=True)
class Tree:
    """A copy of what is measured, which may be changed."""

    name: str
    folder: Path
    files: int
    lines: int

    @classmethod
    def copy(cls, name: str, source: Path, folder: Path) -> Tree:
        """Of the files that a check reads: no installed or hidden folders, no links."""

        def left_out(where: str, names: list[str]) -> set[str]:
            return {
                one for one in names if one in SKIPPED_FOLDERS or one.startswith(".") or Path(where, one).is_symlink()
            }

        shutil.copytree(source, folder, ignore=left_out)
        return cls.of(name, folder)

    @classmethod
    def of(cls, name: str, folder: Path) -> Tree:
        files = list(folder.rglob("*.py"))
        return cls(name, folder, len(files), sum(file.read_bytes().count(b"\n") for file in files))


def ours(tree: Tree, scratch: Path, root: Path = ROOT) -> list[Subject]:
    """The engine of a checkout at `root`, cold and warm."""
    environment = {"PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": ""}
    kept = scratch / "cache"

    def check(name: str, *more: str, one: bool, changes: Editor | None = None) -> Subject:
        command = [sys.executable, "-m", "rules", "check", "--format", "json", "--output", os.devnull, *more]
        cached = {**environment, "GREENLATCH_CACHE_DIR": str(kept)}
        return Subject(name, [*command, str(tree.folder)], cached, root, changes or (lambda: None), one_processor=one)

    editor = Editor(tree)
    return [
        Subject(READING, [sys.executable, "-c", _READ, str(tree.folder)], environment, root, one_processor=True),
        check(COLD, "--no-cache", one=True),
        check(COLD_ALL, "--no-cache", one=False),
        check(CHANGED, one=True, changes=editor),
        check(WARM, one=True),
    ]


def warm_up(subjects: Sequence[Subject]) -> list[Subject]:
    """What has to run once, unmeasured, so that the cache is filled."""
    return [subject for subject in subjects if subject.name.endswith(WARM)]


def baseline(tree: Tree) -> Subject:
    return Subject(BASE, [sys.executable, "-c", _PARSE, str(tree.folder)], one_processor=True)


def peers(tree: Tree, scratch: Path, lines: int) -> Iterator[Subject]:
    """Those that are installed, on the whole tree; the slow ones only where it has at most that many lines."""
    here = str(tree.folder)
    cache = str(scratch / "peers")
    rule = ROOT / "benchmarks" / "semgrep.yml"
    commands: dict[str, list[str]] = {
        "ruff": ["ruff", "check", "--isolated", "--no-cache", "--quiet", here],
        "semgrep, 2 rules": [
            "semgrep",
            "scan",
            "--metrics=off",
            "--disable-version-check",
            "--quiet",
            f"--config={rule}",
            here,
        ],
        "mypy": ["mypy", "--ignore-missing-imports", "--explicit-package-bases", f"--cache-dir={cache}/mypy-%", here],
        "pyright": ["pyright", here],
        "fixit": ["fixit", "--quiet", "lint", here],
        "pylint": ["pylint", "--disable=all", "--enable=E", "--recursive=y", here],
    }
    numbers = count()
    for name, (program, *arguments) in commands.items():
        found = next((folder / program for folder in PEERS if (folder / program).exists()), None)
        if found is None or (name != "ruff" and tree.lines > lines):
            continue
        words = [word.replace("%", str(next(numbers))) for word in arguments]
        environment = {"PATH": f"{found.parent}{os.pathsep}{os.environ['PATH']}", "SEMGREP_SEND_METRICS": "off"}
        yield Subject(name, [str(found), *words], environment, tree.folder, statuses=tuple(range(64)), rounds=1)


class Editor:
    """Changes 5 files before each run, each time so that no cache has seen it."""

    FILES = 5

    def __init__(self, tree: Tree) -> None:
        files = sorted(
            file for file in tree.folder.rglob("*.py") if "test" not in file.as_posix() and file.stat().st_size
        )
        self._files = files[:: max(len(files) // self.FILES, 1)][: self.FILES]
        self._before = {file: file.read_bytes() for file in self._files}
        self._numbers = count(1)

    def __call__(self) -> None:
        number = next(self._numbers)
        for file, data in self._before.items():
            file.write_bytes(
                data + f"\n\ndef added_by_the_benchmark_{number}() -> int:\n    return {number}\n".encode()
            )
