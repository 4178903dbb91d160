"""The pre-commit hooks and the GitHub Action call the command as it is."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from rules.cli.arguments import check_options, parser
from rules.cli.options import CheckOptions, Format

ROOT = Path(__file__).parents[3]


def parsed(arguments: list[str]) -> CheckOptions:
    return check_options(parser().parse_args(arguments))


def hooks() -> dict[str, dict[str, Any]]:
    return {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}


def hook_options(name: str) -> CheckOptions:
    hook = hooks()[name]
    program, *arguments = shlex.split(hook["entry"]) + hook["args"]
    assert program == "greenlatch"
    return parsed(arguments)


def test_hook_checks_the_whole_checkout() -> None:
    assert hook_options("greenlatch") == CheckOptions(paths=(Path(),))
    assert hook_options("greenlatch-new") == CheckOptions(paths=(Path(),), base="HEAD")
    assert {hook["pass_filenames"] for hook in hooks().values()} == {False}


def action() -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "action.yml").read_text()))


def test_action_passes_inputs_by_the_environment_alone() -> None:
    """An expression inside a script would let a branch name be run."""
    for step in action()["runs"]["steps"]:
        assert "${{" not in step["run"]


def called(folder: Path, **inputs: str) -> list[str]:
    """The arguments that the action's check step gives to the installed command."""
    program = folder / "greenlatch" / "bin" / "greenlatch"
    program.parent.mkdir(parents=True)
    program.write_text('#!/bin/sh\nprintf "%s\\0" "$@"\n')
    program.chmod(0o755)
    step = action()["runs"]["steps"][-1]
    values = {name: spec["default"] for name, spec in action()["inputs"].items()} | {"base": ""} | inputs
    environment = {name: values[name.lower()] for name in step["env"]}
    ran = subprocess.run(
        ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]],
        env={**os.environ, **environment, "RUNNER_TEMP": str(folder)},
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return ran.stdout.split("\0")[:-1]


def test_action_checks_everything_where_no_pull_request_is(tmp_path: Path) -> None:
    assert parsed(called(tmp_path)) == CheckOptions(paths=(Path(),), format=Format.GITHUB)


def test_action_passes_every_input(tmp_path: Path) -> None:
    arguments = called(
        tmp_path,
        paths="backend  lib",
        base="-$(touch x) y",
        format="sarif",
        output="my report.sarif",
        arguments="--exit-zero --select BR-ASYNC",
    )
    assert parsed(arguments) == CheckOptions(
        paths=(Path("backend"), Path("lib")),
        base="-$(touch x) y",
        format=Format.SARIF,
        output=Path("my report.sarif"),
        exit_zero=True,
        select=("BR-ASYNC",),
    )
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("name", ["paths", "base", "format", "output", "arguments", "python"])
def test_action_describes_its_inputs(name: str) -> None:
    assert action()["inputs"][name]["description"]
