"""What `check` reports, where it writes it, and with which exit status."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from rules.errors import UserError
from rules.finding import Confidence
from rules.project import Project
from rules.report import Report
from tests.rules.cli.command import SERVICE, Command
from tests.rules.cli.engine import analyze


def unsure(project: Project, *, fixes: bool = True) -> Report:
    """The small engine, with a confidence by the name of the file."""
    report = analyze(project, fixes=fixes)
    findings = [replace(one, confidence=Confidence(Path(one.location.path).stem)) for one in report.findings]
    return replace(report, findings=tuple(findings))


def test_exit_status_tells_whether_something_was_found(command: Command) -> None:
    command.write("idle.py", "a = 1\n")
    assert command(".").status == 0
    command.write("service.py", SERVICE)
    assert command(".").status == 1
    assert command(".", "--exit-zero").status == 0


def test_json_is_the_report(command: Command) -> None:
    command.write("app/service.py", SERVICE)
    printed = json.loads(command("app", "--format", "json").out)
    assert printed["version"] == 1
    (finding,) = printed["findings"]
    assert (finding["rule"], finding["path"], finding["line"], finding["column"]) == (
        "BR-ASYNC-001",
        "service.py",
        7,
        36,
    )
    assert [step["line"] for step in finding["trace"]] == [2, 7]
    assert finding["reads"][0]["fingerprint"] == finding["fingerprint"]
    assert finding["fixes"][0]["safety"] == "safe"
    assert printed["statistics"] == {"files": 1, "suppressed": 0}


def paths(printed: str) -> list[str]:
    return [finding["path"] for finding in json.loads(printed)["findings"]]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["app"], ["a.py", "inner/b.py"]),
        (["app/inner"], ["b.py"]),
        (["app/a.py"], ["a.py"]),
        (["app/a.py", "app/inner"], ["a.py", "inner/b.py"]),
        (["app/inner", "other"], ["app/inner/b.py", "other/c.py"]),
        (["app", "app/a.py"], ["a.py", "inner/b.py"]),
        ([], ["app/a.py", "app/inner/b.py", "other/c.py"]),
    ],
)
def test_paths_are_relative_to_the_folder_that_holds_all(
    command: Command, arguments: list[str], expected: list[str]
) -> None:
    for path in ("app/a.py", "app/inner/b.py", "other/c.py"):
        command.write(path, SERVICE)
    assert paths(command(*arguments, "--format", "json").out) == expected


def test_text_shows_paths_from_where_the_user_is(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    command.write("app/service.py", SERVICE)
    assert command("app").out.startswith("app/service.py:7:36 ")
    monkeypatch.chdir(command.folder / "app")
    assert command(".").out.startswith("service.py:7:36 ")
    command.write("elsewhere/x.py", "")
    monkeypatch.chdir(command.folder / "elsewhere")
    assert command("../app").out.startswith(f"{command.folder}/app/service.py:7:36 ")


def test_missing_path_is_one_clear_error(command: Command) -> None:
    with pytest.raises(UserError, match="`nowhere` does not exist"):
        command("nowhere")


@pytest.mark.parametrize(
    ("arguments", "rules"),
    [
        ([], {"BR-ASYNC-001", "BR-SUP-001"}),
        (["--select", "BR-SUP-001"], {"BR-SUP-001"}),
        (["--select", "br-sup"], {"BR-SUP-001"}),
        (["--ignore", "BR-SUP-001"], {"BR-ASYNC-001"}),
        (["--select", "BR-SUP", "--ignore", "BR-SUP-001"], set()),
    ],
)
def test_rules_are_selected_and_ignored(command: Command, arguments: list[str], rules: set[str]) -> None:
    command.write("service.py", SERVICE + "idle = 1  # greenlatch: ignore\n")
    ran = command(*arguments, "--format", "json")
    assert {finding["rule"] for finding in json.loads(ran.out)["findings"]} == rules
    assert ran.status == (1 if rules else 0)


def test_unknown_rule_says_what_was_meant(command: Command) -> None:
    with pytest.raises(UserError) as raised:
        command("--select", "BR-SUP-01")
    assert raised.value.reference == "unknown-rule"
    assert "did you mean `BR-SUP-001`?" in raised.value.hint


@pytest.mark.parametrize(
    ("least", "expected"),
    [("high", ["high.py"]), ("medium", ["high.py", "medium.py"]), ("low", ["high.py", "low.py", "medium.py"])],
)
def test_findings_below_the_confidence_are_left_out(command: Command, least: str, expected: list[str]) -> None:
    for name in ("high", "low", "medium"):
        command.write(f"{name}.py", SERVICE)
    assert paths(command("--min-confidence", least, "--format", "json", engine=unsure).out) == expected


def test_file_that_may_not_be_read_is_skipped(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    command.write("secret.py", SERVICE)
    command.write("service.py", SERVICE)
    monkeypatch.setattr("os.access", lambda file, mode: Path(file).name != "secret.py")
    printed = json.loads(command("--format", "json").out)
    assert [finding["path"] for finding in printed["findings"]] == ["service.py"]
    assert printed["skipped"] == [{"path": "secret.py", "reason": "may not be read by this user"}]


def test_output_goes_to_a_file(command: Command) -> None:
    command.write("service.py", SERVICE)
    ran = command("--format", "json", "--output", "report.json")
    assert ran.out == ""
    assert ran.status == 1
    assert paths((command.folder / "report.json").read_text()) == ["service.py"]


def test_output_that_cannot_be_written_is_one_clear_error(command: Command) -> None:
    with pytest.raises(UserError, match=r"`no/report\.json` cannot be written: No such file"):
        command("--output", "no/report.json")
