"""The guides: they build without a warning, their commands and links are real, and nothing is left undocumented."""

from __future__ import annotations

import argparse
import importlib
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from bot import __main__ as bot_command
from bot.settings import PREFIX, Settings
from rules.cli import arguments
from rules.rule import all_rules
from tests.deploy.test_observation import alerts
from workers import __main__ as workers_command

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(page for page in DOCS.rglob("*.md") if "_build" not in page.parts)
PARSERS = {"rules": arguments.parser, "bot": bot_command.parser, "workers": workers_command.parser}
GENERAL = {"python -m rules dump STAGE PATH"}
"""What stands for many commands."""
generate = importlib.import_module("docs.generate")


def text(page: Path) -> str:
    return page.read_text("utf-8")


def name(page: Path) -> str:
    return page.relative_to(DOCS).as_posix()


def test_they_build_without_a_warning(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning", "--keep-going", "docs", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stderr) == (0, "")
    built = (tmp_path / "operating.html").read_text("utf-8")
    assert "GreenlatchQueueOld" in built
    assert "GREENLATCH_KEEP_CODE_DAYS" in (tmp_path / "reference" / "settings.html").read_text("utf-8")


@pytest.mark.parametrize("file", generate.generated())
def test_what_is_made_from_the_code_is_not_stale(file: str) -> None:
    """`make docs` writes them anew."""
    assert text(DOCS / "reference" / file) == generate.generated()[file]


def test_nothing_in_the_reference_is_left_over() -> None:
    found = {page.name for page in (DOCS / "reference").glob("*.md")}
    assert found == {*generate.generated(), *generate.BY_HAND}


# Links


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    wrong = []
    for target in re.findall(r"\]\(([^)\s]+)\)", _without_code(text(page))):
        parts = urlsplit(target)
        if parts.scheme:
            wrong += [] if parts.scheme == "https" and parts.hostname else [target]
            continue
        file = (page.parent / parts.path).resolve() if parts.path else page
        if not file.exists() or (parts.fragment and parts.fragment not in _anchors(file)):
            wrong.append(target)
    assert wrong == []


def test_files_that_are_named_exist() -> None:
    known = r"`((?:app|bot|workers|rules|tests|migrations|docs|deploy)/[\w./-]*)`"
    named = {(name(page), path) for page in PAGES for path in re.findall(known, text(page))}
    assert named
    exceptions = {"tests/rules/cases/BR-ASYNC-009/"}  # the one that a reader writes
    assert [one for one in sorted(named) if not (ROOT / one[1]).exists() and one[1] not in exceptions] == []


def _without_code(source: str) -> str:
    return re.sub(r"`[^`\n]*`", "", re.sub(r"```.*?```", "", source, flags=re.S))


def _anchors(file: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", _without_code(text(file)), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


# Commands


def shown_commands() -> list[str]:
    found = []
    for page in PAGES:
        found += [line for block in re.findall(r"```sh\n(.*?)```", text(page), re.S) for line in block.splitlines()]
        found += re.findall(r"`((?:python -m \w+|make|docker|gunicorn|greenlatch) [^`\n]+)`", text(page))
    return sorted(set(found) - GENERAL)


@pytest.mark.parametrize("line", shown_commands())
def test_every_command_is_understood(line: str) -> None:
    words = shlex.split(line)
    if words[:4] == ["docker", "compose", "exec", "web"]:
        words = words[4:]
    match words:
        case ["python", "-m", "sphinx", *_]:
            pytest.fail("use make docs")
        case ["python", "-m", module, *rest]:
            assert PARSERS[module]().parse_args(rest)
        case ["greenlatch", *rest]:
            assert arguments.parser().parse_args(rest)
        case ["make", target]:
            assert re.search(rf"^{target}:", text(ROOT / "Makefile"), re.M)
        case ["docker", "compose", "up", "-d", *_] | ["python3", "-m", "venv", _] | ["mkdir", "-p", "secrets"]:
            pass
        case ["docker", "compose", "logs" | "restart", service]:
            assert service in yaml.safe_load(text(ROOT / "compose.yaml"))["services"]
        case ["python3", "-c", code, ">", file]:
            shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
            assert re.fullmatch(r"[0-9a-f]{64}\n", shown.stdout)
            assert is_secret(file)
        case ["sudo", "chown", "10001", *files] | ["sudo", "chmod", "400", *files]:
            assert all(is_secret(file) for file in files)
        case ["pip" | ".venv/bin/pip", "install", "-r", file]:
            assert (ROOT / file).is_file()
        case ["pip", "install", "."]:
            assert (ROOT / "pyproject.toml").is_file()
        case ["kubectl", "apply", "-f", file]:
            assert (ROOT / file).is_file()
        case ["gunicorn" | ".venv/bin/gunicorn", "-c", file, "app:create_app()"]:
            assert (ROOT / file).is_file()
        case _:
            pytest.fail("no test knows this command")


def test_commands_that_alerts_advise_are_understood() -> None:
    texts = " ".join(text for rule in alerts() for text in rule["annotations"].values())
    advised = set(re.findall(r"`python -m (\w+) ([^`]+)`", texts))
    assert {"work", "watch", "doctor"} <= {words.split()[0] for _, words in advised}
    for module, words in advised:
        assert PARSERS[module]().parse_args(shlex.split(words))
    assert "`python -m workers`" not in texts, "say which part"


def is_secret(file: str) -> bool:
    """Whether a file in `secrets` is one that the settings are read from."""
    folder, _, name = file.partition("/")
    return folder == "secrets" and name.removeprefix("greenlatch_") in Settings.model_fields


def test_yaml_that_is_shown_can_be_read() -> None:
    shown = [found for page in PAGES for found in re.findall(r"```yaml\n(.*?)```", text(page), re.S)]
    assert len(shown) >= 4
    hooks = {one["id"] for one in yaml.safe_load(text(ROOT / ".pre-commit-hooks.yaml"))}
    inputs = yaml.safe_load(text(ROOT / "action.yml"))["inputs"].keys()
    for one in map(yaml.safe_load, shown):
        for repo in one.get("repos", []):
            assert {hook["id"] for hook in repo["hooks"]} <= hooks
        for step in one.get("jobs", {}).get("greenlatch", {}).get("steps", []):
            assert "OWNER/greenlatch" not in step["uses"] or step["with"].keys() <= inputs


# What has to be told


def test_every_option_has_words() -> None:
    silent = [
        f"{module}: {action.option_strings or action.dest}"
        for module, parser in PARSERS.items()
        for action in _actions(parser())
        if not isinstance(action, argparse._SubParsersAction) and not action.help
    ]
    assert silent == []


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for one in action.choices.values():
                yield from _actions(one)


def test_every_variable_that_is_named_is_one() -> None:
    known = {f"{PREFIX}{field.rstrip('_').upper()}" for field in Settings.model_fields}
    known |= {"GREENLATCH_BIND", "GREENLATCH_SECRETS_DIR", "GREENLATCH_ENV_FILE"}
    named = {(name(page), one) for page in PAGES for one in re.findall(rf"{PREFIX}[A-Z_]*[A-Z]", text(page))}
    assert named
    assert [one for one in sorted(named) if one[1] not in known] == []


def test_every_setting_and_rule_is_in_the_reference() -> None:
    configuration = text(DOCS / "reference" / "configuration.md")
    assert {f"rules.{rule}" for rule in all_rules()} <= set(re.findall(r"`([\w.*-]+)`", configuration))
    assert set(all_rules()) <= {page.stem for page in PAGES}


def test_every_alert_has_its_advice() -> None:
    told = re.findall(r"^\| (Greenlatch\w+) \| (.+) \|$", text(DOCS / "operating.md"), re.M)
    assert [alert for alert, _ in told] == [rule["alert"] for rule in alerts()]


def test_defaults_are_those_of_the_code() -> None:
    told = dict(re.findall(r"`GREENLATCH_(KEEP_\w+)` \| (\d+) days", text(DOCS / "operating.md")))
    wanted = {n.upper(): f.default for n, f in Settings.model_fields.items() if n.startswith("keep_")}
    assert {key: float(days) for key, days in told.items()} == wanted
