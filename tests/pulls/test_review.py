"""The engine on the demo pull requests: what it finds, and what its own fixes make of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from rules.analyze import analyze
from rules.finding import Finding, Safety
from rules.fixes.edit_text import apply_edits, compatible, merged
from rules.project import MemoryProject
from tests.pulls.demo import DemoPull, load_pull, main_branch
from tests.pulls.scenario import run_scenario, write_tree

PULLS = ("000-digest-source", "001-driver-mismatch", "002-job-timestamps", "003-battle-performers")

KNOWN_MISSES: Mapping[str, str] = {}
"""Pull requests whose findings are not right yet, each with its reason. Strict: one that is right must go."""

KNOWN_UNFIXED: Mapping[str, str] = {}
"""Pull requests that do not work yet after the engine's fixes. Strict as well."""

Told = tuple[str, str, str, str]
"""Rule, path of the first read, attribute, path of the cause."""


def test_main_branch_has_no_finding() -> None:
    assert [told(finding) for finding in analyze(MemoryProject(main_branch()), fixes=False).findings] == []


def pulls(known: Mapping[str, str]) -> list[Any]:
    return [
        pytest.param(name, marks=pytest.mark.xfail(strict=True, reason=known[name]) if name in known else ())
        for name in PULLS
    ]


@pytest.mark.parametrize("name", pulls(KNOWN_MISSES))
def test_finds_what_is_expected_and_nothing_else(name: str) -> None:
    demo = load_pull(name)
    found = analyze(MemoryProject({**main_branch(), **demo.tree()}), fixes=False).findings
    assert sorted(map(told, found)) == sorted(expected(demo))


@pytest.mark.xfail("003-battle-performers" in KNOWN_MISSES, strict=True, reason="see KNOWN_MISSES")
def test_finds_the_five_queries_that_reach_the_names() -> None:
    demo = load_pull("003-battle-performers")
    source = demo.tree()["tournament/battle_app/repositories/battle.py"].decode().splitlines()
    found = analyze(MemoryProject(demo.tree()), fixes=False).findings
    assert sorted(enclosing(source, finding.origin.line) for finding in found) == sorted(
        one.query for one in demo.expected
    )


@pytest.mark.parametrize("name", pulls(KNOWN_UNFIXED))
def test_works_after_the_safe_fixes(name: str, tmp_path: Path) -> None:
    repaired = with_safe_fixes(load_pull(name).tree())
    assert run_scenario(name, write_tree(tmp_path, repaired)).failures == ()


def told(finding: Finding) -> Told:
    return finding.rule, finding.location.path, finding.attribute, finding.origin.path


def expected(demo: DemoPull) -> Iterable[Told]:
    return ((one.rule, one.path, one.attribute, one.origin) for one in demo.expected)


def enclosing(source: list[str], line: int) -> str:
    """The name of the function around a line."""
    (name,) = [text.split("def ")[1].split("(")[0] for text in source[:line] if "def " in text][-1:]
    return name


def with_safe_fixes(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files after the first safe fix of each finding, as far as they go together."""
    safe = [
        [fix for fix in finding.fixes if fix.safety is Safety.SAFE]
        for finding in analyze(MemoryProject(files)).findings
    ]
    chosen, _ = compatible([fixes[0] for fixes in safe if fixes])
    edits = merged(chosen)
    return {path: apply_edits(data.decode(), edits.get(path, ())).encode() for path, data in files.items()}
