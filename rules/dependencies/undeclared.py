"""Asynchronous drivers that the code uses and no manifest declares, with the lines beside which each is missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rules.dependencies.code import DriverUse
from rules.dependencies.declared import Declared, Group
from rules.dependencies.facts import DependencyFacts, UnitFacts, Way
from rules.dependencies.tree import Role
from rules.dependencies.urls import Driver


@dataclass(frozen=True, slots=True)
class Undeclared:
    """One driver that is missing."""

    first: DriverUse
    """The weightiest use of it."""
    beside: tuple[Declared, ...]
    """The lines beside which it belongs: SQLAlchemy's own, or pytest's where only tests use it."""
    surely: bool
    """Without it nothing works: no other driver in use is declared."""

    @property
    def driver(self) -> Driver:
        return self.first.driver


def undeclared(facts: DependencyFacts, unit: UnitFacts) -> Iterator[Undeclared]:
    """Every driver that a way to install the project lacks."""
    for uses in _by_package(unit):
        first = uses[0]
        if first.driver.package in facts.installed_by_hand:
            continue
        tests = first.role is Role.TEST
        ways = unit.runtime if not tests and unit.runtime else unit.development
        lacking = [way for way in ways if _lacks(unit, way, first.driver)]
        lines = [line for way in lacking if (line := way.pytest if tests else way.sqlalchemy) is not None]
        surely = _surely_runs(unit, first, lacking)
        if lines and (surely or not _is_for_developers(unit, first.driver)):
            yield Undeclared(first, tuple({line.location: line for line in lines}.values()), surely)


def version_of(unit: UnitFacts) -> str:
    """The version of SQLAlchemy that decides what a URL without a driver means; '' for the newest."""
    return next((way.version for way in unit.runtime or unit.development), "")


def _by_package(unit: UnitFacts) -> Iterator[list[DriverUse]]:
    """The uses of each driver's package, those of running code first."""
    found: dict[str, list[DriverUse]] = {}
    for use in unit.code.driver_uses(version_of(unit)):
        found.setdefault(use.driver.package, []).append(use)
    for uses in found.values():
        yield sorted(uses, key=_weight)


def _weight(use: DriverUse) -> tuple[bool, bool, bool, str, int]:
    """Running code stands before what runs it, tools before tests."""
    return use.role is not Role.RUNTIME, use.role is Role.TEST, not use.path.endswith(".py"), use.path, use.line


def _lacks(unit: UnitFacts, way: Way, driver: Driver) -> bool:
    if way.root.opaque or way.root.manifest.generated is not None:
        return False
    return driver.package not in way.names and not unit.arrives_beside(way.root, driver.package)


def _surely_runs(unit: UnitFacts, first: DriverUse, lacking: list[Way]) -> bool:
    others = {use.driver.package for use in unit.code.driver_uses(version_of(unit)) if use.role is Role.RUNTIME}
    others -= {first.driver.package}
    return first.role is Role.RUNTIME and not any(others & way.names for way in lacking)


def _is_for_developers(unit: UnitFacts, driver: Driver) -> bool:
    """Declared for developers: the choice between several databases is theirs."""
    return any(
        item.name == driver.package and item.group is Group.DEVELOPMENT
        for manifest in unit.unit.manifests
        for item in manifest.declared
    )
