"""The README tells what is: its commands and names exist, its examples are what is really printed.

What it shows of commands is made here; `UPDATE_SNAPSHOTS=1` writes what is seen now, to be reviewed.
"""

from __future__ import annotations

import ast
import importlib
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot import events, messages
from bot.anchoring import Thread, anchor
from bot.auth import Access
from bot.commands import Command, parse_line
from bot.diff import parse_diff
from bot.links import Links
from bot.settings import PREFIX, Settings
from rules.analyze import analyze
from rules.cli import arguments, listing
from rules.project import MemoryProject
from rules.source.comments import suppressions
from tests.pulls.demo import DemoPull, load_pull, load_pulls
from tests.rules.scoring import load_cases
from tests.rules.test_truth import FLOORS
from workers.convert import to_result

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
ARCHITECTURE = ROOT / "docs" / "architecture.md"
PAGES = (README, ARCHITECTURE, ROOT / "CHANGELOG.md")
EXAMPLE = "000-digest-source"
UNASKED = {"ping", "installation", "installation_repositories", "check_run", "check_suite"}
"""Events that GitHub sends to every app, or to every one that writes checks."""
FOR_EVENTS = {"merge_queues": "read"}
"""Permissions that no call needs, and without which GitHub does not send an event."""
NOT_SETTINGS = {
    "GREENLATCH_BIND": "workers/gunicorn_conf.py",
    "GREENLATCH_SECRETS_DIR": "bot/settings.py",
    "GREENLATCH_ENV_FILE": "bot/settings.py",
    "GREENLATCH_SETUP_TOKEN": "workers/gunicorn_conf.py",
}
OF_THE_COMMAND_LINE = {"GREENLATCH_CACHE_DIR": "rules/cli/caching.py"}


def text() -> str:
    return README.read_text("utf-8")


def block(name: str) -> str:
    """What stands between the markers of a part."""
    return text().split(f"<!-- {name}: begin -->\n")[1].split(f"<!-- {name}: end -->")[0]


def assert_block(name: str, wanted: str) -> None:
    if os.environ.get("UPDATE_SNAPSHOTS"):
        begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->"
        before, rest = text().split(begin)
        README.write_text(f"{before}{begin}{wanted}{end}{rest.split(end)[1]}", "utf-8")
    assert block(name) == wanted


def column(name: str, number: int = 0) -> list[str]:
    """One column of the table in a part, without its heading."""
    rows = [line.strip("| ").split(" | ") for line in block(name).splitlines() if line.startswith("|")]
    return [row[number].strip("` ") for row in rows[2:]]


# What is generated


def test_the_table_of_rules_is_current() -> None:
    assert_block("rules", listing.as_markdown())


@pytest.fixture(scope="module")
def example() -> DemoPull:
    return load_pull(EXAMPLE)


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)


def test_the_output_of_check_is_what_it_prints(example: DemoPull, tmp_path: Path) -> None:
    write(tmp_path, example.tree())
    command = ["python", "-m", "rules", "check", "digest"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        [sys.executable, *command[1:]], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60
    )
    assert (ran.returncode, ran.stderr) == (1, "")
    assert_block("check", f"```text\n$ {' '.join(command)}\n{ran.stdout}```\n")


def test_the_comment_is_what_is_posted(example: DemoPull, tmp_path: Path) -> None:
    """As a quotation, its links as their texts."""
    thread = the_thread(example, git_diff(example, tmp_path))
    told = messages.thread_body(thread, Links("https://github.example/demo/services", "a" * 40))
    told = re.sub(r"\[([^]]*)\]\(https:[^)]*\)", r"\1", told)
    assert_block("comment", "".join(f"> {line}".rstrip() + "\n" for line in told.splitlines()))


def git_diff(pull: DemoPull, folder: Path) -> bytes:
    def git(*words: str) -> bytes:
        command = ["git", "-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false", *words]
        return subprocess.run(command, cwd=folder, capture_output=True, check=True, timeout=60).stdout

    git("init", "--quiet")
    write(folder, pull.base)
    git("add", ".")
    git("commit", "--quiet", "--message=base")
    write(folder, pull.tree())
    git("add", ".")
    return git("diff", "--cached", "--no-ext-diff", "--no-color", "--no-renames")


