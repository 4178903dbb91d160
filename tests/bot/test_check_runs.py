"""Check runs: payloads within GitHub's limits, and the verdict."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from bot import check_runs
from bot.config import DEFAULT, DEFAULT_CHOICE, Choice, Config, Layer, Place, Problem
from bot.config.model import Document, GateOptions
from bot.findings import Confidence, Finding, Fix, Safety, ScanResult, Severity
from bot.gate import Conclusion, Gate, conclude
from bot.patches import file_change
from tests.bot.examples import FINDING, HEAD, LINKS, finding

NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)


PROBLEMS = (Problem("unknown-setting", Place(".github/greenlatch.yml", 3, 5), "`gates` is no setting", "or so"),)
WRONG_HEAD = Choice(DEFAULT, head_problems=PROBLEMS, changed=True)
OLDER_COUNT = Choice(Config(Document(gate=GateOptions.model_validate({"older-findings": True}))))


def many(number: int) -> tuple[Finding, ...]:
    return tuple(finding(line=n + 1, fingerprint=f"{n:016x}") for n in range(number))


def completed(
    findings: tuple[Finding, ...], *, can_push: bool = True, choice: Choice = DEFAULT_CHOICE
) -> list[dict[str, Any]]:
    result = ScanResult(HEAD, findings)
    conclusion = conclude(findings, wrong_configuration=bool(choice.head_problems))
    return check_runs.completed(
        result,
        conclusion,
        LINKS,
        told_elsewhere=result.new,
        can_push=can_push,
        completed_at=NOW,
        choice=choice,
    )


def test_the_run_is_created_before_anything_else() -> None:
    payload = check_runs.queued(HEAD, "scan-9", "https://latch.example/scans/9")
    assert (payload["status"], payload["head_sha"], payload["external_id"]) == ("queued", HEAD, "scan-9")
    assert payload["details_url"] == "https://latch.example/scans/9"
    assert "details_url" not in check_runs.queued(HEAD, "scan-9")


def test_times_are_utc() -> None:
    there = datetime(2026, 11, 21, 14, 0, 0, tzinfo=timezone(timedelta(hours=2)))
    assert check_runs.in_progress(there)["started_at"] == "2026-11-21T12:00:00Z"


def test_a_clean_run_ends_in_one_update() -> None:
    (payload,) = completed(())
    assert (payload["status"], payload["conclusion"]) == ("completed", "success")
    assert payload["output"]["annotations"] == []
    assert payload["actions"] == []


@pytest.mark.parametrize(("number", "chunks"), [(1, [1]), (50, [50]), (51, [50, 1]), (120, [50, 50, 20])])
def test_annotations_come_in_portions_and_only_the_last_concludes(number: int, chunks: list[int]) -> None:
    payloads = completed(many(number))
    assert [len(payload["output"]["annotations"]) for payload in payloads] == chunks
    assert [payload.get("conclusion") for payload in payloads] == [None] * (len(chunks) - 1) + ["failure"]
    assert all(payload["output"]["title"] and payload["output"]["summary"] for payload in payloads)
    lines = [a["start_line"] for payload in payloads for a in payload["output"]["annotations"]]
    assert lines == list(range(1, number + 1))


def test_an_annotation() -> None:
    read = replace(FINDING.first, end_line=24)
    note = check_runs.annotation(replace(FINDING, reads=(read,)))
    assert (note["path"], note["start_line"], note["end_line"]) == ("arena/service.py", 22, 24)
    assert note["annotation_level"] == "failure"
    assert note["title"] == "Nested relationship not chained (01234567)"
    assert "start_column" not in note


@pytest.mark.parametrize(("severity", "level"), [(Severity.WARNING, "warning"), (Severity.NOTICE, "notice")])
def test_levels(severity: Severity, level: str) -> None:
    assert check_runs.annotation(finding(severity=severity))["annotation_level"] == level


def test_what_was_there_before_is_not_annotated() -> None:
    (payload,) = completed((finding(is_new=False),))
    assert payload["output"]["annotations"] == []
    assert "1 problem was there before" in payload["output"]["summary"]


def test_what_was_there_before_is_annotated_and_told_where_it_counts() -> None:
    (payload,) = completed((FINDING, finding(is_new=False, fingerprint="f" * 16)), choice=OLDER_COUNT)
    assert [note["title"][-9:-1] for note in payload["output"]["annotations"]] == ["01234567", "ffffffff"]
    assert payload["output"]["title"] == "1 new problem, 1 older one"
    assert payload["output"]["text"].count("/greenlatch ignore ffffffff") == 1


def test_mistakes_in_a_changed_configuration_are_told_at_their_lines() -> None:
    (payload,) = completed((), choice=WRONG_HEAD)
    assert payload["conclusion"] == "action_required"
    assert payload["output"]["title"] == "The configuration is wrong; no new problems"
    assert payload["output"]["annotations"] == [
        {
            "path": ".github/greenlatch.yml",
            "start_line": 3,
            "end_line": 3,
            "annotation_level": "failure",
            "title": "Wrong configuration",
            "message": "`gates` is no setting; or so",
        }
    ]
    assert "[`.github/greenlatch.yml:3`](" in payload["output"]["summary"]


def test_mistakes_in_the_configuration_come_before_findings() -> None:
    payloads = completed(many(120), choice=WRONG_HEAD)
    annotations = [note for payload in payloads for note in payload["output"]["annotations"]]
    assert (len(annotations), annotations[0]["title"]) == (121, "Wrong configuration")
    assert payloads[-1]["conclusion"] == "failure"


def test_a_wrong_configuration_on_the_base_branch_is_told_with_its_line() -> None:
    payload = check_runs.wrong_configuration(PROBLEMS, {Layer.REPOSITORY: LINKS}, NOW)
    assert payload["output"]["title"] == "The configuration is wrong"
    assert ".github/greenlatch.yml#L3)" in payload["output"]["summary"]


def test_everything_stays_below_the_limits() -> None:
    long = "x" * 3000
    fix = Fix(long, Safety.SAFE, (file_change("x.py", b"a\n", b"".join(b"%d\n" % n for n in range(30_000))),))
    findings = tuple(replace(one, title=long, message=long * 9, fixes=(fix,)) for one in many(1200))
    payloads = completed(findings)
    assert len(payloads) == 20
    for payload in payloads:
        output = payload["output"]
        assert len(output["title"]) <= 255
        assert len(output["summary"]) <= 65_535
        assert len(output.get("text", "")) <= 65_535
        for note in output["annotations"]:
            assert len(note["title"]) <= 255
            assert len(note["message"].encode()) <= 65_536
            assert len(note["raw_details"].encode()) <= 65_536


def test_the_button_is_there_where_fixes_can_be_committed() -> None:
    (button,) = completed((FINDING,))[-1]["actions"]
    assert button["identifier"] == check_runs.APPLY_FIXES
    assert len(button["label"]) <= 20
    assert len(button["description"]) <= 40
    assert len(button["identifier"]) <= 20
    assert completed((FINDING,), can_push=False)[-1]["actions"] == []
    assert completed((finding(),))[-1]["actions"] == []


@pytest.mark.parametrize(
    ("payload", "conclusion"),
    [
        (check_runs.not_checked("the commit is gone", NOW), "neutral"),
        (check_runs.superseded("c" * 40, LINKS, NOW), "neutral"),
        (check_runs.cancelled("closed", NOW), "neutral"),
        (check_runs.wrong_configuration(PROBLEMS, {}, NOW), "action_required"),
    ],
)
def test_a_run_that_tells_no_verdict_ends_too(payload: dict[str, Any], conclusion: str) -> None:
    assert (payload["status"], payload["conclusion"]) == ("completed", conclusion)
    assert payload["completed_at"] == "2026-11-21T12:00:00Z"
    assert payload["output"]["title"]
    assert payload["output"]["summary"]


LOW = finding(confidence=Confidence.LOW)
WARNING = finding(severity=Severity.WARNING)
OLDER = finding(is_new=False)


@pytest.mark.parametrize(
    ("findings", "gate", "conclusion"),
    [
        ([], Gate(), Conclusion.SUCCESS),
        ([FINDING], Gate(), Conclusion.FAILURE),
        ([WARNING], Gate(), Conclusion.NEUTRAL),
        ([WARNING], Gate(severity=Severity.WARNING), Conclusion.FAILURE),
        ([LOW], Gate(), Conclusion.NEUTRAL),
        ([LOW], Gate(confidence=Confidence.LOW), Conclusion.FAILURE),
        ([OLDER], Gate(), Conclusion.SUCCESS),
        ([OLDER], Gate(older=True), Conclusion.FAILURE),
        ([FINDING], Gate(severity=None), Conclusion.NEUTRAL),
        ([OLDER, WARNING], Gate(), Conclusion.NEUTRAL),
    ],
)
def test_the_verdict(findings: list[Finding], gate: Gate, conclusion: Conclusion) -> None:
    assert conclude(findings, gate) is conclusion


def test_a_draft_is_never_failed() -> None:
    assert conclude([FINDING], draft=True) is Conclusion.NEUTRAL
    assert conclude([], draft=True) is Conclusion.SUCCESS
    assert conclude([], draft=True, wrong_configuration=True) is Conclusion.NEUTRAL


def test_a_wrong_configuration_holds_a_merge_up_and_hides_no_failure() -> None:
    assert conclude([], wrong_configuration=True) is Conclusion.ACTION_REQUIRED
    assert conclude([WARNING], wrong_configuration=True) is Conclusion.ACTION_REQUIRED
    assert conclude([FINDING], wrong_configuration=True) is Conclusion.FAILURE
