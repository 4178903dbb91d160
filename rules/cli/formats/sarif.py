"""The report as SARIF 2.1.0 (OASIS, Errata 01), as GitHub's code scanning and editors read it.

The trace of each read is a code flow. Paths are relative to the root of the repository, and columns count Unicode
code points, as everywhere in the report.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any
from urllib.parse import quote

from rules.cli.checked import Checked
from rules.cli.pages import markdown, summary
from rules.cli.sources import Sources
from rules.cli.version import version
from rules.finding import Confidence, Edit, Finding, Fix, Location, Read, Severity, Step
from rules.report import Skipped
from rules.rule import Rule, all_rules

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ROOT = "SRCROOT"
FINGERPRINT = "greenlatch/v1"

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTICE: "note"}
_PROBLEM_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTICE: "recommendation"}
_RANKS = {Confidence.HIGH: 90.0, Confidence.MEDIUM: 60.0, Confidence.LOW: 30.0}

Json = dict[str, Any]


def render(checked: Checked, sources: Sources) -> str:
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [_Run(checked, sources).to_json()]}
    return json.dumps(log, indent=2) + "\n"


class _Run:
    def __init__(self, checked: Checked, sources: Sources) -> None:
        self._checked = checked
        self._sources = sources
        self._rules = list(all_rules().values())
        self._indexes = {rule.id: index for index, rule in enumerate(self._rules)}

    def to_json(self) -> Json:
        report = self._checked.report
        suppressed = [
            {**self._result(finding), "suppressions": [{"kind": "inSource"}]} for finding in report.suppressed
        ]
        return {
            "tool": {"driver": {"name": "Greenlatch", "version": version(), "rules": [*map(_rule, self._rules)]}},
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": {ROOT: {"description": {"text": "The root of the repository."}}},
            "invocations": [
                {
                    "executionSuccessful": True,
                    "toolExecutionNotifications": [self._notification(skipped) for skipped in report.skipped],
                }
            ],
            "results": [*map(self._result, report.findings), *suppressed],
        }

    def _result(self, finding: Finding) -> Json:
        result: Json = {
            "ruleId": finding.rule,
            "level": _LEVELS[finding.severity],
            "message": {"text": finding.message},
            "locations": [self._location(finding.location)],
            "relatedLocations": [*self._related(finding)],
            "codeFlows": [self._code_flow(read) for read in finding.reads if read.trace],
            "partialFingerprints": {FINGERPRINT: finding.fingerprint},
            "rank": _RANKS[finding.confidence],
            "fixes": [self._fix(fix) for fix in finding.fixes if fix.edits],
            "properties": {
                "confidence": finding.confidence.value,
                "model": finding.model,
                "attribute": finding.attribute,
                "expression": finding.expression,
            },
        }
        if finding.rule in self._indexes:
            result["ruleIndex"] = self._indexes[finding.rule]
        if self._checked.base is not None:
            result["baselineState"] = "new"
        return result

    def _related(self, finding: Finding) -> Iterator[Json]:
        """The cause, then the other reads."""
        origin = finding.origin
        yield {"id": 1, **self._place(origin), "message": {"text": origin.note}}
        for number, read in enumerate(finding.reads[1:], start=2):
            message = {"text": f"{read.expression} fails, too"}
            yield {"id": number, **self._location(read.location), "message": message}

    def _code_flow(self, read: Read) -> Json:
        steps = [{"location": {**self._place(step), "message": {"text": step.note}}} for step in read.trace]
        last = read.trace[-1]
        if (last.path, last.line) != (read.location.path, read.location.line):
            message = {"text": f"{read.expression} is read"}
            steps.append({"location": {**self._location(read.location), "message": message}})
        return {"threadFlows": [{"locations": steps}]}

    def _fix(self, fix: Fix) -> Json:
        edits = sorted(fix.edits, key=attrgetter("path"))
        changes = [self._change(path, list(some)) for path, some in groupby(edits, key=attrgetter("path"))]
        return {
            "description": {"text": fix.title},
            "artifactChanges": changes,
            "properties": {"safety": fix.safety.value},
        }

    def _change(self, path: str, edits: Sequence[Edit]) -> Json:
        return {"artifactLocation": self._artifact(path), "replacements": [*map(_replacement, edits)]}

    def _notification(self, skipped: Skipped) -> Json:
        return {
            "descriptor": {"id": "skipped-file"},
            "level": "warning",
            "message": {"text": f"not analysed: {skipped.reason}"},
            "locations": [{"physicalLocation": {"artifactLocation": self._artifact(skipped.path)}}],
        }

    def _location(self, place: Location) -> Json:
        region = _region(place.line, place.column, place.end_line, place.end_column)
        return {"physicalLocation": {"artifactLocation": self._artifact(place.path), "region": region}}

    def _place(self, step: Step) -> Json:
        region = {"startLine": step.line, "startColumn": step.column}
        return {"physicalLocation": {"artifactLocation": self._artifact(step.path), "region": region}}

    def _artifact(self, path: str) -> Json:
        """Relative to the root, or the URI of a file that is elsewhere."""
        shown = quote(self._sources.shown(path), errors="surrogateescape")
        return {"uri": f"file://{shown}"} if shown.startswith("/") else {"uri": shown, "uriBaseId": ROOT}


def _rule(rule: type[Rule[object]]) -> Json:
    page = rule.page()
    return {
        "id": rule.id,
        "name": rule.__name__,
        "shortDescription": {"text": rule.title()},
        "fullDescription": {"text": summary(page) or rule.title()},
        "help": {"text": page.strip(), "markdown": markdown(page)},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"problem.severity": _PROBLEM_LEVELS[rule.severity], "tags": ["sqlalchemy", "asyncio"]},
    }


def _replacement(edit: Edit) -> Json:
    region = _region(edit.start_line, edit.start_column, edit.end_line, edit.end_column)
    return {"deletedRegion": region, "insertedContent": {"text": edit.replacement}}


def _region(line: int, column: int, end_line: int, end_column: int) -> Json:
    return {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column}
