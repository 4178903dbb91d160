"""`--fix` and `--diff`: what is changed on disk, and how it is told."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from rules.cli.checked import Analyze
from rules.errors import UserError
from rules.finding import Edit, Finding, Fix, Safety
from rules.project import MemoryProject, Project
from rules.report import Report
from tests.rules.cli.command import REPAIRED, SERVICE, Command, assert_snapshot
from tests.rules.cli.engine import analyze


def unsafe(project: Project, *, fixes: bool = True) -> Report:
    """The small engine, unsure of its fixes."""
    report = analyze(project, fixes=fixes)
    return replace(report, findings=tuple(_unsafe(finding) for finding in report.findings))


def _unsafe(finding: Finding) -> Finding:
    return replace(finding, fixes=tuple(replace(fix, safety=Safety.UNSAFE) for fix in finding.fixes))


def test_fix_writes_the_files_and_reports_what_is_left(command: Command) -> None:
    service = command.write("app/service.py", SERVICE)
    broken = command.write("app/broken.py", "x = (")
    ran = command("app", "--fix")
    assert service.read_text() == REPAIRED
    assert broken.read_text() == "x = ("
    assert ran.status == 0
    assert ran.out.endswith("Fixed 1 problem.\nNo problems left in 1 file.\n")


def test_fixes_that_meet_are_applied_one_after_the_other(command: Command) -> None:
    service = command.write(
        "a.py", SERVICE.replace("user_id)\n    return", "user_id)  # greenlatch: ignore\n    return")
    )
    ran = command("--fix")
    assert service.read_text() == REPAIRED
    assert "Fixed 2 problems." in ran.out


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_fix_keeps_line_ends_encoding_and_mode(command: Command, encoding: str) -> None:
    head = "# -*- coding: latin-1 -*-\r\n" if encoding == "latin-1" else ""
    comment = "# é\x0c\u0085\r\n"
    source = (head + comment + SERVICE.replace("\n", "\r\n")).encode(encoding)
    service = command.write("a.py", source)
    service.chmod(0o755)
    command("--fix", engine=decoding(encoding))
    assert service.read_bytes() == (head + comment + REPAIRED.replace("\n", "\r\n")).encode(encoding)
    assert service.stat().st_mode & 0o777 == 0o755


def decoding(encoding: str) -> Analyze:
    """The small engine for files in another encoding."""

    def engine(project: Project, *, fixes: bool = True) -> Report:
        return analyze(MemoryProject({path: project.read(path).decode(encoding) for path in project.paths()}))

    return engine


def test_unsafe_fixes_are_applied_only_on_demand(command: Command) -> None:
    service = command.write("a.py", SERVICE)
    ran = command("--fix", engine=unsafe)
    assert service.read_text() == SERVICE
    assert ran.status == 1
    assert "1 can be fixed with `--fix --unsafe-fixes`" in ran.out
    assert command("--fix", "--unsafe-fixes", engine=unsafe).status == 0
    assert service.read_text() == REPAIRED


def test_fix_touches_only_selected_findings(command: Command) -> None:
    service = command.write("a.py", SERVICE)
    command("--fix", "--ignore", "BR-SUP", "--select", "BR-SUP")
    assert service.read_text() == SERVICE


def test_diff_changes_nothing_and_can_be_applied(command: Command) -> None:
    service = command.write("app/service.py", SERVICE.removesuffix("\n"))
    other = command.write("app/other.py", "a = 1\r\nb = 2  # greenlatch: ignore\r\n")
    ran = command("app", "--diff")
    assert service.read_text() == SERVICE.removesuffix("\n")
    assert ran.status == 1
    assert ran.err == "2 can be fixed, 0 would be left.\n"
    subprocess.run(["git", "apply", "-"], input=ran.out.encode(), cwd=command.folder, check=True)
    assert service.read_text() == REPAIRED.removesuffix("\n")
    assert other.read_bytes() == b"a = 1\r\nb = 2\r\n"


def test_diff_of_a_folder_elsewhere_can_be_applied_from_the_root(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    service = command.write("app/service.py", SERVICE)
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    ran = command(str(command.folder / "app"), "--diff")
    assert f"--- a{service}\n+++ b{service}\n" in ran.out
    subprocess.run(["git", "apply", "--unsafe-paths", "-"], input=ran.out.encode(), cwd="/", check=True)
    assert service.read_text() == REPAIRED


def test_diff_in_colours(command: Command) -> None:
    command.write("a.py", SERVICE)
    assert_snapshot("diff.txt", command("--diff", "--color", "always").out.replace("\x1b", "<ESC>"))


def test_diff_of_nothing_is_empty(command: Command) -> None:
    command.write("a.py", "a = 1\n")
    ran = command("--diff")
    assert (ran.status, ran.out) == (0, "")


def test_round_that_breaks_a_file_is_taken_back(command: Command) -> None:
    def careless(project: Project, *, fixes: bool = True) -> Report:
        report = analyze(project, fixes=fixes)
        edit = Edit("a.py", 1, 1, 1, 1, "(")
        fix = Fix("Break it", Safety.SAFE, (edit,))
        return replace(report, findings=tuple(replace(one, fixes=(fix,)) for one in report.findings))

    service = command.write("a.py", SERVICE)
    ran = command("--fix", engine=careless)
    assert service.read_text() == SERVICE
    assert ran.status == 1
    assert "Fixed" not in ran.out


def test_fix_that_does_not_help_ends(command: Command) -> None:
    def endless(project: Project, *, fixes: bool = True) -> Report:
        report = analyze(project, fixes=fixes)
        fix = Fix("Say more", Safety.SAFE, (Edit("a.py", 1, 1, 1, 1, "#\n"),))
        return replace(report, findings=tuple(replace(one, fixes=(fix,)) for one in report.findings))

    service = command.write("a.py", SERVICE)
    assert command("--fix", engine=endless).status == 1
    assert service.read_text() == "#\n" * 10 + SERVICE


def test_file_that_cannot_be_written_is_one_clear_error(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, data: bytes) -> int:
        raise PermissionError(13, "Permission denied")

    command.write("a.py", SERVICE)
    monkeypatch.setattr(Path, "write_bytes", refuse)
    with pytest.raises(UserError, match=r"a\.py` cannot be written: Permission denied"):
        command("--fix")
