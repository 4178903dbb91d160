"""What people read, as snapshots; and that names from code do nothing in it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot import messages
from bot.anchoring import Thread, anchor
from bot.commands import NEEDS, CommandName, Misunderstood, Need, Permission
from bot.diagram import mermaid, way
from bot.diff import NO_DIFF
from bot.findings import Fix, Safety, ScanResult, SkippedFile, Step
from bot.patches import file_change
from tests.bot.examples import DIFF, FINDING, HEAD, LINKS, finding
from tests.bot.snapshots import assert_snapshot

MANY = tuple(finding(fingerprint=f"{n:016x}", origin=Step("arena/q.py", n, f"query {n}")) for n in range(1, 4))


def test_a_comment_with_a_suggestion() -> None:
    (thread,) = anchor([FINDING], DIFF).threads
    assert_snapshot("comment_with_suggestion.md", messages.thread_body(thread, LINKS))


def test_a_comment_with_a_patch() -> None:
    unverified = Fix("Load it", Safety.UNSAFE, (file_change("x.py", b"a\n```\n", b"b\n```\n"),))
    thread = Thread("arena/service.py", 22, 22, (finding(fixes=(unverified,)),))
    assert_snapshot("comment_with_patch.md", messages.thread_body(thread, LINKS))


def test_a_comment_on_one_read_with_several_causes() -> None:
    assert_snapshot("comment_with_causes.md", messages.thread_body(Thread("arena/service.py", 22, 22, MANY), LINKS))


def test_reads_on_one_line_are_told_once() -> None:
    first = FINDING.first
    crowd = replace(FINDING, reads=(first, first, *(replace(first, line=line) for line in (22, 30, 30, 31))))
    assert messages.more_reads(crowd, LINKS).count("](") == 2
    many = replace(FINDING, reads=(first, *(replace(first, line=line) for line in range(100, 130))))
    assert messages.more_reads(many, LINKS).endswith("and 20 more")
    assert messages.more_reads(finding(), LINKS) == ""


def test_a_finding_that_the_suggestion_does_not_repair_shows_its_patch() -> None:
    fix = Fix("Load it elsewhere", Safety.SAFE, (file_change("y.py", b"a\n", b"b\n"),))
    twin = replace(FINDING, fixes=(fix,))
    (thread,) = anchor([FINDING], DIFF).threads
    body = messages.thread_body(replace(thread, findings=(FINDING, twin)), LINKS)
    assert body.count("```suggestion") == 1
    assert "+++ b/y.py" in body


def test_a_comment_about_a_dependency() -> None:
    step = Step("pyproject.toml", 9, "`sqlalchemy` is required here")
    about = replace(
        finding(path="pyproject.toml", line=9, origin=step, message="`sqlalchemy` alone does not bring greenlet"),
        rule="BR-DEP-001",
        model="",
        attribute="",
    )
    assert_snapshot("comment_dependency.md", messages.thread_body(Thread("pyproject.toml", 9, 9, (about,)), LINKS))


RESULT = ScanResult(
    HEAD,
    (FINDING, *MANY, finding(fingerprint="f" * 16, is_new=False)),
    skipped=(SkippedFile("arena/old.py", "syntax error on line 3"),),
    ignored=(FINDING, FINDING),
)


def test_the_body_of_a_review() -> None:
    assert_snapshot("review.md", messages.review_body(RESULT, 2, MANY[:2], LINKS))
    only = ScanResult(HEAD, (FINDING,))
    assert_snapshot("review_all_inline.md", messages.review_body(only, 1, (), LINKS))


def test_the_check_run() -> None:
    assert messages.check_title(RESULT) == "4 new problems"
    assert_snapshot("check_summary.md", messages.check_summary(RESULT, LINKS))
    assert_snapshot("check_text.md", messages.check_text([FINDING, MANY[0]], LINKS))
    nothing = ScanResult(HEAD, ())
    assert messages.check_title(nothing) == "No new problems"
    assert_snapshot("check_summary_clean.md", messages.check_summary(nothing, LINKS))


def test_an_annotation_is_no_markdown() -> None:
    assert messages.annotation_message(FINDING) == (
        "`Performer.dancer` was not loaded with `Battle.performers`; reading it here fails\n"
        "Fix: Load `dancer` with the query on line 9"
    )
    assert messages.annotation_details(FINDING).splitlines() == [
        "arena/repository.py:9: the query loads `performers` and stops there",
        "arena/routes.py:31: `battle` is passed to `blazes`",
        "arena/service.py:21: `performer` is an element of `battle.performers`",
        "arena/service.py:22: reads `performer.dancer`",
    ]


def test_a_comment_whose_finding_is_gone() -> None:
    (thread,) = anchor([FINDING], DIFF).threads
    assert_snapshot("fixed.md", messages.fixed(messages.thread_body(thread, LINKS), "c" * 40, LINKS))


def test_what_was_there_before_is_told_where_it_counts() -> None:
    assert messages.check_title(RESULT, older=True) == "4 new problems, 1 older one"
    assert messages.check_title(ScanResult(HEAD, RESULT.older), older=True) == "No new problems, 1 older one"
    counted = messages.check_summary(RESULT, LINKS, older=True)
    assert "There before this pull request, and counted here:" in counted
    assert counted.count("`ffffffff`") == 1
    assert "not told here" not in counted
    assert "`ffffffff`" not in messages.check_summary(RESULT, LINKS)


def test_who_may_do_what_is_told_as_it_is_configured() -> None:
    needs = {**NEEDS, CommandName.FIX: Need(Permission.ADMIN, pull_author=True)}
    assert (
        "| commits the verified fixes to the branch, or the one of a finding | admin permission, and the author |"
        in (messages.help_text(needs))
    )
    assert messages.not_allowed(CommandName.FIX, Permission.READ, needs) == (
        "`/greenlatch fix [id]` is for people with admin permission and the author of the pull request;"
        " you have only read permission here."
    )


def test_answers_to_commands() -> None:
    texts = [
        messages.misunderstood(Misunderstood("/greenlatch rescn", "`rescn` is not a command", "did you mean `…`?")),
        messages.not_allowed(CommandName.FIX, Permission.READ),
        messages.not_allowed(CommandName.RESCAN, Permission.NONE),
        messages.help_text(),
        messages.not_checked("the commit was force-pushed away"),
        messages.superseded("c" * 40, LINKS),
        messages.cancelled("the pull request was closed"),
    ]
    assert_snapshot("answers.md", "\n\n".join(texts))


@pytest.mark.parametrize("rule", sorted(messages.WHY))
def test_every_reason_names_the_exception(rule: str) -> None:
    assert "MissingGreenlet" in messages.WHY[rule]
    assert "please" not in messages.WHY[rule].lower()


HOSTILE = "`@octocat <!-- greenlatch:1 --> </details> ![x](http://e.com) \n```\n# a"


def test_hostile_names_stay_in_their_place() -> None:
    bad = replace(
        finding(path=HOSTILE, message=HOSTILE, origin=Step(HOSTILE, 3, HOSTILE), trace=(Step(HOSTILE, 4, HOSTILE),)),
        model=HOSTILE,
        fixes=(Fix(HOSTILE, Safety.SAFE, (file_change(HOSTILE, b"```\n</details>\n", b"````\n@octocat\n"),)),),
    )
    bad = replace(bad, reads=(replace(bad.first, expression=HOSTILE),))
    result = ScanResult(HEAD, (bad,), (SkippedFile(HOSTILE, HOSTILE),))
    assert_snapshot("hostile_comment.md", messages.thread_body(Thread(HOSTILE, 22, 22, (bad,)), LINKS))
    assert_snapshot("hostile_review.md", messages.review_body(result, 0, [bad], LINKS))
    assert anchor([bad], NO_DIFF).elsewhere == (bad,)


def test_a_short_way_needs_no_diagram() -> None:
    assert mermaid(way(finding())) == ""


def test_a_way_tells_each_place_once() -> None:
    read = Step("arena/service.py", 22, "reads `performer.dancer`")
    there = finding(origin=Step("q.py", 1, "query"), trace=(Step("q.py", 1, "query"), Step("r.py", 2, "passed")))
    assert way(there) == (Step("q.py", 1, "query"), Step("r.py", 2, "passed"), read)
    told = finding(origin=Step("q.py", 1, "query"), trace=(Step("r.py", 2, "passed"), replace(read, note="read here")))
    assert way(told) == (Step("q.py", 1, "query"), Step("r.py", 2, "passed"), replace(read, note="read here"))
    twice = finding(origin=Step("q.py", 1, "query"), trace=(Step("r.py", 2, "passed"), Step("r.py", 2, "passed")))
    assert way(twice) == (Step("q.py", 1, "query"), Step("r.py", 2, "passed"), read)
    at_once = finding(origin=replace(read, note="read at once"))
    assert way(at_once) == (read,)


def test_a_very_long_way_is_shortened() -> None:
    trace = tuple(Step("x.py", number, f"step {number}") for number in range(100))
    diagram = mermaid(way(finding(trace=trace)))
    assert diagram.count("[") == 20
    assert "reads 'performer.dancer'" in diagram
