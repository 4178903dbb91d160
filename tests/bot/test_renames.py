"""What was said of a file counts under its new name: keys, fingerprints and paths are translated once."""

from __future__ import annotations

from dataclasses import replace

from bot.anchoring import anchor
from bot.findings import ScanResult, SkippedFile
from bot.renames import Renames
from bot.reviews import ExistingComment, Resolution, ReviewPlan, plan_review
from tests.bot.examples import DIFF, HEAD, LINKS, finding
from tests.bot.test_reviews import MARKERS, plan, stored

FORMER = finding(path="arena/old.py", fingerprint="a" * 16)
PRESENT = finding(fingerprint="b" * 16)
RENAMES = Renames({"arena/old.py": "arena/service.py"}, {"a" * 16: "b" * 16}, {FORMER.key: PRESENT.key})


def told() -> ExistingComment:
    (comment,) = stored(plan([replace(FORMER, reads=(replace(FORMER.reads[0], path="arena/service.py"),))]))
    return replace(comment, path="arena/old.py", line=None)


def after(comment: ExistingComment, result: ScanResult, *, bodies: tuple[str, ...] = ()) -> ReviewPlan:
    return plan_review(
        result,
        anchor(result.new, DIFF),
        comments=[comment] if comment.body else [],
        review_bodies=bodies,
        markers=MARKERS,
        links=LINKS,
        renames=RENAMES,
    )


def test_the_key_is_translated_and_else_its_read() -> None:
    assert RENAMES.key(FORMER.key) == PRESENT.key
    assert RENAMES.key(f"{'a' * 16}.12345678") == f"{'b' * 16}.12345678"
    assert RENAMES.key("a" * 16) == "b" * 16
    assert RENAMES.key("c.d") == "c.d"


def test_what_is_told_is_told_once_and_by_its_new_name() -> None:
    again = after(told(), ScanResult(HEAD, (PRESENT,)))
    (update,) = again.updates
    assert (again.review, update.fixed) == (None, False)
    marker = MARKERS.read(update.body)
    assert marker is not None
    assert marker.keys == (PRESENT.key,)


def test_what_a_person_resolved_is_written_anew_so_that_the_next_name_is_known_too() -> None:
    again = after(replace(told(), resolution=Resolution.BY_PERSON), ScanResult(HEAD, (PRESENT,)))
    assert (again.review, len(again.updates), again.reopen) == (None, 1, ())


def test_what_was_deleted_is_not_told_again() -> None:
    first = plan([replace(FORMER, reads=(replace(FORMER.reads[0], path="arena/service.py"),))])
    assert first.review is not None
    gone = replace(told(), body="")
    assert after(gone, ScanResult(HEAD, (PRESENT,)), bodies=(first.review["body"],)).review is None


def test_a_renamed_file_that_cannot_be_read_is_not_repaired() -> None:
    unread = ScanResult(HEAD, (), (SkippedFile("arena/service.py", "no Python"),))
    assert after(told(), unread).updates == ()
    (update,) = after(told(), ScanResult(HEAD, ())).updates
    assert update.fixed


def test_the_last_of_several_has_the_last_word() -> None:
    other = Renames({"arena/older.py": "arena/service.py"}, {"a" * 16: "c" * 16}, {})
    joined = Renames.joined([RENAMES, other])
    assert (joined.path("arena/older.py"), joined.path("arena/old.py")) == ("arena/service.py", "arena/service.py")
    assert joined.also({"a" * 16}) == {"a" * 16, "c" * 16}
