"""What lies on a disk besides files: links in circles, pipes, names that are no text, what may not be read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rules.analyze import analyze
from rules.cli.target import Target
from rules.project import MAX_FILE_BYTES, DirectoryProject
from tests.rules.robustness.test_nasty import READ


def found(folder: Path) -> list[str]:
    report = analyze(DirectoryProject(folder), fixes=False)
    assert report.to_dict()
    return [finding.location.path for finding in report.findings]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "main.py").write_text(READ)
    return tmp_path


def test_links_in_a_circle(folder: Path) -> None:
    (folder / "again").symlink_to(folder, target_is_directory=True)
    (folder / "self.py").symlink_to(folder / "self.py")
    (folder / "a.py").symlink_to(folder / "b.py")
    (folder / "b.py").symlink_to(folder / "a.py")
    (folder / "nowhere.py").symlink_to(folder / "missing.py")
    assert found(folder) == ["main.py"]


def test_what_is_no_file(folder: Path) -> None:
    (folder / "folder.py").mkdir()
    os.mkfifo(folder / "pipe.py")
    (folder / "empty").mkdir()
    assert found(folder) == ["main.py"]


def test_names_of_all_kinds(folder: Path) -> None:
    for name in (b"new\nline.py", b"\xff\xfe.py", "ümläut.py".encode(), b"with blank.py", b"-option.py", b"class.py"):
        (folder / os.fsdecode(name)).write_text("a = 1\n")
    assert found(folder) == ["main.py"]


def test_deep_folders(folder: Path) -> None:
    deep = folder
    for _ in range(100):
        deep = deep / "package"
        deep.mkdir()
        (deep / "__init__.py").write_text("from . import package\nfrom .. import package\n")
    assert found(folder) == ["main.py"]


def test_file_that_is_too_large_is_skipped_with_its_reason(folder: Path) -> None:
    (folder / "large.py").write_bytes(b"#" * (MAX_FILE_BYTES + 1))
    report = analyze(DirectoryProject(folder), fixes=False)
    assert [(one.path, one.reason) for one in report.skipped] == [("large.py", "larger than 5 MiB")]
    assert len(report.findings) == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="this user may read everything")
def test_file_that_may_not_be_read_is_skipped_with_its_reason(folder: Path) -> None:
    (folder / "secret.py").write_text("a = 1\n")
    (folder / "secret.py").chmod(0)
    report = analyze(Target([folder]), fixes=False)
    assert [(one.path, one.reason) for one in report.skipped] == [("secret.py", "may not be read by this user")]
    assert len(report.findings) == 1
