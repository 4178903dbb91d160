"""Accesses to findings: what fails for one cause is one finding, with every read and its own trace."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rules.analysis.accesses import Access, Hop
from rules.finding import Confidence, Finding, Read, Severity, Step
from rules.repairs import recipes_for
from rules.sources import Sources

if TYPE_CHECKING:
    from rules.analysis.engine import Analysis

EXPIRING = frozenset({"commit", "rollback", "expire", "close", "expunge"})
_ORDER = {"high": 0, "medium": 1, "low": 2}


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules filter."""

    analysis: Analysis
    sources: Sources


def is_expired_or_detached(access: Access) -> bool:
    """The instance, or this attribute, was there and was taken away: BR-ASYNC-003."""
    return access.detached or access.cause.kind in EXPIRING or access.lost


def is_nested(access: Access) -> bool:
    """The instance came with an eager load of its parent: BR-ASYNC-002."""
    return bool(access.path) or access.cause.note == "cycle"


def findings(
    facts: Facts,
    rule: str,
    severity: Severity,
    accesses: Iterable[Access],
    message: Callable[[Access], str],
    note: Callable[[Access], str],
) -> Iterable[Finding]:
    """One finding for each cause, in the order of their places."""
    groups: dict[object, list[Access]] = {}
    for access in accesses:
        groups.setdefault(_cause_key(rule, access), []).append(access)
    for group in groups.values():
        group.sort(key=lambda access: access.place)
        yield _finding(facts, rule, severity, group, message, note)


def _cause_key(rule: str, access: Access) -> object:
    if access.cause.kind in ("commit", "rollback", "expire") and not access.detached:
        # Whatever the session holds is expired, from whichever query it came.
        return (access.cause.kind, access.cause.place, id(access.model))
    if rule == "BR-ASYNC-003":
        return (
            access.cause.kind,
            access.cause.place,
            access.origin.place,
            id(access.model),
            access.path,
            access.detached,
        )
    return (access.cause.place, access.origin.place, id(access.model), access.attribute, access.path, access.cause.kind)


def _finding(
    facts: Facts,
    rule: str,
    severity: Severity,
    group: list[Access],
    message: Callable[[Access], str],
    note: Callable[[Access], str],
) -> Finding:
    sources = facts.sources
    reads: dict[object, Read] = {}
    for access in group:
        for trace in access.traces:
            read = _read(facts, rule, access, trace, note)
            reads.setdefault((read.location, read.trace), read)
    first = group[0]
    confidence = min((access.confidence for access in group), key=lambda name: _ORDER[name])
    cause = first.cause.place
    return Finding(
        rule,
        message(first),
        severity,
        Confidence(confidence),
        tuple(sorted(reads.values(), key=lambda read: (read.location, len(read.trace)))),
        sources.step(cause, note(first)),
        first.model.name,
        first.attribute,
        recipes=recipes_for(group, sources),
    )


def _read(facts: Facts, rule: str, access: Access, trace: tuple[Hop, ...], note: Callable[[Access], str]) -> Read:
    sources = facts.sources
    expression = sources.text(access.place)
    steps: list[Step] = [sources.step(access.cause.place, note(access))]
    steps.extend(sources.hop(hop) for hop in trace)
    steps.append(sources.step(access.place, f"`{expression}` needs `{access.model.name}.{access.attribute}`"))
    return Read.of(
        sources.location(access.place),
        expression,
        (rule, access.function, expression, f"{access.model.name}.{access.attribute}"),
        tuple(steps),
    )
