"""How the rules over manifests make findings: places, fingerprints, and fixes that are not yet verified."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rules.dependencies.declared import Declared
from rules.dependencies.edits import NoEdit
from rules.finding import Confidence, Edit, Finding, Fix, Location, Read, Safety, Severity, Step


def step(location: Location, note: str) -> Step:
    return Step(location.path, location.line, location.column, note)


def read_of(rule: str, item: Declared, trace: Sequence[Step], *more: str) -> Read:
    """A line of a manifest as the place of a finding; its fingerprint outlives a change of the version."""
    key = item.name or item.text
    return Read.of(item.location, item.text, (rule, "", key, *more), tuple(trace))


def finding(
    rule: str,
    message: str,
    severity: Severity,
    reads: Sequence[Read],
    origin: Step,
    *,
    attribute: str,
    confidence: Confidence = Confidence.HIGH,
    fixes: Sequence[Fix] = (),
) -> Finding:
    """`attribute` is the package that it is about."""
    return Finding(rule, message, severity, confidence, tuple(reads), origin, "", attribute, tuple(fixes))


def fix(title: str, *edits: Callable[[], Edit], safety: Safety = Safety.SAFE) -> tuple[Fix, ...]:
    """A fix, or none where one of its edits cannot be made. It counts as safe only until it is verified."""
    try:
        return (Fix(title, safety, tuple(edit() for edit in edits)),)
    except NoEdit:
        return ()
