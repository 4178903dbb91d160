"""What is kept of a scan for its page: code of every hop, patches, and counts of what was found for the first time."""

from __future__ import annotations

from sqlalchemy import select

from bot.findings import Confidence, FileChange, Finding, Fix, Read, Safety, Severity, Step
from bot.identity import Repository
from rules.project import MemoryProject
from workers.detail import MAX_HOPS, MAX_LINE, details, from_json
from workers.models import FindingDetail, RuleDay, Said, ScanState
from workers.scans import Ending, Request, Told
from workers.services import Services

FILES = {"a.py": "".join(f"line_{number}\n" for number in range(1, 21)), "b.py": "x" * 1000 + "\n"}


def finding(*hops: Step, path: str = "a.py") -> Finding:
    read = Read(path, 10, 10, "user.posts", "f" * 16, trace=hops)
    patch = Fix("Load it", Safety.SAFE, (FileChange(path, (), "--- a\n+++ b\n"),))
    origin = Step("a.py", 3, "`User` is loaded")
    return Finding(
        "BR-ASYNC-001", "Lazy load", Severity.ERROR, Confidence.HIGH, "message", (read,), origin, fixes=(patch,)
    )


def test_each_hop_has_the_code_around_it() -> None:
    one = finding(Step("b.py", 1, "is passed on"))
    (detail,) = details([one], MemoryProject(FILES)).values()
    assert [(hop.path, hop.line) for hop in detail.hops] == [("a.py", 3), ("b.py", 1), ("a.py", 10)]
    assert detail.hops[0].first == 1
    assert detail.hops[0].lines == ("line_1", "line_2", "line_3", "line_4", "line_5")
    assert len(detail.hops[1].lines[0]) == MAX_LINE
    assert detail.repairs[0].patch == "--- a\n+++ b\n"
    assert from_json(detail.to_json()) == detail


def test_a_very_long_way_is_cut_in_its_middle() -> None:
    one = finding(*(Step("a.py", number % 20 + 1, f"hop {number}") for number in range(100)))
    (detail,) = details([one], MemoryProject(FILES)).values()
    assert len(detail.hops) == MAX_HOPS
    assert detail.left_out > 50
    assert (detail.hops[0].line, detail.hops[-1].line) == (3, 10)


def test_names_that_no_database_takes_are_cleaned() -> None:
    one = finding(Step("gone\udcff.py", 1, "nul \x00"))
    (detail,) = details([one], MemoryProject(FILES)).values()
    assert (detail.hops[1].path, detail.hops[1].note, detail.hops[1].lines) == ("gone?.py", "nul \ufffd", ())


def test_what_a_pull_request_had_before_is_not_counted_again(services: Services) -> None:
    one = finding()
    (detail,) = details([one], MemoryProject(FILES)).values()
    told = Told(("f" * 16,), one.rule, "error", "high", "a.py", 10, "m", True, Said.INLINE, detail=detail)
    for head in ("a", "b"):
        scan = services.scans.request(Request(Repository(1, "octo/app"), 5, 3, head * 40, "opened")).scan_id
        services.scans.begin(scan, "here")
        services.scans.end(scan, Ending(ScanState.DONE, "", findings=[told, told]))  # two causes of one read
    with services.database.transaction() as session:
        assert [(row.rule, row.found) for row in session.scalars(select(RuleDay))] == [("BR-ASYNC-001", 2)]
        assert len(session.scalars(select(FindingDetail)).all()) == 4
