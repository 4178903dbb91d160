"""Whether greenlet arrives: what an installer does with a project's requirements, environment by environment.

Follows the requirements, those of packages whose metadata is known, and the lock where there is one. Gives up (and
is silent) where SQLAlchemy comes from a place whose version nobody can see, or from nowhere that is known. Optimistic
about extras and requirements of packages that are not known: what they bring does not count.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from packaging.markers import Marker
from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

from rules.dependencies.declared import OVERRIDES, Declared, Lock, Locked
from rules.dependencies.environments import Environment, environments
from rules.dependencies.packages import (
    brought_by,
    greenlet_marker,
    oldest_release,
    rank,
    sqlalchemy_extra,
    sqlalchemy_version,
)
from rules.dependencies.parse import Unreadable, marker, normalise
from rules.dependencies.tree import Root


@dataclass(frozen=True, slots=True)
class Needed:
    """One requirement on its way: written in a manifest, or brought by what is."""

    name: str
    specifier: SpecifierSet
    extras: frozenset[str]
    written: Declared
    """The line of the manifest that it comes from."""


@dataclass(frozen=True, slots=True)
class Installed:
    """What is known to be installed in one environment."""

    names: frozenset[str]
    greenlet: bool
    sqlalchemy: Version | None = None
    """None where it is not installed, or its version can't be told."""
    from_lock: bool = False
    sources: tuple[Declared, ...] = ()
    """The lines that bring SQLAlchemy, its own first."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """The answer for one way of installing a project."""

    missing: tuple[Environment, ...]
    considered: tuple[Environment, ...]
    """Every environment about which something is known."""
    versions: tuple[Version, ...]
    """Of SQLAlchemy, where greenlet is missing, or else where it is installed."""
    sources: tuple[Declared, ...]
    """The lines that bring SQLAlchemy, its own first."""
    from_lock: bool

    @property
    def certain(self) -> bool:
        """It fails wherever the project is installed."""
        return bool(self.missing) and len(self.missing) == len(self.considered)


@lru_cache(maxsize=512)
def arrival(root: Root) -> Arrival:
    """Asks every environment that the project allows."""
    allowed = environments(root.requires_python, root.environments)
    outcomes = [(environment, installed(root, environment)) for environment in allowed]
    known = [(environment, found) for environment, found in outcomes if found.sqlalchemy and found.sources]
    missing = [(environment, found) for environment, found in known if not found.greenlet]
    telling = [found for _, found in missing or known]
    return Arrival(
        missing=tuple(environment for environment, _ in missing),
        considered=tuple(environment for environment, _ in known),
        versions=tuple(sorted({found.sqlalchemy for found in telling if found.sqlalchemy})),
        sources=telling[0].sources if telling else (),
        from_lock=bool(telling) and telling[0].from_lock,
    )


@lru_cache(maxsize=512)
def oldest_sqlalchemy(root: Root) -> Version | None:
    """The oldest SQLAlchemy that one way of installing a project admits: the locked one where there is a lock.

    None where its version can't be told, and where the clauses leave it open.
    """
    found: list[Version] = []
    lock = root.lock.lock if root.lock else None
    for environment in environments(root.requires_python, root.environments):
        by_lock = _by_lock(lock, root, environment) if lock else None
        if by_lock is not None and by_lock.sqlalchemy is not None:
            found.append(by_lock.sqlalchemy)
            continue
        of_sqlalchemy = [item for item in _needed(root, environment, former=False) if item.name == "sqlalchemy"]
        release = _clauses_choose(of_sqlalchemy, root, environment, oldest_release) if of_sqlalchemy else None
        if release is not None:
            found.append(release)
    return min(found, default=None)


def installed(root: Root, environment: Environment) -> Installed:
    """What one environment gets: by the lock if the project has one that knows SQLAlchemy, else by the manifests."""
    by_manifest = _by_manifest(root, environment)
    lock = root.lock.lock if root.lock else None
    by_lock = _by_lock(lock, root, environment) if lock else None
    if by_lock is None:
        return replace(by_manifest, greenlet=by_manifest.greenlet or _by_platform(by_manifest, environment))
    # What a manifest says itself, the lock gets with its next update.
    greenlet = by_manifest.greenlet or by_lock.greenlet
    return replace(by_lock, greenlet=greenlet, sources=by_manifest.sources)


@lru_cache(maxsize=512)
def declared_names(root: Root) -> frozenset[str]:
    """The packages that the manifests themselves bring, in any environment."""
    allowed = environments(root.requires_python, root.environments)
    return frozenset(name for environment in allowed for name in _by_manifest(root, environment).names)


@lru_cache(maxsize=512)
def locked_names(root: Root) -> frozenset[str]:
    """The packages that the lock of a root installs, in any environment; empty where there is no lock."""
    lock = root.lock.lock if root.lock else None
    if lock is None:
        return frozenset()
    reach = _reached if lock.graph else _listed
    allowed = environments(root.requires_python, root.environments)
    return frozenset(package.name for environment in allowed for package in reach(lock, root, environment))


def _by_platform(found: Installed, environment: Environment) -> bool:
    condition = greenlet_marker(found.sqlalchemy) if found.sqlalchemy else None
    return condition is not None and environment.fulfils(condition)


def _by_manifest(root: Root, environment: Environment) -> Installed:
    """What the manifests ask for by name or by extra, whatever the platform.

    Pins and upper bounds hold back what has none: where SQLAlchemy only comes along with another package, a former
    release of that package may be what fits beside them, and is taken to be installed.
    """
    found = _asked_for(root, environment, former=False)
    if found.greenlet or root.named("sqlalchemy") or not any(_is_held(item) for item in root.requirements):
        return found
    held_back = _asked_for(root, environment, former=True)
    return held_back if held_back.sqlalchemy is not None else found


def _is_held(item: Declared) -> bool:
    return any(clause.operator in {"==", "===", "~=", "<", "<="} for clause in item.specifier)


def _asked_for(root: Root, environment: Environment, *, former: bool) -> Installed:
    needed = list(_needed(root, environment, former=former))
    names = {item.name for item in needed}
    of_sqlalchemy = [item for item in needed if item.name == "sqlalchemy"]
    version = _version(of_sqlalchemy, root, environment) if of_sqlalchemy else None
    if version is None:
        return Installed(frozenset(names), "greenlet" in names)
    for extra in {extra for item in of_sqlalchemy for extra in item.extras}:
        names.update(sqlalchemy_extra(extra, version))
    if any(item.written.conda for item in of_sqlalchemy):
        names.add("greenlet")  # conda-forge's SQLAlchemy requires it always (recipes of 2.0.39 and 2.1.0)
    return Installed(frozenset(names), "greenlet" in names, version, sources=_sources(of_sqlalchemy))


def _sources(of_sqlalchemy: list[Needed]) -> tuple[Declared, ...]:
    written = dict.fromkeys(item.written for item in of_sqlalchemy)
    return tuple(sorted(written, key=lambda item: (item.name != "sqlalchemy", rank(item.name))))


def _needed(root: Root, environment: Environment, *, former: bool) -> Iterator[Needed]:
    queue = deque(
        Needed(item.name, item.specifier, item.extras, item)
        for item in root.requirements
        if environment.fulfils(item.marker)
    )
    seen: set[tuple[str, frozenset[str]]] = set()
    while queue:
        item = queue.popleft()
        yield item
        brought = brought_by(item.name, item.specifier, item.extras, former=former)
        if not brought or (item.name, item.extras) in seen:
            continue
        seen.add((item.name, item.extras))
        for needed in brought:
            if environment.fulfils(needed.marker):
                extras = frozenset(normalise(extra) for extra in needed.extras)
                queue.append(Needed(normalise(needed.name), needed.specifier, extras, item.written))


def _version(of_sqlalchemy: list[Needed], root: Root, environment: Environment) -> Version | None:
    """The version of SQLAlchemy that is installed; None when a place decides that nobody can see."""
    return _clauses_choose(of_sqlalchemy, root, environment, sqlalchemy_version)


def _clauses_choose(
    of_sqlalchemy: list[Needed],
    root: Root,
    environment: Environment,
    choose: Callable[[SpecifierSet, str], Version | None],
) -> Version | None:
    """What `choose` takes of the releases that all clauses allow together, or else the project's own ones."""
    if any(item.written.url and item.written.name == "sqlalchemy" for item in of_sqlalchemy):
        return None
    narrowing = [item for item in root.constraints if item.name == "sqlalchemy" and environment.fulfils(item.marker)]
    if instead := [item.specifier for item in narrowing if item.group_name == OVERRIDES]:
        return choose(_together(instead), environment.python)
    limits = [item.specifier for item in narrowing]
    own = [item.specifier for item in of_sqlalchemy if item.written.name == "sqlalchemy"]
    every = [item.specifier for item in of_sqlalchemy]
    for clauses in (every + limits, own + limits):
        if clauses and (found := choose(_together(clauses), environment.python)):
            return found
    return None


