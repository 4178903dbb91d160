"""YAML: what words mean, where things stand, and what hostile files cost."""

from __future__ import annotations

import pytest

from bot.config import ConfigErrors, load
from bot.config.model import Level
from tests.bot.config.examples import RULES, YAML, told, valid


def test_off_is_a_word_and_no_boolean() -> None:
    config = valid("rules: {BR-ASYNC-001: off, BR-DEP-001: OFF}".replace("OFF", "'off'"))
    assert set(config.document.rules.values()) == {Level.OFF}


def test_only_true_and_false_are_booleans() -> None:
    assert told("comments: {enabled: yes}") == [
        "1:21 `comments.enabled` takes `true` or `false`, not `yes`; write `true`"
    ]
    assert valid("comments: {enabled: False}").document.comments.enabled is False


@pytest.mark.parametrize("written", ["0o17", "1:30", "1_000", "0x1F", "'3'", "3.0", "2020-01-01", "9" * 30])
def test_numbers_are_decimal(written: str) -> None:
    (problem,) = told(f"comments: {{limit: {written}}}")
    assert problem.startswith("1:19 `comments.limit` takes a whole number")


def test_names_are_words_whatever_they_look_like() -> None:
    assert told("true: 1\n3: x")[1].startswith("2:1 `3` is no setting")


def test_lines_and_columns_count_characters_behind_a_bom_and_with_any_line_ends() -> None:
    loaded = load({YAML: "\ufeff# é\r\ngate: {x: 1}\r\n\r\nrules: {'é': 1, nope: off}\r\n".encode()}, RULES)
    assert isinstance(loaded, ConfigErrors)
    places = [(one.place.line, one.place.column) for one in loaded.problems]
    assert places == [(2, 8), (4, 9), (4, 14), (4, 17)]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("gate: a: b", "1:8 this is no YAML: mapping values are not allowed here"),
        ("gate:\n\tfail-on: error", "2:1 this is no YAML: while scanning for the next token found character"),
        ("- gate", "1:1 there are no settings here; write `name: value` lines"),
        ("text", "1:1 there are no settings here"),
        ("a: 1\n---\nb: 2", "2:1 this is no YAML: expected a single document"),
        ("gate: \x01", "1:7 a character that YAML does not allow"),
        ("*a", "1:1 this is no YAML: found undefined alias 'a'"),
        ("[" * 60_000, "1:20 this is nested too deeply for a configuration"),
        ("a:\n" + "".join(" " * n + "- \n" for n in range(40)), "20:"),
    ],
)
def test_what_is_no_yaml(text: str, problem: str) -> None:
    (only,) = told(text)
    assert only.startswith(problem)


def test_what_is_no_utf_8() -> None:
    loaded = load({YAML: b"# ok\ngate: \xff"}, RULES)
    assert (
        str(loaded)
        == ".github/greenlatch.yml, line 2, column 7: the file is no UTF-8; save it in that encoding [not-utf-8]"
    )


def test_mistakes_in_writing_are_told_together_with_all_others() -> None:
    text = """\
        paths:
        gate: {fail-on: error, fail-on: off}
        policy: !!python/object:os.system {}
        comments: {limit: many}
        ? [a]
        : b
        commands: {fix: {permission: !x admin}}
        """
    assert told(text) == [
        "1:1 `paths` has no value; write one, or remove the line",
        "2:24 `fail-on` is here twice; line 2 has it already; remove one of them",
        "3:9 a tag has no meaning here; remove the word that begins with `!`",
        "4:19 `comments.limit` takes a whole number, not `many`",
        "5:3 the name of a setting is a single word",
        "7:30 a tag has no meaning here; remove the word that begins with `!`",
    ]


def test_the_second_of_two_is_told_also_where_the_first_has_no_value() -> None:
    assert len(told("gate:\ngate: {}")) == 2


def test_anchors_may_be_used() -> None:
    config = valid("rules: {BR-ASYNC-001: &level warning, BR-ASYNC-002: *level}")
    assert set(config.document.rules.values()) == {Level.WARNING}


def test_anchors_cannot_be_used_to_blow_up() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 15)]
    (only,) = told("\n".join(lines))
    assert only.endswith("this is too large for a configuration")


def test_a_value_in_itself() -> None:
    (only,) = told("gate: &g {x: *g}")
    assert only.endswith("this is too large for a configuration")