def the_thread(pull: DemoPull, diff: bytes) -> Thread:
    head = MemoryProject(pull.tree())
    base = MemoryProject(pull.base)
    result = to_result("a" * 40, analyze(head), head, analyze(base, fixes=False), base)
    (thread,) = anchor(result.new, parse_diff(diff)).threads
    return thread


# What a run of the demo shows


def test_the_run_shows_the_demo_pull_requests() -> None:
    rows = re.findall(
        r"^#(\d) (.+?)  +(\d+) +(\w+) +http://127\.0\.0\.1:8421/demo/services/pull/(\d)$", block("run"), re.M
    )
    assert rows == [
        (str(number), pull.title, str(len(pull.expected)), pull.conclusion, str(number))
        for number, pull in enumerate(load_pulls(), 1)
    ]


def test_the_figures_are_those_that_the_tests_hold() -> None:
    recall = min(floor.recall for floor in FLOORS.values())
    precision = min(floor.precision for floor in FLOORS.values())
    numbers = [int(number) for number in re.findall(r"\d+", block("truth"))]
    assert numbers == [len(load_cases()), len(FLOORS), round(100 * recall), round(100 * precision)]


# Commands


def shell_lines() -> list[str]:
    """Every line of a shell block, and every command in running text."""
    shown = [line for found in re.findall(r"```sh\n(.*?)```", text(), re.S) for line in found.splitlines()]
    inline = re.findall(r"`((?:python3? -|make |greenlatch |gunicorn |docker |pip )[^`\n]*)`", text())
    return list(dict.fromkeys([*shown, *inline]))


def test_commands_are_found() -> None:
    assert {"make run", "make test", "make run ONCE=1", "python -m rules check PATH"} <= set(shell_lines())


@pytest.mark.parametrize("line", shell_lines())
def test_every_command_exists(line: str) -> None:
    match shlex.split(line):
        case ["make", target, *_]:
            assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text("utf-8"), re.M)
            subprocess.run(["make", "--dry-run", target], cwd=ROOT, capture_output=True, check=True, timeout=60)
        case ["python", "-m", "rules", *words]:
            assert arguments.parser().parse_args(words)
        case ["greenlatch", *words]:
            scripts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["scripts"]
            assert scripts["greenlatch"] == "rules.__main__:main"
            assert arguments.parser().parse_args([*words, "."])
        case ["python", "-m", module, *words]:
            with pytest.raises(SystemExit) as ended:
                importlib.import_module(f"{module}.__main__").main([*words, "--help"])
            assert ended.value.code == 0
        case ["gunicorn", "-c", path, "app:create_app()"]:
            assert (ROOT / path).is_file()
            defined = ast.parse((ROOT / "app.py").read_text("utf-8")).body
            assert "create_app" in [node.name for node in defined if isinstance(node, ast.FunctionDef)]
        case ["docker", "compose", "up", "-d"]:
            assert {"web", "worker", "redis", "postgres"} <= yaml_file("compose.yaml")["services"].keys()
        case ["docker", "compose", "logs", service]:
            assert service in yaml_file("compose.yaml")["services"]
        case ["pip", "install", "-r", path]:
            assert (ROOT / path).is_file()
        case ["pip", "install", "."]:
            assert (ROOT / "pyproject.toml").is_file()
        case ["python3", "-m", "venv", _]:
            pass
        case ["python3", "-c", code]:
            shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
            assert re.fullmatch(r"[0-9a-f]{64}\n", shown.stdout)
        case _:
            pytest.fail("no test knows this command")


def yaml_file(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_text("utf-8"))


def test_commands_of_comments_exist() -> None:
    shown = re.findall(r"`(/greenlatch [^`]*)`", text().replace(block("comment"), ""))
    assert shown
    assert [line for line in shown if not isinstance(parse_line(line), Command)] == []


def test_the_hook_and_the_action_have_what_is_used_of_them() -> None:
    hook, workflow = [yaml.safe_load(found) for found in re.findall(r"```yaml\n(.*?)```", text(), re.S)]
    known = {one["id"] for one in yaml_file(".pre-commit-hooks.yaml")}
    assert {one["id"] for one in hook["repos"][0]["hooks"]} <= known
    assert all(f"`{name}`" in text() for name in known)
    (used,) = [step["with"] for step in workflow["jobs"]["greenlatch"]["steps"] if "greenlatch" in step["uses"]]
    assert used.keys() <= yaml_file("action.yml")["inputs"].keys()


