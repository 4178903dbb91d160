"""The Python code that every machine has: the interpreter's library with its own tests, and the installed packages."""

from __future__ import annotations

import hashlib
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from rules.project import MAX_FILE_BYTES, MemoryProject

LIBRARY = Path(sysconfig.get_path("stdlib"))
PACKAGES = Path(sysconfig.get_path("purelib"))
NO_TESTS = "this Python was installed without the tests of its library: `test` is missing in it"


def has_tests() -> bool:
    return (LIBRARY / "test" / "test_grammar.py").is_file()


def files(folder: Path) -> Iterator[Path]:
    """Every Python file below, installed packages of the library's own folder left out, in one order everywhere."""
    for path in sorted(folder.rglob("*.py")):
        inside = path.relative_to(folder).parts
        if path.is_file() and not path.is_symlink() and "site-packages" not in inside:
            yield path


def read(folder: Path, chosen: list[Path]) -> MemoryProject:
    small = [path for path in chosen if path.stat().st_size <= MAX_FILE_BYTES]
    return MemoryProject({path.relative_to(folder).as_posix(): path.read_bytes() for path in small})


def sample(folder: Path, share: int) -> list[Path]:
    """One file of `share`, chosen by its name alone, so that it is the same one in every run."""
    return [path for path in files(folder) if _number(path.relative_to(folder).as_posix()) % share == 0]


def parts(folder: Path, size: int = 60) -> Iterator[tuple[str, list[Path]]]:
    """The files in portions, each with a name."""
    every = list(files(folder))
    for start in range(0, len(every), size):
        chosen = every[start : start + size]
        yield f"{chosen[0].relative_to(folder)} … {chosen[-1].relative_to(folder)}", chosen


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")
