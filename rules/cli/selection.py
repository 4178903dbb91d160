"""Which findings a user wants to see: by rule, and by how sure the engine is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from difflib import get_close_matches

from rules.cli.options import CheckOptions
from rules.errors import UserError
from rules.finding import Confidence, Finding
from rules.report import Report
from rules.rule import all_rules

_SURENESS = (Confidence.LOW, Confidence.MEDIUM, Confidence.HIGH)


class Selection:
    """Filters reports. A name such as `BR-ASYNC` stands for every rule that begins so."""

    def __init__(self, options: CheckOptions) -> None:
        self._select = _rules(options.select)
        self._ignore = _rules(options.ignore)
        self._confidences = frozenset(_SURENESS[_SURENESS.index(options.min_confidence) :])

    def of(self, report: Report) -> Report:
        return replace(report, findings=self._wanted(report.findings), suppressed=self._wanted(report.suppressed))

    def _wanted(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        return tuple(
            finding
            for finding in findings
            if (not self._select or finding.rule in self._select)
            and finding.rule not in self._ignore
            and finding.confidence in self._confidences
        )


def unknown_rule(name: str, known: Iterable[str]) -> UserError:
    """Says what was probably meant."""
    closest = get_close_matches(name.upper(), list(known), n=1, cutoff=0.6)
    meant = f"did you mean `{closest[0]}`? " if closest else ""
    return UserError(
        "unknown-rule", f"`{name}` is not a rule of Greenlatch", hint=f"{meant}`greenlatch list` shows all of them"
    )


def _rules(names: Sequence[str]) -> frozenset[str]:
    chosen: set[str] = set()
    for name in names:
        matching = {rule for rule in all_rules() if f"{rule}-".startswith(f"{name.upper()}-")}
        if not matching:
            raise unknown_rule(name, all_rules())
        chosen |= matching
    return frozenset(chosen)
