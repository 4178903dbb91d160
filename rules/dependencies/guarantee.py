"""Which lines bring SQLAlchemy to asynchronous code without greenlet."""

from __future__ import annotations

from collections.abc import Iterator

from rules.dependencies.declared import Declared
from rules.dependencies.facts import UnitFacts, Way
from rules.dependencies.tree import Role


def installations(unit: UnitFacts) -> tuple[Way, ...]:
    """The ways to install the project that have to bring greenlet: those of the code that uses it."""
    if unit.code.async_use is None:
        return ()
    runs = unit.code.async_use[0].role is not Role.TEST
    return unit.runtime if runs and unit.runtime else unit.development


def unguarded(unit: UnitFacts) -> Iterator[tuple[Way, Declared]]:
    """The ways on which greenlet does not arrive everywhere, each with its line; every line once."""
    told: set[tuple[str, int]] = set()
    for way in installations(unit):
        source = way.sqlalchemy
        if source is None or not way.arrival.missing or way.root.opaque:
            continue
        place = (source.location.path, source.line)
        if place in told or unit.arrives_beside(way.root, "greenlet") or _settled_elsewhere(unit, way):
            continue
        told.add(place)
        yield way, source


def is_explicit(unit: UnitFacts, way: Way) -> bool:
    """Whether greenlet is declared by its own name."""
    return bool(way.root.named("greenlet")) or unit.arrives_beside(way.root, "greenlet")


def _settled_elsewhere(unit: UnitFacts, way: Way) -> bool:
    """A generated file whose source is to blame, or a source from which a complete list was generated."""
    for other in installations(unit):
        if other is way:
            continue
        made_from_other = _is_made_from(unit, way, other) and other.arrival.missing
        if made_from_other or (_is_made_from(unit, other, way) and not other.arrival.missing):
            return True
    return False


def _is_made_from(unit: UnitFacts, way: Way, source: Way) -> bool:
    return source.root.manifest in unit.unit.tree.made_from(way.root.manifest)
