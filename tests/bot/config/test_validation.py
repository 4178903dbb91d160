"""Every mistake is told in one sentence, at its place, all of them at once."""

from __future__ import annotations

import pytest

from tests.bot.config.examples import told, wrong


def test_all_mistakes_at_once_in_the_order_of_the_file() -> None:
    text = """\
        paths:
          exlude: [docs/]
        rules:
          BR-ASYNC-01: off
          BR-DEP-001: fatal
        gate:
          fail_on: error
          confidence: hgh
          limit: 3
        comments:
          limit: 99
        commands:
          fixx: {}
          fix: {permision: write, author: [1]}
        policy: 3
        nonsense: 1
        """
    assert told(text) == [
        "2:3 `exlude` is no setting of `paths`; did you mean `exclude`?",
        "4:3 `BR-ASYNC-01` is no rule; did you mean `BR-ASYNC-001`?",
        "5:15 `rules.BR-DEP-001` takes `error`, `warning`, `notice` or `off`, not `fatal`",
        "7:3 `fail_on` is no setting of `gate`; did you mean `fail-on`?",
        "8:15 `gate.confidence` takes `high`, `medium` or `low`, not `hgh`; did you mean `high`?",
        "9:3 `limit` is no setting of `gate`; did you mean `comments.limit`?",
        "11:10 `comments.limit` takes a whole number, 30 at most, not `99`",
        "13:3 `fixx` is no command; did you mean `fix`?",
        "14:9 `permision` is no setting of `commands.fix`; did you mean `permission`?",
        "14:35 `commands.fix.author` takes `true` or `false`, not a list",
        "15:9 `policy` takes settings of its own, not `3`",
        "16:1 `nonsense` is no setting; there are `paths`, `rules`, `gate`, `comments`, `commands` and `policy`",
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("rules: {br-async-001: off}", "`br-async-001` is no rule; did you mean `BR-ASYNC-001`?"),
        ("rules: {E501: off}", "`E501` is no rule; there are `BR-ASYNC-001`, `BR-ASYNC-002` and `BR-DEP-001`"),
        ("rules: [BR-ASYNC-001]", "`rules` takes settings of its own, not a list"),
        ("rules: {BR-DEP-001: true}", "`rules.BR-DEP-001` takes `error`, `warning`, `notice` or `off`, not `true`"),
        ("gate: {fail-on: {error: 1}}", "`gate.fail-on` takes `error`, `warning`, `notice` or `off`, not settings"),
        ("gate: {fail-on: Error}", "`gate.fail-on` takes `error`, `warning`, `notice` or `off`, not `Error`; did you"),
        ("comments: {limit: -1}", "`comments.limit` takes a whole number, 0 or more, not `-1`"),
        ("comments: {limit: true}", "`comments.limit` takes a whole number, not `true`"),
        ("comments: {enabled: 1}", "`comments.enabled` takes `true` or `false`, not `1`"),
        ("paths: {include: src}", "`paths.include` takes a list, not `src`"),
        ("paths: {include: []}", "`paths.include` takes one item or more, not an empty list"),
        ("paths: {exclude: [1]}", "`paths.exclude.1` takes text, not `1`"),
        ("paths: {exclude: [a, '#b']}", "the pattern `#b` matches nothing"),
        ("paths: {exclude: ['[z-a]']}", "the pattern `[z-a]` is no pattern as in `.gitignore`"),
        ("paths: {exclude: ['!']}", "the pattern `!` is no pattern as in `.gitignore`"),
        ("paths: {exclude: ['" + "*a" * 11 + "']}", "is too long or has too many stars"),
        ("paths: {exclude: [" + "a," * 201 + "]}", "`paths.exclude` takes 200 items at most, not a list"),
        ("commands: {merge: {}}", "`merge` is no command; there are `config`, `explain`, `fix`"),
        ("commands: {fix: {permission: none}}", "takes `admin`, `write`, `read` or `everybody`, not `none`"),
        ("policy: {greenlet: true}", "`greenlet` is no setting of `policy`; there is only `require-explicit-greenlet`"),
        ("policy: {require_explicit_greenlet: true}", "did you mean `require-explicit-greenlet`?"),
        ("fail-on: error", "`fail-on` is no setting; did you mean `gate.fail-on`?"),
    ],
)
def test_one_mistake(text: str, sentence: str) -> None:
    (problem,) = told(text)
    assert sentence in problem


def test_texts_of_others_are_shown_short_and_on_one_line() -> None:
    (problem,) = told('"a`b\\n@octocat ' + "x" * 500 + '": 1')
    assert problem.startswith("1:1 `a'b @octocat xxx")
    assert len(problem) < 200
    assert "\n" not in problem


def test_the_whole_line_for_people() -> None:
    assert str(wrong("gate: {fail-on: no}")) == (
        ".github/greenlatch.yml, line 1, column 17: `gate.fail-on` takes `error`, `warning`, `notice` or `off`, not"
        " `no` [wrong-value]"
    )