def test_the_suppression_comment_is_understood() -> None:
    (line,) = re.findall(r"`([^`]*# greenlatch: [^`]*)`", text())
    (found,) = suppressions(line, ast.parse(line))
    assert found.rules == ("BR-ASYNC-001",)
    assert found.reason


# Configuration


def environment_names() -> dict[str, tuple[str, ...]]:
    """The variable of each setting, and what else it is read from."""
    found: dict[str, tuple[str, ...]] = {}
    for name, field in Settings.model_fields.items():
        alias = field.validation_alias
        choices = [str(one) for one in getattr(alias, "choices", [])] or [f"{PREFIX}{name.upper()}"]
        found[choices[0]] = tuple(one for one in choices[1:] if one.isupper())
    return found


def test_the_table_of_settings_is_that_of_the_code() -> None:
    known = environment_names()
    assert sorted(column("settings")) == sorted({*known, *NOT_SETTINGS})
    assert set(re.findall(rf"{PREFIX}[A-Z_]*[A-Z]", text())) == {*known, *NOT_SETTINGS, *OF_THE_COMMAND_LINE}
    for name, file in NOT_SETTINGS.items():
        assert name in (ROOT / file).read_text("utf-8")


def test_the_other_names_of_settings_are_told() -> None:
    rows = {line.split("`")[1]: line for line in block("settings").splitlines() if line.startswith("| `")}
    others = {name: tuple(re.findall(r"also read as `(\w+)`", row)) for name, row in rows.items()}
    assert {name: others[name] for name in environment_names()} == environment_names()


def test_what_is_needed_is_said_to_be() -> None:
    needed = dict(zip(column("settings"), column("settings", 1), strict=True))
    required = {f"{PREFIX}{name.upper()}" for name, field in Settings.model_fields.items() if field.is_required()}
    assert {name for name, said in needed.items() if said == "yes"} == required


def test_permissions_are_those_that_tokens_are_asked_for_with() -> None:
    used = [access for access in Access if access is not Access.WRITE_CODE]
    wanted = {"metadata": "read", **FOR_EVENTS}
    for access in used:
        wanted |= access.permissions
    told = zip(column("permissions"), column("permissions", 1), strict=True)
    levels = {"read": "read", "read and write": "write"}
    assert {name.lower().replace(" ", "_"): levels[level] for name, level in told} == wanted


def test_events_are_those_about_which_something_is_done() -> None:
    known = {one.name for one in _below(events.Event) if isinstance(getattr(one, "name", None), str) and one.name}
    told = {name.lower().replace(" ", "_") for name in column("events")}
    assert told == known - UNASKED
    assert known >= UNASKED


def _below(cls: type[events.Event]) -> Iterator[type[events.Event]]:
    for one in cls.__subclasses__():
        yield one
        yield from _below(one)


def test_addresses_of_the_application_exist() -> None:
    shown = set(re.findall(r"`(?:GET|POST) (/\w+)`", text())) | {"/webhook"}
    source = (ROOT / "app.py").read_text("utf-8")
    assert shown == set(re.findall(r'@pages\.(?:get|post)\("(/\w+)"\)', source))


# The page about the architecture


def test_the_architecture_names_what_there_is() -> None:
    source = ARCHITECTURE.read_text("utf-8")
    named = set(re.findall(r"`((?:app|web|bot|workers|rules|tests|migrations|docs)(?:/[\w./]*|\.py))`", source))
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []
    packages = {f"rules/{folder.parent.name}/" for folder in (ROOT / "rules").glob("*/__init__.py")}
    assert sorted(packages - named) == []


# Links


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    source = page.read_text("utf-8")
    headings = {_anchor(line) for line in re.findall(r"^#+ (.*)$", re.sub(r"```.*?```", "", source, flags=re.S), re.M)}
    targets = re.findall(r"\]\(([^)\s]+)\)", source)
    wrong = [
        target
        for target in targets
        if not target.startswith("https://")
        and (target[1:] not in headings if target.startswith("#") else not (page.parent / target).exists())
    ]
    assert wrong == []


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
