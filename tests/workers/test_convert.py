"""The engine's report becomes what a review tells: what is new, where, and each fix as whole lines."""

from __future__ import annotations

from dataclasses import replace

from bot import findings as told
from bot.renames import Renames
from rules.finding import Confidence, Edit, Finding, Fix, Location, Read, Safety, Severity, Step
from rules.project import MemoryProject
from rules.report import Report, Skipped
from workers.convert import renames_of, to_result

SOURCE = "async def show(session):\r\n    user = await session.get(User, 1)\r\n    return user.posts\r\n"
PROJECT = MemoryProject({"app.py": SOURCE})
FIX = Fix(
    "Load `posts` with the query on line 2",
    Safety.SAFE,
    (Edit("app.py", 2, 37, 2, 37, ", options=[selectinload(User.posts)]"), Edit("app.py", 1, 1, 1, 1, "import x\n")),
)


def read(fingerprint: str, line: int = 3) -> Read:
    return Read(
        Location("app.py", line, 12, line, 22), "user.posts", fingerprint, (Step("app.py", 2, 18, "the query"),)
    )


def finding(*reads: Read, fixes: tuple[Fix, ...] = ()) -> Finding:
    origin = Step("app.py", 2, 18, "loads `User`")
    return Finding(
        "BR-ASYNC-001", "`posts` was not loaded", Severity.ERROR, Confidence.HIGH, reads, origin, "User", "posts", fixes
    )


def test_a_finding_is_new_where_one_of_its_reads_is() -> None:
    head = Report((finding(read("old"), read("new", 1)), finding(read("old"))))
    result = to_result("a" * 40, head, PROJECT, Report((finding(read("old")),)), PROJECT)
    assert [one.is_new for one in result.findings] == [True, False]
    assert result.findings[0].first.line == 1
    assert (len(result.new), len(result.older)) == (1, 1)


def test_what_the_base_suppressed_is_not_new() -> None:
    base = Report((), suppressed=(finding(read("old")),))
    assert to_result("a" * 40, Report((finding(read("old")),)), PROJECT, base, PROJECT).new == ()


def test_everything_that_is_told_comes_along() -> None:
    (one,) = to_result("a" * 40, Report((finding(read("f")),)), PROJECT, Report(()), PROJECT).findings
    assert (one.rule, one.severity, one.confidence) == ("BR-ASYNC-001", told.Severity.ERROR, told.Confidence.HIGH)
    assert (one.model, one.attribute, one.origin) == ("User", "posts", told.Step("app.py", 2, "loads `User`"))
    assert one.first.trace == (told.Step("app.py", 2, "the query"),)
    assert one.title
    assert "BR-" not in one.title


def test_a_fix_becomes_whole_lines_with_their_line_endings() -> None:
    (one,) = to_result("a" * 40, Report((finding(read("f"), fixes=(FIX,)),)), PROJECT, Report(()), PROJECT).findings
    assert one.safe_fix is not None
    (file,) = one.safe_fix.files
    first, second = file.changes
    assert (first.start, first.end, first.new) == (1, 0, ("import x\r\n",))
    assert (second.start, second.end) == (2, 2)
    assert second.new == ("    user = await session.get(User, 1, options=[selectinload(User.posts)])\r\n",)


def test_skipped_files_are_told() -> None:
    report = Report((), skipped=(Skipped("x.py", "no Python"),))
    assert to_result("a" * 40, report, PROJECT, Report(()), PROJECT).skipped == (told.SkippedFile("x.py", "no Python"),)


def test_what_was_moved_to_another_file_is_not_new() -> None:
    before = MemoryProject({"old.py": SOURCE})
    there = Location("old.py", 3, 12, 3, 22)
    base = Report((finding(replace(read("old"), location=there)),))
    moved = Report((finding(read("new")),))
    assert to_result("a" * 40, moved, PROJECT, base, before).new == ()
    copied = MemoryProject({"app.py": SOURCE, "old.py": SOURCE})
    assert len(to_result("a" * 40, moved, copied, base, before).new) == 1


def test_a_finding_in_a_renamed_file_knows_what_it_was_called() -> None:
    """As the engine would have called it there: by the fingerprint of the read, and by the way to it."""
    location = Location("app.py", 3, 12, 3, 22)
    identity = ("BR-ASYNC-001", "show", "user.posts", "User.posts")
    moved = Read.of(location, "user.posts", identity, (Step("app.py", 2, 18, "the query"),))
    before = Read.of(replace(location, path="old.py"), "user.posts", identity, (Step("old.py", 2, 18, "the query"),))
    former = replace(finding(before), origin=Step("old.py", 2, 18, "loads `User`"))
    base = MemoryProject({"old.py": SOURCE})
    was = to_result("a" * 40, Report((former,)), base, Report(()), base).findings[0]
    head = Report((finding(moved),))
    result = to_result("a" * 40, head, PROJECT, Report(()), PROJECT)
    renames = renames_of(head, result, {"app.py": "old.py"})
    assert renames.fingerprints == {was.first.fingerprint: moved.fingerprint}
    assert renames.keys == {was.key: result.findings[0].key}
    assert renames.path("old.py") == "app.py"
    assert renames_of(head, result, {}) == Renames()
