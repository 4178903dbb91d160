"""Reviews over several scans: what is new is said once, what stands there is kept right, what is gone is marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot import markdown
from bot.anchoring import anchor
from bot.diff import Diff, Status, parse_patch
from bot.findings import Finding, Fix, Safety, ScanResult, SkippedFile, Step
from bot.graphql import Thread as ThreadState
from bot.identity import AppIdentity
from bot.markers import Marker, Markers, MarkerState
from bot.patches import file_change
from bot.resources import ReviewComment
from bot.reviews import (
    CommentUpdate,
    ExistingComment,
    Resolution,
    ReviewPlan,
    own_comments,
    plan_review,
    with_fewer_comments,
)
from tests.bot.examples import DIFF, FINDING, HEAD, LINKS, finding

MARKERS = Markers(b"secret", 7, 12)
OTHER = finding(fingerprint="f" * 16, line=23)
LATER = "d" * 40


def plan(
    findings: Sequence[Finding],
    comments: Sequence[ExistingComment] = (),
    *,
    bodies: Sequence[str] = (),
    diff: Diff = DIFF,
    head: str = HEAD,
) -> ReviewPlan:
    result = ScanResult(head, tuple(findings))
    return plan_review(
        result,
        anchor(result.new, diff),
        comments=comments,
        review_bodies=bodies,
        markers=MARKERS,
        links=replace(LINKS, sha=head),
    )


def stored(planned: ReviewPlan, *, first_id: int = 100) -> list[ExistingComment]:
    """The comments as GitHub keeps them after the review was posted."""
    assert planned.review is not None
    return [
        ExistingComment(number, comment["path"], comment["line"], comment.get("start_line"), comment["body"])
        for number, comment in enumerate(planned.review["comments"], first_id)
    ]


def test_a_first_scan_posts_one_review() -> None:
    planned = plan([FINDING, OTHER, finding(fingerprint="e" * 16, line=90)])
    assert planned.review is not None
    assert (planned.review["event"], planned.review["commit_id"]) == ("COMMENT", HEAD)
    assert [(c["path"], c["line"], c["side"]) for c in planned.review["comments"]] == [
        ("arena/repository.py", 9, "RIGHT"),
        ("arena/service.py", 23, "RIGHT"),
    ]
    assert "arena/service.py:90" in planned.review["body"]
    assert (planned.updates, planned.duplicates, planned.kept) == ((), (), ())


def test_a_comment_on_one_line_has_no_start() -> None:
    planned = plan([FINDING])
    assert planned.review is not None
    assert "start_line" not in planned.review["comments"][0]


def test_a_comment_on_a_range_has_a_start_before_its_line() -> None:
    wide = replace(FINDING, fixes=(), reads=(replace(FINDING.reads[0], line=21, end_line=23),))
    planned = plan([wide])
    assert planned.review is not None
    comment = planned.review["comments"][0]
    assert (comment["start_line"], comment["start_side"], comment["line"]) == (21, "RIGHT", 23)


def test_nothing_found_is_no_review() -> None:
    assert plan([]) == ReviewPlan(None, (), (), (), ())


def test_what_was_there_before_is_not_commented() -> None:
    assert plan([finding(is_new=False)]).review is None


def test_the_same_scan_again_changes_nothing() -> None:
    first = plan([FINDING, OTHER, finding(fingerprint="e" * 16, line=90)])
    assert first.review is not None
    again = plan([FINDING, OTHER, finding(fingerprint="e" * 16, line=90)], stored(first), bodies=[first.review["body"]])
    assert (again.review, again.updates, again.duplicates) == (None, (), ())
    assert [comment_id for comment_id, _ in again.kept] == [100, 101]


def test_a_push_that_changes_nothing_edits_nothing() -> None:
    again = plan([FINDING], stored(plan([FINDING])), head=LATER)
    assert (again.review, again.updates) == (None, ())


def test_a_finding_that_is_told_with_other_words_is_edited() -> None:
    comments = stored(plan([FINDING]))
    (update,) = plan([replace(FINDING, origin=replace(FINDING.origin, line=4))], comments, head=LATER).updates
    assert "arena/repository.py:4" in update.body
    assert not update.fixed


def test_a_new_finding_is_said_beside_those_that_are_known() -> None:
    again = plan([FINDING, OTHER], stored(plan([FINDING])))
    assert again.review is not None
    assert [comment["path"] for comment in again.review["comments"]] == ["arena/service.py"]


def test_a_new_finding_without_a_line_is_told_once() -> None:
    lost = finding(fingerprint="e" * 16, line=90)
    first = plan([lost])
    assert first.review is not None
    assert first.review["comments"] == []
    assert plan([lost], bodies=[first.review["body"]]).review is None
    assert plan([lost], bodies=["arena/service.py:90"]).review is not None


def test_a_comment_that_a_person_deleted_is_not_said_again() -> None:
    first = plan([FINDING, OTHER])
    assert first.review is not None
    kept = stored(first)[1:]
    again = plan([FINDING, OTHER], kept, bodies=[first.review["body"]], head=LATER)
    assert (again.review, again.updates) == (None, ())
    third = finding(fingerprint="e" * 16, line=90)
    more = plan([FINDING, OTHER, third], kept, bodies=[first.review["body"]], head=LATER)
    assert more.review is not None
    assert more.review["comments"] == []
    assert "arena/service.py:90" in more.review["body"]
    assert "arena/service.py:9`" not in more.review["body"]


def test_findings_that_parted_are_each_said() -> None:
    """One comment told both of a line; where it goes on with one of them, the other gets its own."""
    both = [finding(fingerprint="e" * 16, line=23), OTHER]
    first = plan(both)
    assert first.review is not None
    (comment,) = stored(first)
    apart = plan(
        [replace(both[0], reads=(replace(both[0].reads[0], line=22, end_line=22),)), OTHER],
        [comment],
        bodies=[first.review["body"]],
        head=LATER,
    )
    assert apart.review is not None
    assert len(apart.review["comments"]) + len(apart.kept) == 2


def test_a_finding_that_left_the_diff_is_told_once() -> None:
    first = plan([FINDING])
    assert first.review is not None
    assert plan([FINDING], stored(first), bodies=[first.review["body"]], diff=Diff({}), head=LATER).review is None


def test_a_fixed_finding_is_marked_once() -> None:
    comments = stored(plan([FINDING, OTHER]))
    fixed = plan([OTHER], comments, head=LATER)
    assert fixed.review is None
    (update,) = fixed.updates
    assert (update.id, update.fixed) == (100, True)
    assert fixed.kept[0][0] == 101
    assert update.body.startswith("✅ Fixed in [`ddddddd`]")
    marker = MARKERS.read(update.body)
    assert marker is not None
    assert marker.state is MarkerState.FIXED
    assert plan([OTHER], [replace(comments[0], body=update.body), comments[1]], head="e" * 40).updates == ()


def test_a_finding_that_comes_back_uses_its_comment() -> None:
    first = plan([FINDING])
    (comment,) = stored(first)
    (update,) = plan([], [comment], head=LATER).updates
    back = plan([FINDING], [replace(comment, body=update.body)])
    assert back.review is None
    assert back.updates == (CommentUpdate(100, comment.body),)


def test_a_finding_that_is_no_longer_new_is_not_called_fixed() -> None:
    older = replace(FINDING, reads=tuple(replace(read, is_new=False) for read in FINDING.reads))
    assert plan([older], stored(plan([FINDING])), head=LATER).updates == ()


def test_a_finding_in_a_file_that_could_not_be_read_is_not_called_fixed() -> None:
    comments = stored(plan([FINDING]))
    for path in ("arena/repository.py", "arena/service.py"):
        result = ScanResult(LATER, (), (SkippedFile(path, "syntax error on line 3"),))
        anchoring = anchor([], DIFF)
        unknown = plan_review(
            result, anchoring, comments=comments, review_bodies=[], markers=MARKERS, links=replace(LINKS, sha=LATER)
        )
        assert unknown.updates == ()
    elsewhere = ScanResult(LATER, (), (SkippedFile("arena/x.py", "syntax error on line 3"),))
    (update,) = plan_review(
        elsewhere, anchoring, comments=comments, review_bodies=[], markers=MARKERS, links=LINKS
    ).updates
    assert update.fixed


def test_a_finding_that_left_the_diff_is_not_called_fixed() -> None:
    moved = replace(FINDING, origin=Step("arena/elsewhere.py", 1, "moved"), fixes=())
    planned = plan([moved], stored(plan([FINDING])), diff=Diff({}), head=LATER)
    assert planned.updates == ()


def test_a_suggestion_is_not_kept_where_its_lines_moved() -> None:
    """The same finding, three lines further down than its comment stands: committing it there would break the code."""
    (comment,) = stored(plan([FINDING]))
    assert "```suggestion" in comment.body
    (update,) = plan([FINDING], [replace(comment, line=6)]).updates
    assert "```suggestion" not in update.body
    assert "```diff" in update.body
    (update,) = plan([FINDING], [replace(comment, line=None)]).updates
    assert "```suggestion" not in update.body
    (update,) = plan([FINDING], [replace(comment, start_line=8)]).updates
    assert "```suggestion" not in update.body


def test_a_comment_that_github_stored_twice() -> None:
    first = plan([FINDING])
    twice = [*stored(first), *stored(first, first_id=200)]
    assert plan([FINDING], twice).duplicates == (200,)
    answered = [twice[0], replace(twice[1], has_reply=True)]
    assert plan([FINDING], answered).duplicates == (100,)
    both = [replace(comment, has_reply=True) for comment in twice]
    assert plan([FINDING], both).duplicates == ()


def test_comments_without_a_marker_of_this_pull_request_are_left_alone() -> None:
    (comment,) = stored(plan([FINDING]))
    foreign = Markers(b"secret", 7, 13).write(Marker(MarkerState.OPEN, (FINDING.key,)))
    for body in ("free text", comment.body.replace("open", "fixed"), "text" + foreign):
        planned = plan([FINDING], [replace(comment, body=body)])
        assert planned.updates == ()
        assert planned.review is not None


HEAD_FILE = "".join(f"query_{number}()\n" for number in range(9))
ONE_FILE = Diff(
    {
        "q.py": parse_patch(
            "q.py",
            "@@ -0,0 +1,9 @@\n" + "".join(f"+query_{number}()\n" for number in range(9)).rstrip("\n"),
            status=Status.ADDED,
        )
    }
)


def query(number: int) -> Finding:
    """Nine queries reach one read; each is a finding with a fix of its own, and their words are alike."""
    fixed = HEAD_FILE.replace(f"query_{number}()", f"query_{number}(load)")
    fix = Fix("Load it", Safety.SAFE, (file_change("q.py", HEAD_FILE.encode(), fixed.encode()),))
    return finding(line=90, origin=Step("q.py", number + 1, "a query"), fixes=(fix,))


def test_findings_that_share_a_read_keep_their_comments() -> None:
    nine = [query(number) for number in range(9)]
    comments = stored(plan(nine, diff=ONE_FILE))
    assert len(comments) == 9
    again = plan(nine, comments, diff=ONE_FILE)
    assert (again.review, again.updates, again.duplicates) == (None, (), ())
    assert sorted((comment_id, thread.end) for comment_id, thread in again.kept) == [(100 + n, n + 1) for n in range(9)]
    backwards = [replace(comment, id=200 - comment.id) for comment in comments]
    assert plan(nine, backwards, diff=ONE_FILE).updates == ()


def test_findings_that_share_a_read_are_told_apart_by_their_cause() -> None:
    first, second = query(1), replace(query(2), origin=Step("q.py", 3, "another query"))
    one, other = stored(plan([first, second], diff=ONE_FILE))
    lost = [replace(one, id=2, line=None), replace(other, id=1, line=None)]
    kept = plan([first, second], lost, diff=ONE_FILE).kept
    assert sorted((comment_id, thread.findings) for comment_id, thread in kept) == [(1, (second,)), (2, (first,))]


def test_a_second_comment_about_what_is_still_there_is_not_called_fixed() -> None:
    (comment,) = stored(plan([FINDING]))
    marker = MARKERS.write(Marker(MarkerState.OPEN, (FINDING.key,)))
    planned = plan([FINDING], [comment, replace(comment, id=101, line=3, body="with other words" + marker)])
    assert (planned.updates, planned.duplicates) == ((), ())


@pytest.mark.parametrize(
    ("untold", "verdict"), [("ignored", "🔇 Ignored on request."), ("left_out", "🔇 Not told any more")]
)
def test_what_is_no_longer_told_is_not_called_fixed(untold: str, verdict: str) -> None:
    (comment,) = stored(plan([FINDING]))
    result = replace(ScanResult(LATER, ()), **{untold: (FINDING,)})  # type: ignore[arg-type]
    planned = plan_review(result, anchor((), DIFF), comments=[comment], review_bodies=(), markers=MARKERS, links=LINKS)
    (update,) = planned.updates
    assert update.body.startswith(verdict)
    assert planned.resolve == (100,)
    back = plan([FINDING], [replace(comment, body=update.body, resolution=Resolution.BY_US)])
    assert (back.updates, back.reopen) == ((CommentUpdate(100, comment.body),), (100,))


def test_a_fixed_finding_is_resolved_unless_a_person_answered() -> None:
    (comment,) = stored(plan([FINDING]))
    assert plan([], [comment], head=LATER).resolve == (100,)
    answered = plan([], [replace(comment, has_reply=True)], head=LATER)
    assert (len(answered.updates), answered.resolve) == (1, ())


def test_what_a_person_resolved_stays_as_it_is() -> None:
    (comment,) = stored(plan([FINDING]))
    dismissed = replace(comment, resolution=Resolution.BY_PERSON)
    reworded = replace(FINDING, origin=replace(FINDING.origin, line=4))
    again = plan([reworded], [dismissed], head=LATER)
    assert (again.review, again.updates, again.resolve, again.reopen) == (None, (), (), ())
    gone = plan([], [dismissed], head=LATER)
    assert (len(gone.updates), gone.resolve) == (1, ())
    back = plan([FINDING], [replace(dismissed, body=gone.updates[0].body)])
    assert back.reopen == ()


def test_who_resolved_a_thread() -> None:
    def thread(comment_id: int, *, resolved: bool, login: str | None) -> ThreadState:
        by = {"login": login} if login else None
        ours = {"nodes": [{"databaseId": comment_id}]}
        flags = {"viewerCanResolve": True, "viewerCanUnresolve": True}
        return ThreadState.model_validate(
            {"id": "T", "isResolved": resolved, "resolvedBy": by, "comments": ours, **flags}
        )

    raw = {"path": "x.py", "body": "b", "line": 3, "user": {"login": "greenlatch[bot]"}}
    comments = [ReviewComment.model_validate({**raw, "id": number}) for number in (1, 2, 3, 4)]
    threads = [
        thread(1, resolved=False, login=None),
        thread(2, resolved=True, login=None),
        thread(3, resolved=True, login="ada"),
    ]
    own = own_comments(comments, AppIdentity(42, "greenlatch"), threads)
    wanted = [Resolution.OPEN, Resolution.BY_US, Resolution.BY_PERSON, Resolution.OPEN]
    assert [one.resolution for one in own] == wanted


def test_own_comments_and_their_replies() -> None:
    def comment(number: int, login: str, reply_to: int | None = None) -> ReviewComment:
        user = {"login": login}
        raw = {"id": number, "path": "x.py", "body": "b", "line": 3, "start_line": None, "user": user}
        return ReviewComment.model_validate(raw | {"in_reply_to_id": reply_to})

    everything = [
        comment(1, "greenlatch[bot]"),
        comment(2, "greenlatch[bot]"),
        comment(3, "ada"),
        comment(4, "ada", 1),
        comment(5, "greenlatch[bot]", 2),
    ]
    own = own_comments(everything, AppIdentity(42, "greenlatch"))
    assert [(one.id, one.has_reply) for one in own] == [(1, True), (2, False)]


def test_a_refused_review_is_said_without_comments() -> None:
    result = ScanResult(HEAD, (FINDING, OTHER))
    payload = with_fewer_comments(result, (), result.new, MARKERS, LINKS)
    assert payload["comments"] == []
    assert "arena/service.py:22" in payload["body"]
    assert "arena/service.py:23" in payload["body"]
    assert plan([FINDING, OTHER], bodies=[payload["body"]]).review is None
    assert plan([FINDING, OTHER, finding(line=24)], bodies=[payload["body"]]).review is not None


def test_a_very_long_comment_is_cut_and_keeps_its_marker() -> None:
    fix = Fix("Rewrite it", Safety.SAFE, (file_change("big.py", b"a\n", b"line\n" * 3000),))
    origins = [Step("q.py", number, "a query") for number in range(90)]
    crowd = [finding(fingerprint=f"{n:016x}", origin=origin, fixes=(fix,)) for n, origin in enumerate(origins)]
    planned = plan(crowd)
    assert planned.review is not None
    (comment,) = planned.review["comments"]
    assert len(comment["body"]) <= markdown.MAX_BODY
    marker = MARKERS.read(comment["body"])
    assert marker is not None
    assert len(marker.keys) == 90
