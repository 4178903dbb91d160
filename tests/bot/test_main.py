"""`python -m bot`, run as people run it and in process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bot.__main__ import main

ROOT = Path(__file__).parents[2]


def written(folder: Path, text: str, name: str = "greenlatch.yml") -> str:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_as_a_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot", "config", "validate", "docs/greenlatch.example.yml"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("docs/greenlatch.example.yml: valid, ")


def test_a_wrong_file_is_told_line_by_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path, "gate: {fail_on: off}\nrules: {BR-SUP-002: off}\n")
    assert main(["config", "validate", file]) == 1
    assert capsys.readouterr().out.splitlines() == [
        f"{file}:1:8: `fail_on` is no setting of `gate`; did you mean `fail-on`? [unknown-setting]",
        f"{file}:2:9: `BR-SUP-002` is no rule; did you mean `BR-SUP-001`? [unknown-rule]",
    ]


def test_a_pyproject(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = written(tmp_path, "[tool.greenlatch.gate]\nfail-on = 'off'\n", "pyproject.toml")
    assert main(["config", "validate", table]) == 0
    assert capsys.readouterr().out == f"{table}: valid, 1 setting\n"
    other = written(tmp_path, "[project]\nname = 'x'\n", "other.toml")
    assert main(["config", "validate", other]) == 2
    assert "there is no table `[tool.greenlatch]`" in capsys.readouterr().err


def test_without_a_file_the_configuration_of_this_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".github").mkdir()
    written(tmp_path, "[project]\nname = 'x'\n", "pyproject.toml")
    assert main(["config", "validate"]) == 2
    assert "there is no configuration here" in capsys.readouterr().err
    written(tmp_path / ".github", "gate: {fail-on: 'off'}\n")
    assert main(["config", "validate"]) == 0
    assert capsys.readouterr().out == ".github/greenlatch.yml: valid, 1 setting\n"
    written(tmp_path, "[tool.greenlatch.gate]\nfail-on = 'off'\n", "pyproject.toml")
    assert main(["config", "validate"]) == 1
    assert "pyproject.toml:1:" in (told := capsys.readouterr().out)
    assert "has a configuration too" in told


@pytest.mark.parametrize("command", [["config", "validate"], ["receive", "--dry-run", "--event", "ping", "--payload"]])
def test_a_file_that_is_not_there(command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command, str(tmp_path / "none")]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"greenlatch: error: {tmp_path / 'none'}: the file cannot be read: No such file")
    assert "Traceback" not in error


def test_the_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "schema"]) == 0
    assert capsys.readouterr().out == (ROOT / "docs/greenlatch.schema.json").read_text(encoding="utf-8")


COMMENT = {
    "action": "created",
    "installation": {"id": 3},
    "repository": {"id": 9, "full_name": "acme/arena"},
    "sender": {"login": "ana", "type": "User"},
    "issue": {"number": 7, "user": {"login": "ana"}, "pull_request": {"url": "https://github.example/pulls/7"}},
    "comment": {"id": 5, "body": "/greenlatch rescan", "user": {"login": "ana"}},
}


def test_what_a_webhook_would_set_going(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    payload = written(tmp_path, json.dumps(COMMENT), "payload.json")
    assert main(["receive", "--dry-run", "--event", "issue_comment", "--payload", payload]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    intent = json.loads(line)
    assert (intent["intent"], intent["number"], intent["command"]["name"]) == ("RunCommand", 7, "rescan")


def test_a_payload_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    payload = written(tmp_path, "no json", "payload.json")
    assert main(["receive", "--dry-run", "--event", "ping", "--payload", payload]) == 2
    assert "the body is not JSON" in capsys.readouterr().err
    incomplete = written(tmp_path, json.dumps({"action": "opened"}), "payload.json")
    assert main(["receive", "--dry-run", "--event", "pull_request", "--payload", incomplete]) == 2
    assert "the payload of `pull_request` lacks or garbles" in capsys.readouterr().err
