"""Workflow commands of GitHub Actions: one annotation for each finding, the worst first, because GitHub shows few."""

from __future__ import annotations

from collections.abc import Iterator

from rules.cli.checked import Checked
from rules.cli.sources import Sources
from rules.finding import Finding, Severity
from rules.rule import all_rules

_WORST_FIRST = (Severity.ERROR, Severity.WARNING, Severity.NOTICE)


def render(checked: Checked, sources: Sources) -> str:
    findings = sorted(checked.report.findings, key=lambda finding: _WORST_FIRST.index(finding.severity))
    lines = [_annotation(finding, sources) for finding in findings]
    lines += [_data(f"not analysed: {sources.shown(one.path)}: {one.reason}") for one in checked.report.skipped]
    return "".join(f"{line}\n" for line in lines)


def _annotation(finding: Finding, sources: Sources) -> str:
    place = finding.location
    rule = all_rules().get(finding.rule)
    properties: dict[str, object] = {
        "file": sources.shown(place.path),
        "line": place.line,
        "endLine": place.end_line,
        "title": f"{finding.rule}: {rule.title()}" if rule else finding.rule,
    }
    if place.line == place.end_line:
        properties |= {"col": place.column, "endColumn": place.end_column}
    return _command(finding.severity.value, properties, "\n".join(_message(finding, sources)))


def _message(finding: Finding, sources: Sources) -> Iterator[str]:
    yield finding.message
    for step in finding.trace:
        yield f"{sources.shown(step.path)}:{step.line}: {step.note}"
    for read in finding.other_places:
        yield f"also at {sources.shown(read.location.path)}:{read.location.line}: {read.expression}"
    for fix in finding.fixes[:1]:
        yield f"help: {fix.title}"


def _command(name: str, properties: dict[str, object], message: str) -> str:
    shown = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    return f"::{name} {shown}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