def _together(clauses: list[SpecifierSet]) -> SpecifierSet:
    return _specifier(",".join(text for text in dict.fromkeys(str(clause) for clause in clauses) if text))


@lru_cache(maxsize=1024)
def _specifier(text: str) -> SpecifierSet:
    return SpecifierSet(text)


def _by_lock(lock: Lock, root: Root, environment: Environment) -> Installed | None:
    """What a lock installs; None when it does not hold SQLAlchemy and so tells nothing (or is of another day)."""
    reached = _reached(lock, root, environment) if lock.graph else _listed(lock, root, environment)
    version = next((_parse_version(package.version) for package in reached if package.name == "sqlalchemy"), None)
    if version is None:
        return None
    names = frozenset(package.name for package in reached)
    return Installed(names, "greenlet" in names, version, from_lock=True)


def _listed(lock: Lock, root: Root, environment: Environment) -> list[Locked]:
    return [
        package
        for package in lock.packages
        if _holds(package.marker, environment) and (root.development or not package.development)
    ]


def _reached(lock: Lock, root: Root, environment: Environment) -> list[Locked]:
    """Walks the lock's own graph, from what the manifest declares."""
    by_name: dict[str, list[Locked]] = {}
    for package in lock.packages:
        by_name.setdefault(package.name, []).append(package)
    queue = deque((item.name, item.extras) for item in root.requirements if environment.fulfils(item.marker))
    seen: set[tuple[str, frozenset[str]]] = set()
    found: dict[Locked, None] = {}
    while queue:
        name, extras = queue.popleft()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        for package in by_name.get(name, ()):
            if package.extras <= extras and _holds(package.marker, environment):
                found[package] = None
                wanted = [
                    *package.edges,
                    *(edge for key, edges in package.extra_edges if key in extras for edge in edges),
                ]
                queue.extend((edge.name, edge.extras) for edge in wanted if _holds(edge.marker, environment))
    return list(found)


def _holds(text: str, environment: Environment) -> bool:
    condition = _marker(text)
    return condition is None or environment.fulfils(condition)


@lru_cache(maxsize=1024)
def _marker(text: str) -> Marker | None:
    """A marker of a lock; one that can't be read is taken to hold: silence is better than a false alarm."""
    try:
        return marker(text)
    except Unreadable:
        return None


def _parse_version(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None
