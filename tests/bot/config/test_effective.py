"""What a configuration decides: paths, severities, gate, commands; and whose value counts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.commands import NEEDS, CommandName, Need, Permission, allowed
from bot.config import DEFAULT, Layer, apply, merge
from bot.findings import Confidence, Finding, Severity
from bot.gate import DEFAULT_GATE, Conclusion, Gate, conclude
from tests.bot.config.examples import valid
from tests.bot.examples import FINDING, finding


def test_the_defaults_change_nothing() -> None:
    findings = (FINDING, finding(path=".hidden/x.py"), finding(severity=Severity.NOTICE))
    assert apply(DEFAULT, findings) == findings
    assert DEFAULT.gate == DEFAULT_GATE
    assert DEFAULT.needs == NEEDS
    assert (DEFAULT.comments_enabled, DEFAULT.comment_limit, DEFAULT.require_explicit_greenlet) == (True, 30, False)


def paths_left(text: str, *paths: str) -> list[str]:
    findings = [finding(path=path) for path in paths]
    return [kept.first.path for kept in apply(valid(text), findings)]


@pytest.mark.parametrize(
    ("patterns", "left"),
    [
        ("include: [src/]", ["src/a.py", "src/tests/b.py", "lib/src/c.py"]),
        ("include: [/src/]", ["src/a.py", "src/tests/b.py"]),
        ("include: ['src/**'], exclude: [tests/]", ["src/a.py"]),
        ("exclude: ['*.html']", ["src/a.py", "src/tests/b.py", "lib/src/c.py"]),
        ("exclude: ['*', '!*.html']", ["t/x.html"]),
        ("include: [t/x.html]", ["t/x.html"]),
        ("exclude: ['**']", []),
    ],
)
def test_patterns_are_those_of_gitignore(patterns: str, left: list[str]) -> None:
    files = ("src/a.py", "src/tests/b.py", "lib/src/c.py", "t/x.html")
    assert paths_left(f"paths: {{{patterns}}}", *files) == left


def test_a_finding_loses_the_reads_that_are_not_selected() -> None:
    first, second = FINDING.reads
    elsewhere = replace(FINDING, reads=(replace(first, path="tests/x.py"), second))
    (kept,) = apply(valid("paths: {exclude: [tests/]}"), [elsewhere])
    assert kept.reads == (second,)
    assert kept.origin == FINDING.origin


def test_a_rule_gets_another_severity_or_is_off() -> None:
    loud = apply(valid("rules: {BR-ASYNC-002: notice}"), [FINDING])
    assert [one.severity for one in loud] == [Severity.NOTICE]
    assert apply(valid("rules: {BR-ASYNC-002: off}"), [FINDING]) == ()
    assert apply(valid("rules: {BR-ASYNC-001: off}"), [FINDING]) == (FINDING,)


WARNING, OLDER = finding(severity=Severity.WARNING), finding(is_new=False)
UNSURE = finding(confidence=Confidence.LOW)


@pytest.mark.parametrize(
    ("text", "one", "conclusion"),
    [
        ("fail-on: warning", WARNING, Conclusion.FAILURE),
        ("fail-on: notice", finding(severity=Severity.NOTICE), Conclusion.FAILURE),
        ("fail-on: off", FINDING, Conclusion.NEUTRAL),
        ("fail-on: off, older-findings: true", OLDER, Conclusion.NEUTRAL),
        ("confidence: low", UNSURE, Conclusion.FAILURE),
        ("confidence: high", finding(confidence=Confidence.MEDIUM), Conclusion.NEUTRAL),
        ("older-findings: true", OLDER, Conclusion.FAILURE),
        ("older-findings: false", OLDER, Conclusion.SUCCESS),
    ],
)
def test_the_gate(text: str, one: Finding, conclusion: Conclusion) -> None:
    assert conclude([one], valid(f"gate: {{{text}}}").gate) is conclusion


def test_who_may_give_a_command() -> None:
    needs = valid("commands: {fix: {author: true}, ignore: {permission: admin}, config: {permission: everybody}}").needs
    assert needs[CommandName.FIX] == Need(Permission.WRITE, pull_author=True)
    assert needs[CommandName.IGNORE] == Need(Permission.ADMIN)
    assert needs[CommandName.CONFIG] == Need(Permission.NONE, pull_author=True)
    assert needs[CommandName.RESCAN] == NEEDS[CommandName.RESCAN]
    assert allowed(CommandName.FIX, Permission.READ, is_pull_author=True, needs=needs)
    assert not allowed(CommandName.IGNORE, Permission.WRITE, is_pull_author=False, needs=needs)


ORGANISATION = valid(
    """\
    paths: {exclude: [legacy/, tests/]}
    rules: {BR-ASYNC-001: warning, BR-ASYNC-002: off}
    gate: {fail-on: notice, confidence: low}
    commands: {fix: {permission: admin}}
    """,
    layer=Layer.ORGANISATION,
)
OWN = valid(
    """\
    paths: {exclude: [docs/]}
    rules: {BR-ASYNC-002: error}
    gate: {fail-on: error}
    commands: {fix: {author: true}}
    """
)


def test_the_repository_goes_before_the_organisation_setting_by_setting() -> None:
    both = merge(ORGANISATION, OWN)
    assert both.document.paths.exclude == ("docs/",)
    assert {rule: level.value for rule, level in both.document.rules.items()} == {
        "BR-ASYNC-001": "warning",
        "BR-ASYNC-002": "error",
    }
    assert both.gate == Gate(Severity.ERROR, Confidence.LOW)
    assert both.needs[CommandName.FIX] == Need(Permission.ADMIN, pull_author=True)


def test_a_default_that_is_written_down_goes_before_the_organisation() -> None:
    assert merge(ORGANISATION, valid("gate: {confidence: medium}")).gate.confidence is Confidence.MEDIUM


def test_to_merge_with_nothing_changes_nothing() -> None:
    assert merge(DEFAULT, OWN) == OWN
    assert merge(OWN, DEFAULT) == OWN
    assert merge(DEFAULT, DEFAULT) == DEFAULT


def test_every_value_says_where_it_comes_from() -> None:
    values = {".".join(map(str, key)): (value, place) for key, value, place in merge(ORGANISATION, OWN).values()}
    sources = {key: (place.layer.value, place.line) for key, (_, place) in values.items() if place}
    assert sources == {
        "paths.exclude": ("repository", 1),
        "rules.BR-ASYNC-001": ("organisation", 2),
        "rules.BR-ASYNC-002": ("repository", 2),
        "gate.fail-on": ("repository", 3),
        "gate.confidence": ("organisation", 3),
        "commands.fix.permission": ("organisation", 4),
        "commands.fix.author": ("repository", 4),
    }
    assert values["paths.include"] == (["**"], None)
    assert values["commands.fix.permission"][0] == "admin"
    assert values["commands.rescan.author"] == (True, None)
