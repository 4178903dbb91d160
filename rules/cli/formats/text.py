"""The report for people: every finding, the files that were skipped, and the sum."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rules.cli.checked import Checked
from rules.cli.formats.told import told
from rules.cli.options import CheckOptions
from rules.cli.sources import Sources
from rules.cli.style import Style, printable
from rules.finding import Finding, Safety, Severity
from rules.report import Report
from rules.rule import all_rules


def render(checked: Checked, sources: Sources, style: Style, options: CheckOptions) -> str:
    blocks = [told(finding, sources, style) for finding in checked.report.findings]
    if checked.report.skipped:
        blocks.append("\n".join(_skipped(checked.report, sources)))
    if options.statistics:
        blocks.append("\n".join(_statistics(checked.report)))
    blocks.append("\n".join(_closing(checked, unsafe=options.unsafe_fixes)))
    return "\n\n".join(blocks) + "\n"


def _skipped(report: Report, sources: Sources) -> Iterator[str]:
    yield f"Skipped {_count(len(report.skipped), 'file')}:"
    for one in report.skipped:
        yield f"  {printable(sources.shown(one.path))}: {printable(one.reason)}"


def _statistics(report: Report) -> Iterator[str]:
    """How often each rule speaks, then what the engine counted."""
    rules = Counter(finding.rule for finding in report.findings)
    for rule, number in sorted(rules.items(), key=lambda item: (-item[1], item[0])):
        known = all_rules().get(rule)
        yield f"{number:>7}  {rule}  {known.title() if known else ''}".rstrip()
    for name, value in _flat({**report.statistics, "suppressed": len(report.suppressed)}):
        yield f"{value:>7}  {name}"


def _flat(values: Mapping[str, Any], within: str = "") -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{within}{name}: ")
        else:
            yield f"{within}{name}", f"{value:.2f}" if isinstance(value, float) else str(value)


def _closing(checked: Checked, *, unsafe: bool) -> Iterator[str]:
    findings = checked.report.findings
    if checked.fixed:
        yield f"Fixed {_count(checked.fixed, 'problem')}."
    if findings:
        yield _found(findings, unsafe=unsafe, new="new " if checked.base else "")
    else:
        yield _none_found(checked)
    if checked.known:
        are, them = ("is", "it") if checked.known == 1 else ("are", "them")
        older = _count(checked.known, "older problem")
        yield f"{older} {are} not shown: the merge base with `{checked.base}` has {them}."
    if checked.report.suppressed:
        yield f"{_count(len(checked.report.suppressed), 'problem')} suppressed by comments."


def _found(findings: Sequence[Finding], *, unsafe: bool, new: str) -> str:
    severities = Counter(finding.severity for finding in findings)
    kinds = ", ".join(_count(severities[severity], severity.value) for severity in Severity if severities[severity])
    files = len({finding.location.path for finding in findings})
    found = f"Found {_count(len(findings), f'{new}problem')} ({kinds}) in {_count(files, 'file')}"
    return "; ".join([found, *_repairs(findings, unsafe=unsafe)])


def _repairs(findings: Sequence[Finding], *, unsafe: bool) -> Iterator[str]:
    safe = sum(any(fix.safety is Safety.SAFE for fix in finding.fixes) for finding in findings)
    fixable = sum(bool(finding.fixes) for finding in findings)
    if unsafe and fixable:
        yield f"{fixable} can be fixed with `--fix --unsafe-fixes`"
        return
    if safe:
        yield f"{safe} can be fixed with `--fix`"
    if fixable > safe:
        yield f"{fixable - safe}{' more' if safe else ' can be fixed'} with `--fix --unsafe-fixes`"


def _none_found(checked: Checked) -> str:
    what = "new problems" if checked.base else "problems"
    files = checked.report.statistics.get("files")
    where = f" in {_count(files, 'file')}" if isinstance(files, int) else ""
    return f"No {what} {'left' if checked.fixed else 'found'}{where}."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
