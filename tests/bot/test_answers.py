"""Answers to commands about rules and findings."""

from __future__ import annotations

from bot import answers
from bot.ignoring import Already, Forget, Ignored, Remember, Unknown
from tests.bot.snapshots import assert_snapshot

RULES = ("BR-ASYNC-001", "BR-DEP-001")
HOSTILE = "@octocat <!-- greenlatch:1 --> ![x](http://e.com) \n# `a"
IGNORED = Ignored(
    ("0123456789abcdef",),
    "BR-ASYNC-001",
    "arena/service.py",
    "`User.posts` was not loaded",
    "ana",
    7,
    "admin page only",
)


def test_the_page_of_a_rule() -> None:
    assert answers.explain("BR-ASYNC-001", "# Lazy load", RULES) == "# Lazy load"


def test_a_rule_that_is_none() -> None:
    assert answers.explain("BR-ASINC-001", None, RULES) == (
        "There is no rule `BR-ASINC-001`; did you mean `/greenlatch explain BR-ASYNC-001`?"
    )
    assert answers.explain("XX-1", None, RULES) == "There is no rule `XX-1`; there are `BR-ASYNC-001`, `BR-DEP-001`."


def test_answers() -> None:
    texts = [
        answers.to_ignore(Remember(IGNORED)),
        answers.to_ignore(Already(IGNORED)),
        answers.to_ignore(Unknown("deadbeef", ("01234567", "89abcdef"))),
        answers.to_ignore(Unknown("deadbeef")),
        answers.to_unignore(Forget((IGNORED, IGNORED))),
        answers.to_unignore(Unknown("deadbeef")),
    ]
    assert_snapshot("answers_ignoring.md", "\n\n".join(texts))


def test_a_reason_does_nothing_and_is_cut() -> None:
    hostile = Ignored(("0" * 16,), HOSTILE, HOSTILE, HOSTILE, HOSTILE, 7, HOSTILE * 50)
    text = answers.to_ignore(Remember(hostile))
    assert_snapshot("answers_hostile.md", text)
    assert len(text) < 2000
