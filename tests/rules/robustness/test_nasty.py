"""Code that nobody writes is analysed to its end: no crash, no hang, bounded memory; what cannot be read says why."""

from __future__ import annotations

import pytest

from rules.analyze import analyze
from rules.project import MemoryProject
from tests.rules.robustness.nasty import NASTY, PRELUDE, USE
from tests.rules.robustness.nasty_circles import situations
from tests.rules.robustness.watched import Bounds, watch

BOUNDS = Bounds(seconds=90, memory=1024)
"""Of processor time and MiB; the slowest takes a tenth of it."""
READ = PRELUDE + USE + "    return user.posts\n"


@pytest.mark.parametrize("name", NASTY)
def test_is_analysed_to_its_end(name: str) -> None:
    files = NASTY[name]()
    outcome = watch(name, lambda: MemoryProject(files), BOUNDS)
    assert outcome.problem == ""
    assert outcome.files + len(outcome.skipped) >= sum(path.endswith(".py") for path in files)


def test_every_situation_is_of_its_own() -> None:
    made = [str(files) for _, files in situations()]
    assert len(set(made)) == len(NASTY) > 80


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("byte order mark", b"\xef\xbb\xbf" + READ.encode()),
        ("CRLF", READ.replace("\n", "\r\n").encode()),
        ("CR", READ.replace("\n", "\r").encode()),
        ("mixed line ends", READ.replace("\n", "\r\n", 7).encode()),
        ("form feeds", READ.replace("\n\n", "\n\x0c\n").encode()),
        ("latin-1", b"# coding: latin-1\n# \xe9\n" + READ.encode()),
        ("names that are not ASCII", READ.replace("user", "üßer").encode()),
        ("no line end at its end", READ.rstrip().encode()),
        ("newer syntax", (READ + "type Pair[T] = tuple[T, T]\n").encode()),
    ],
)
def test_read_is_found_however_the_file_is_written(name: str, data: bytes) -> None:
    report = analyze(MemoryProject({"main.py": data}), fixes=False)
    assert [finding.rule for finding in report.findings] == ["BR-ASYNC-001"], name
    assert report.skipped == ()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (READ.encode() + b"\0", "null bytes"),
        (READ.encode("utf-16"), "null bytes"),
        (b"# \xe9\n" + READ.encode(), "line 1 is not UTF-8"),
        (b"# coding: klingon\n" + READ.encode(), "unknown encoding `klingon`"),
        (b"<<<<<<< HEAD\n" + READ.encode() + b"=======\n>>>>>>> x\n", "merge conflict on line 1"),
        (b"(" * 5_000, "no valid Python"),
        (b"x = " + b"-" * 100_000 + b"1\n", "nested too deeply"),
    ],
)
def test_file_that_is_no_python_is_skipped_with_its_reason(data: bytes, reason: str) -> None:
    report = analyze(MemoryProject({"broken.py": data, "main.py": READ}), fixes=False)
    assert [(one.path, reason in one.reason) for one in report.skipped] == [("broken.py", True)], report.skipped
    assert [finding.location.path for finding in report.findings] == ["main.py"]


def test_function_that_is_nested_too_deeply_costs_no_other() -> None:
    deep = "def deep(row):\n    return row" + ".where(1)" * 2_000 + "\n\n\n"
    report = analyze(MemoryProject({"main.py": deep + READ}), fixes=False)
    assert [finding.rule for finding in report.findings] == ["BR-ASYNC-001"]
