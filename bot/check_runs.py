"""Payloads of check runs, from created to completed, within GitHub's limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from bot import markdown, messages
from bot.config import DEFAULT_CHOICE, Choice, Problem, texts
from bot.config.texts import Sites
from bot.findings import Finding, ScanResult, Severity
from bot.gate import Conclusion
from bot.links import Links

Payload = dict[str, Any]

NAME = "Greenlatch"
FIXES_NAME = "Greenlatch fixes"
"""The run that shows how it goes with a commit of fixes that somebody asked for; no merge should wait for it."""
APPLY_FIXES = "apply-fixes"
MAX_ANNOTATIONS = 50
"""In one request; later requests add to them, and nothing takes one back: a re-run needs a new check run."""
MAX_ANNOTATED = 1000
MAX_TITLE = 255
MAX_MESSAGE = 16_000
"""GitHub allows 64 KB, which are bytes: a character has up to four."""

LEVELS = {Severity.ERROR: "failure", Severity.WARNING: "warning", Severity.NOTICE: "notice"}
FIX_BUTTON = {"label": "Apply fixes", "description": "Commit the verified fixes", "identifier": APPLY_FIXES}


def queued(head_sha: str, external_id: str, details_url: str | None = None, *, name: str = NAME) -> Payload:
    """To create the run, first of all: a required check that is never reported blocks for ever."""
    output = {"title": messages.waiting_title(), "summary": messages.not_finished()}
    payload = {"name": name, "head_sha": head_sha, "status": "queued", "external_id": external_id, "output": output}
    return payload | ({"details_url": details_url} if details_url else {})


def in_progress(started_at: datetime) -> Payload:
    output = {"title": messages.running_title(), "summary": messages.not_finished()}
    return {"status": "in_progress", "started_at": timestamp(started_at), "output": output}


def completed(
    result: ScanResult,
    conclusion: Conclusion,
    links: Links,
    *,
    told_elsewhere: Sequence[Finding],
    can_push: bool,
    completed_at: datetime,
    choice: Choice = DEFAULT_CHOICE,
    review_refused: str = "",
) -> list[Payload]:
    """The updates that end a run, to be sent in this order: only the last one concludes.

    `told_elsewhere` are the new findings without an inline comment; `can_push` offers the button that commits the
    fixes; `choice` is the configuration in use, whose mistakes in this pull request are annotated first;
    `review_refused` is why GitHub took no review.
    """
    older = choice.config is not None and choice.config.gate.older
    counted = result.older if older else ()
    annotations = [*map(problem_annotation, choice.head_problems), *map(annotation, (*result.new, *counted))]
    refused = [messages.review_refused(review_refused)] if review_refused else []
    remarks = [*refused, *texts.remarks(choice, links)]
    output = {
        "title": _title(result, choice, older=older)[:MAX_TITLE],
        "summary": markdown.cut(messages.check_summary(result, links, older=older, remarks=remarks)),
    }
    *earlier, last = list(_chunks(annotations[:MAX_ANNOTATED])) or [[]]
    text = markdown.cut(messages.check_text([*told_elsewhere, *counted], links))
    final = output | ({"text": text} if text else {}) | {"annotations": last}
    fixable = can_push and any(finding.safe_fix for finding in result.new)
    end = _ended(conclusion, final, completed_at) | {"actions": [FIX_BUTTON] if fixable else []}
    return [*({"output": output | {"annotations": chunk}} for chunk in earlier), end]


def not_checked(reason: str, completed_at: datetime) -> Payload:
    """Nothing could be said about the commit: that holds nothing up, and says why."""
    output = {"title": messages.not_checked_title(), "summary": markdown.cut(messages.not_checked(reason))}
    return _ended(Conclusion.NEUTRAL, output, completed_at)


def superseded(sha: str, links: Links, completed_at: datetime) -> Payload:
    output = {"title": messages.superseded_title(), "summary": messages.superseded(sha, links)}
    return _ended(Conclusion.NEUTRAL, output, completed_at)


def cancelled(reason: str, completed_at: datetime) -> Payload:
    output = {"title": messages.cancelled_title(), "summary": markdown.cut(messages.cancelled(reason))}
    return _ended(Conclusion.NEUTRAL, output, completed_at)


def wrong_configuration(problems: Sequence[Problem], sites: Sites, completed_at: datetime) -> Payload:
    """`problems` are on the base branch, or in the defaults of the organisation."""
    summary = markdown.cut(texts.wrong_on_base(problems, sites))
    return _ended(Conclusion.ACTION_REQUIRED, {"title": texts.WRONG_TITLE, "summary": summary}, completed_at)


def fixes(title: str, summary: str, completed_at: datetime, *, done: bool) -> Payload:
    """The end of a run that shows how it went with a commit of fixes."""
    output = {"title": title[:MAX_TITLE], "summary": markdown.cut(summary)}
    return _ended(Conclusion.SUCCESS if done else Conclusion.NEUTRAL, output, completed_at)


def annotation(finding: Finding) -> Payload:
    """Works on any line of any file. No columns: GitHub takes them for one-line ranges only."""
    read = finding.first
    return {
        "path": read.path,
        "start_line": read.line,
        "end_line": max(read.line, read.end_line),
        "annotation_level": LEVELS[finding.severity],
        "title": f"{finding.title} ({finding.short_id})"[:MAX_TITLE],
        "message": messages.annotation_message(finding)[:MAX_MESSAGE],
        "raw_details": messages.annotation_details(finding)[:MAX_MESSAGE],
    }


def problem_annotation(problem: Problem) -> Payload:
    """A mistake in the configuration that the pull request brings, at its line."""
    return {
        "path": problem.place.path,
        "start_line": problem.place.line,
        "end_line": problem.place.line,
        "annotation_level": "failure",
        "title": texts.ANNOTATION_TITLE,
        "message": markdown.visible(problem.sentence)[:MAX_MESSAGE],
    }


def timestamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _title(result: ScanResult, choice: Choice, *, older: bool) -> str:
    title = messages.check_title(result, older=older)
    return f"{texts.WRONG_TITLE}; {title[0].lower()}{title[1:]}" if choice.head_problems else title


def _ended(conclusion: Conclusion, output: Mapping[str, Any], completed_at: datetime) -> Payload:
    return {
        "status": "completed",
        "conclusion": conclusion.value,
        "completed_at": timestamp(completed_at),
        "output": dict(output),
    }


def _chunks(annotations: list[Payload]) -> Iterator[list[Payload]]:
    for start in range(0, len(annotations), MAX_ANNOTATIONS):
        yield annotations[start : start + MAX_ANNOTATIONS]
