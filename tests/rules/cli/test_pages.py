"""`explain`, `list` and `dump`: what is printed about the rules and by the engine's stages."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from rules.__main__ import main
from rules.cli.dump import plain
from rules.cli.pages import language, markdown, summary
from rules.finding import Severity
from rules.rule import all_rules

PAGE = """Lazy load (BR-X-001)

Reading what was not
loaded fails.

Bad:

    user = await session.get(User, 1)

    user.posts

Good: this.
"""


def test_explain_prints_the_page_as_it_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "br-sup-001"]) == 0
    assert capsys.readouterr().out == all_rules()["BR-SUP-001"].page()


def test_explain_in_colours_renders_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "BR-SUP-001", "--color", "always"]) == 0
    painted = capsys.readouterr().out
    assert "\x1b[" in painted
    words = re.findall(r"\w+", re.sub(r"\x1b\[[\d;]*m", "", painted))
    assert {"Suppression", "selectinload", "removes"} <= set(words)


def test_explain_without_a_rule_lists_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()[: len(all_rules())]] == list(all_rules())


def test_list_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--format", "json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [rule["id"] for rule in listed] == sorted(all_rules())
    assert {"id": "BR-SUP-001", "severity": "notice"}.items() <= listed[-1].items()


def test_list_as_markdown_is_one_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--format", "markdown"]) == 0
    head, rule, *rows = capsys.readouterr().out.splitlines()
    assert (head, rule) == ("| rule | what it finds | severity |", "|---|---|---|")
    assert [row.split(" | ")[0] for row in rows] == [f"| {name}" for name in all_rules()]
    assert rows[-1] == "| BR-SUP-001 | Suppression comment that suppresses nothing | notice |"


def test_every_rule_has_a_whole_page() -> None:
    for name, rule in all_rules().items():
        page = rule.page()
        assert page.splitlines()[0].endswith(f"({name})")
        missing = [word for word in ("\nBad:\n", "\nGood:\n", "\nFix", "\nSilent on:") if word not in page]
        assert missing == [], name


def test_page_as_markdown() -> None:
    assert markdown(PAGE) == (
        "# Lazy load (BR-X-001)\n\nReading what was not\nloaded fails.\n\nBad:\n\n"
        "```python\nuser = await session.get(User, 1)\n\nuser.posts\n```\n\nGood: this.\n"
    )
    assert summary(PAGE) == "Reading what was not loaded fails."


@pytest.mark.parametrize(
    ("code", "name"),
    [("a = await b", "python"), ("[project]\nname = 'x'", "toml"), ("sqlalchemy[asyncio]>=2", "text")],
)
def test_examples_are_highlighted_as_what_they_are(code: str, name: str) -> None:
    assert language(code) == name


@dataclass(frozen=True)
class Stage:
    name: str
    severity: Severity
    parts: tuple[object, ...] = ()
    names: frozenset[str] = frozenset()


def test_dump_is_told_in_json() -> None:
    stage = Stage(
        "a", Severity.ERROR, (Stage("b", Severity.NOTICE), {Path("x"): 1.5, "none": None}), frozenset({"d", "c"})
    )
    assert plain(stage) == {
        "name": "a",
        "severity": "error",
        "parts": [{"name": "b", "severity": "notice"}, {"x": 1.5, "none": None}],
        "names": ["c", "d"],
    }
