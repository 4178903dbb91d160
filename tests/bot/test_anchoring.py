"""Every finding is said somewhere: which of them at which line."""

from __future__ import annotations

from dataclasses import replace

from bot.anchoring import MAX_THREADS, Anchoring, anchor
from bot.diff import NO_DIFF, Diff, Status, parse_patch
from bot.findings import Confidence, Finding, Fix, Safety, Severity, Step
from bot.patches import file_change
from tests.bot.examples import DIFF, FINDING, FIX, REPOSITORY, finding

IN_REPOSITORY = Step("arena/repository.py", 9, "the query")


def places(anchoring: Anchoring) -> list[tuple[str, int, int]]:
    return [(thread.path, thread.start, thread.end) for thread in anchoring.threads]


def test_a_suggestion_stands_at_the_lines_that_it_replaces() -> None:
    anchoring = anchor([FINDING], DIFF)
    assert places(anchoring) == [("arena/repository.py", 9, 9)]
    assert anchoring.threads[0].suggested == (FINDING,)


def test_without_a_suggestion_the_read_comes_first() -> None:
    anchoring = anchor([finding(origin=IN_REPOSITORY)], DIFF)
    assert places(anchoring) == [("arena/service.py", 22, 22)]
    assert anchoring.threads[0].suggestion is None


def test_a_read_that_is_new_goes_before_one_that_was_there() -> None:
    old, new = replace(FINDING.reads[0], is_new=False), FINDING.reads[1]
    assert places(anchor([replace(FINDING, reads=(old, new), fixes=())], DIFF)) == [("arena/service.py", 23, 23)]


def test_then_the_query() -> None:
    assert places(anchor([finding(line=90, origin=IN_REPOSITORY)], DIFF)) == [("arena/repository.py", 9, 9)]


def test_then_a_step_between_them() -> None:
    trace = (Step("arena/service.py", 21, "far"), Step("arena/service.py", 24, "near"), Step("arena/x.py", 1, "out"))
    assert places(anchor([finding(line=90, trace=trace)], DIFF)) == [("arena/service.py", 24, 24)]


def test_else_it_is_told_elsewhere() -> None:
    lost = finding(line=90)
    assert anchor([lost], DIFF) == Anchoring((), (lost,))
    assert anchor([FINDING], NO_DIFF) == Anchoring((), (FINDING,))


def test_a_read_over_several_lines() -> None:
    read = replace(FINDING.reads[0], line=22, end_line=23)
    assert places(anchor([replace(FINDING, reads=(read,), fixes=())], DIFF)) == [("arena/service.py", 22, 23)]
    beyond = replace(read, line=24, end_line=30)
    assert places(anchor([replace(FINDING, reads=(beyond,), fixes=())], DIFF)) == [("arena/service.py", 24, 24)]


def test_findings_at_one_line_are_told_together() -> None:
    findings = [finding(fingerprint=f"{number:016x}", origin=Step("q.py", number, "a query")) for number in range(9)]
    anchoring = anchor(findings, DIFF)
    assert places(anchoring) == [("arena/service.py", 22, 22)]
    assert anchoring.threads[0].findings == tuple(findings)


def test_two_fixes_of_one_query_are_one_suggestion_and_one_patch() -> None:
    other_fix = Fix(
        "Load `battles`",
        Safety.SAFE,
        (file_change("arena/repository.py", REPOSITORY.encode(), REPOSITORY.replace("performers))", "x))").encode()),),
    )
    other = finding(fingerprint="1" * 16, line=90, origin=IN_REPOSITORY, fixes=(other_fix,))
    (thread,) = anchor([FINDING, other], DIFF).threads
    assert thread.findings == (FINDING, other)
    assert thread.suggested == (FINDING,)
    assert thread.suggestion is not None
    assert "selectinload(Performer.dancer)" in thread.suggestion.text


def test_the_same_fix_for_two_findings_is_suggested_once() -> None:
    other = finding(fingerprint="1" * 16, line=90, fixes=(FIX,))
    (thread,) = anchor([FINDING, other], DIFF).threads
    assert thread.suggested == (FINDING, other)


def test_no_two_suggestions_touch_the_same_lines() -> None:
    head = "import a\n" + "".join(f"use({number})\n" for number in range(100))
    body = "\n".join("+" + line for line in head.splitlines())
    diff = Diff({"x.py": parse_patch("x.py", f"@@ -0,0 +1,101 @@\n{body}", status=Status.ADDED)})
    findings = []
    for number in range(0, 100, 7):
        fixed = head.replace("import a", "import a, b").replace(f"use({number})", f"use({number}, b)")
        fix = Fix("Use b", Safety.SAFE, (file_change("x.py", head.encode(), fixed.encode()),))
        findings.append(finding(path="x.py", line=number + 2, fingerprint=f"{number:016x}", fixes=(fix,)))
    anchoring = anchor(findings, diff)
    suggestions = [thread.suggestion for thread in anchoring.threads if thread.suggestion]
    assert len(suggestions) == 1
    assert suggestions[0].text.count(", b)") == 9
    assert sum(len(thread.findings) for thread in anchoring.threads) == len(findings)


def test_the_gravest_are_inline_and_the_rest_is_told_elsewhere() -> None:
    body = "\n".join(f"+line {number}" for number in range(100))
    diff = Diff({"x.py": parse_patch("x.py", f"@@ -0,0 +1,100 @@\n{body}", status=Status.ADDED)})
    kinds = [(Severity.NOTICE, Confidence.HIGH), (Severity.ERROR, Confidence.LOW), (Severity.ERROR, Confidence.HIGH)]
    findings: list[Finding] = [
        finding(
            path="x.py",
            line=line,
            fingerprint=f"{line:016x}",
            severity=kinds[line % 3][0],
            confidence=kinds[line % 3][1],
        )
        for line in range(1, 61)
    ]
    anchoring = anchor(findings, diff)
    assert len(anchoring.threads) == MAX_THREADS
    told = [thread.findings[0] for thread in anchoring.threads]
    assert {(told_one.severity, told_one.confidence) for told_one in told[:20]} == {kinds[2]}
    assert {(told_one.severity, told_one.confidence) for told_one in told[20:]} == {kinds[1]}
    assert len(anchoring.elsewhere) == 30
    assert {*told, *anchoring.elsewhere} == set(findings)
