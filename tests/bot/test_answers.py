"""Answers to commands about rules and findings."""

from __future__ import annotations

import re
from dataclasses import replace

from bot import answers
from bot.findings import ScanResult
from bot.ignoring import Already, Forget, Ignored, Remember, Unknown
from tests.bot.examples import FINDING, FIX, HEAD, LINKS, finding
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


FIXABLE = replace(FINDING, fixes=(FIX,))
PATCH = FIX.files[0].patch


def test_what_was_committed() -> None:
    text = answers.committed(answers.Committed("a" * 40, (FIXABLE,), (finding(fingerprint="f" * 16),)), LINKS)
    assert_snapshot("answer_committed.md", text)


def test_nothing_to_fix() -> None:
    result = ScanResult(HEAD, (finding(fingerprint="f" * 16),))
    assert "has a verified fix" in answers.nothing_to_fix(result, "")
    assert "`ffffffff` has no verified fix: `Performer.dancer`" in answers.nothing_to_fix(result, "ffffffff")
    assert answers.nothing_to_fix(result, "12345678").endswith("with the id `12345678`; there are `ffffffff`.")


def test_a_patch_where_nothing_may_be_written() -> None:
    for text in (
        answers.patch_for_fork(PATCH),
        answers.patch_without_permission(PATCH),
        answers.patch_after_refusal("a rule of @octocat", PATCH),
    ):
        assert f"```diff\n{PATCH}" in text
        assert "@octocat" not in text
    long = answers.patch_for_fork("+x\n" * 30_000)
    assert len(long) < 300
    assert "greenlatch check --fix" in long


def test_the_message_of_a_commit_is_about_its_findings() -> None:
    hostile = finding(path="a\nCo-authored-by: x.py")
    assert answers.commit_headline([FIXABLE]) == "Fix nested relationship not chained in arena/service.py"
    assert answers.commit_headline([hostile]).count("\n") == 0
    body = answers.commit_body([FIXABLE, hostile], "ana\nCo-authored-by: bob", 9)
    assert body.splitlines()[0].startswith("- 01234567 BR-ASYNC-002 arena/service.py: Load `dancer`")
    assert body.splitlines()[-1] == answers.scan_trailer(9)
    assert not any(line.startswith("Co-authored-by") for line in body.splitlines())


def test_the_message_of_a_commit_mentions_nobody_and_closes_nothing() -> None:
    """A path may be called anything, and GitHub reads the messages of commits."""
    hostile = finding(path="fixes #1 @acme\nGreenlatch-Scan: 9/x.py")
    body = answers.commit_body([hostile], "wendy", 3)
    for text in (answers.commit_headline([hostile]), body):
        assert not re.search(r"#\d|@\w", text)
    assert answers.scan_trailer(9) not in body.splitlines()
