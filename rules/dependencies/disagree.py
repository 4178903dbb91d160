"""What two manifests of one project promise differently.

Compares the manifest that declares a project with the requirements files beside it, runtime with runtime and
development with development; a file that a tool generated, and a lock, with what it is made from. A file that lists
all that was once installed (only pins, and more of them) is only asked for what it lacks and contradicts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

from rules.dependencies.arrival import locked_names
from rules.dependencies.declared import OVERRIDES, Declared, Group, Kind, Manifest
from rules.dependencies.environments import environments
from rules.dependencies.locking import command_for
from rules.dependencies.parse import is_development
from rules.dependencies.paths import join
from rules.dependencies.ranges import compatible
from rules.dependencies.tree import Unit

_SHARED = 0.25
"""The part of the smaller side that both must have, to be about the same thing."""
_SHARED_BY_DEVELOPERS = 0.5
"""The same for developers, who have many files: for linters, for one test environment, for the documentation."""
_SUBSET = 3
"""A developers' file with so many times fewer packages than the other is for a part of the work, and lacks nothing."""
_FEW = 5
"""Up to so many packages that are not in the other file, it may still be the same."""
_MAIN = re.compile(r"(requirements|base|common|core|main|prod|production|app)")
_DEVELOPERS = re.compile(r"dev|develop|development|test|tests|testing")


class Clash(StrEnum):
    """How two manifests disagree."""

    MISSING = "missing"
    VERSION = "version"
    EXTRAS = "extras"


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One package about which two manifests disagree. The place of the finding is `item`."""

    clash: Clash
    item: Declared
    other: Declared | None
    """The same package in the other manifest; None where it is missing there."""
    target: Manifest
    """The other manifest."""
    neighbour: Declared | None = None
    """In the other manifest: what stands before the place where the package belongs."""
    command: str = ""
    """What makes `target` anew, where a tool makes it."""
    at_line: int = 0
    """The line of `target` that is out of date; 0 for none."""


def disagreements(unit: Unit) -> Iterator[Disagreement]:
    """Everything about which the manifests of one project disagree."""
    package = next((m for m in unit.packages if _runtime(unit, m)), None)
    for file in unit.requirement_files:
        if file.generated is not None:
            yield from _stale_file(unit, file)
    if package is None:
        return
    lock = unit.lock_of(package)
    if lock is not None:
        yield from _stale_lock(unit, package, lock)
    for file in unit.requirement_files:
        if file.generated is None and not _takes_along(unit, package, file):
            yield from _compare_files(unit, package, file)


def _compare_files(unit: Unit, package: Manifest, file: Manifest) -> Iterator[Disagreement]:
    name = file.file.rpartition(".")[0].lower()
    words = [word for word in re.split(r"[-_.]", name) if word not in {"requirements", "reqs"}]
    if not words or (len(words) == 1 and _MAIN.fullmatch(words[0])):
        yield from _compare(unit, package, _runtime(unit, package), file, _runtime(unit, file), _SHARED)
    elif len(words) == 1 and _DEVELOPERS.fullmatch(words[0]):
        group = [
            item for item in package.declared if item.group is Group.DEVELOPMENT and _alike(item.group_name, words[0])
        ]
        own = [item for item in file.declared if item.name and item.group is Group.DEVELOPMENT]
        yield from _compare(unit, package, group, file, own, _SHARED_BY_DEVELOPERS)


def _compare(
    unit: Unit, package: Manifest, ours: Sequence[Declared], file: Manifest, theirs: Sequence[Declared], shared: float
) -> Iterator[Disagreement]:
    all_ours, all_theirs = ours, theirs
    ours, theirs = _by_name(ours), _by_name(theirs)
    names = {item.name for item in ours} & {item.name for item in theirs}
    if not ours or not theirs or len(names) < max(1, shared * min(len(ours), len(theirs))):
        return
    frozen = _is_frozen(ours, theirs, names)
    in_files = {item.name for other in unit.requirement_files for item in other.declared} | _taken_along(unit, file)
    if not _is_part(theirs, ours):
        yield from _missing(ours, theirs, in_files, file)
    if not frozen and not _is_part(ours, theirs):
        yield from _missing(theirs, ours, _promised(unit), package)
    by_name = {item.name: item for item in ours}
    for item in theirs:
        if item.name in names and not _agree_somewhere(item.name, all_ours, all_theirs):
            yield from _clashes(by_name[item.name], item, package, frozen)


def _is_part(small: Sequence[Declared], large: Sequence[Declared]) -> bool:
    for_developers = small[0].group is Group.DEVELOPMENT
    return for_developers and len(small) * _SUBSET < len(large) and len(large) - len(small) > _FEW


def _promised(unit: Unit) -> set[str]:
    """What the project's own manifests bring: declared for anybody, or held by the lock for what runs."""
    declared = {item.name for manifest in unit.packages for item in unit.tree.everything(manifest)}
    locked = {name for root in unit.roots() if root.manifest in unit.packages for name in locked_names(root)}
    return declared | locked


def _agree_somewhere(name: str, ours: Sequence[Declared], theirs: Sequence[Declared]) -> bool:
    """Whether a package that is declared on several lines, for several environments, has two that agree."""
    here = [item for item in ours if item.name == name]
    there = [item for item in theirs if item.name == name]
    return len(here) + len(there) > 2 and any(
        one.extras == other.extras and _ever_together(one, other) and compatible(one.specifier, other.specifier)
        for one in here
        for other in there
    )


def _missing(
    here: Sequence[Declared], there: Sequence[Declared], known: set[str], target: Manifest
) -> Iterator[Disagreement]:
    neighbour: Declared | None = None
    own = {item.name: item for item in there if item.location.path == target.path}
    for item in here:
        neighbour = own.get(item.name, neighbour)
        if item.name not in known and not item.local:
            yield Disagreement(Clash.MISSING, item, None, target, neighbour or _last(own))


def _last(own: dict[str, Declared]) -> Declared | None:
    return max(own.values(), key=lambda item: item.line, default=None)


def _clashes(ours: Declared, theirs: Declared, package: Manifest, frozen: bool) -> Iterator[Disagreement]:
    if ours.url or theirs.url or ours.local or theirs.local or not _ever_together(ours, theirs):
        return
    if ours.exact and theirs.exact and not compatible(ours.specifier, theirs.specifier):
        yield Disagreement(Clash.VERSION, theirs, ours, package)
    elif ours.extras != theirs.extras and not frozen:
        # Told where an extra is missing, so that the line can be completed.
        if ours.extras - theirs.extras:
            yield Disagreement(Clash.EXTRAS, theirs, ours, package)
        else:
            yield Disagreement(Clash.EXTRAS, ours, theirs, package)


def _stale_file(unit: Unit, file: Manifest) -> Iterator[Disagreement]:
    """What was declared in the source of a generated file after it was generated."""
    generated = file.generated
    if generated is None:
        return
    pins = {item.name: item for item in unit.tree.everything(file)}
    if not pins:
        return
    for source in unit.tree.made_from(file):
        installed = {Group.RUNTIME, Group.DEVELOPMENT} if source.kind is Kind.REQUIREMENTS else {Group.RUNTIME}
        for item in source.declared:
            if item.group in installed and not item.local and item.name and item.location.path != file.path:
                yield from _stale(item, pins.get(item.name), file, generated.command)


def _stale(item: Declared, pin: Declared | None, file: Manifest, command: str) -> Iterator[Disagreement]:
    if pin is None:
        if item.marker is None:
            yield Disagreement(Clash.MISSING, item, None, file, command=command)
    elif pin.pin and item.exact and not item.specifier.contains(pin.pin, prereleases=True):
        yield Disagreement(Clash.VERSION, item, pin, file, command=command, at_line=pin.line)


def _stale_lock(unit: Unit, package: Manifest, manifest: Manifest) -> Iterator[Disagreement]:
    lock = manifest.lock
    if lock is None or not lock.packages:
        return
    versions: dict[str, list[tuple[str, int]]] = {}
    for locked in lock.packages:
        versions.setdefault(locked.name, []).append((locked.version, locked.line))
    command = command_for(manifest.path)
    overridden = _overridden(unit, package, manifest)
    for item in package.declared:
        if item.group is not Group.RUNTIME or item.local or item.url or item.marker is not None or not item.exact:
            continue
        if item.name in overridden:
            continue
        if item.name not in versions:
            yield Disagreement(Clash.MISSING, item, None, manifest, command=command)
        elif not any(_fulfils(version, item.specifier) for version, _ in versions[item.name]):
            line = versions[item.name][0][1]
            yield Disagreement(Clash.VERSION, item, None, manifest, command=command, at_line=line)


def _overridden(unit: Unit, package: Manifest, lock: Manifest) -> set[str]:
    """Packages for which the project, or the workspace of its lock, says another version than is declared."""
    root = unit.tree.manifests.get(join(lock.path, "pyproject.toml"))
    return {
        item.name
        for manifest in (package, *([root] if root else ()))
        for item in manifest.declared
        if item.group_name == OVERRIDES
    }


def _fulfils(version: str, specifier: SpecifierSet) -> bool:
    try:
        return not version or specifier.contains(Version(version), prereleases=True)
    except InvalidVersion:
        return True


def _runtime(unit: Unit, manifest: Manifest) -> list[Declared]:
    closure = unit.tree.closure(manifest, frozenset({Group.RUNTIME}))
    return [
        item
        for item in closure.declared
        if item.group is Group.RUNTIME and item.name and is_below_unit(item, unit) and not item.conda
    ]


def is_below_unit(item: Declared, unit: Unit) -> bool:
    """Whether a declaration is the project's own, not that of another package it takes along."""
    return any(item.location.path == manifest.path for manifest in unit.manifests)


def _taken_along(unit: Unit, file: Manifest) -> set[str]:
    """Packages that arrive with what a requirements file takes along, other projects of the tree included."""
    return {item.name for item in unit.tree.closure(file, frozenset(Group)).declared}


def _takes_along(unit: Unit, package: Manifest, file: Manifest) -> bool:
    """Whether one of the two reads the other, so that they cannot disagree."""
    if any(include.path == file.path for include in package.includes):
        return True
    folders = {item.local for item in unit.tree.closure(file, frozenset(Group)).declared if item.local}
    return (unit.folder or ".") in folders


def _by_name(items: Sequence[Declared]) -> list[Declared]:
    """Each package once: the first of its lines."""
    found: dict[str, Declared] = {}
    for item in items:
        if item.name and item.name not in found:
            found[item.name] = item
    return list(found.values())


def _is_frozen(ours: Sequence[Declared], theirs: Sequence[Declared], names: set[str]) -> bool:
    """Hardly anything but pins, nearly all that is declared and clearly more: the output of `pip freeze`."""
    return (
        sum(bool(item.pin or item.url) for item in theirs) >= 0.9 * len(theirs)
        and len(theirs) >= max(1.5 * len(ours), len(ours) + 4)
        and len(names) >= 0.8 * len(ours)
    )


def _alike(group: str, word: str) -> bool:
    """Whether a group is the one that a file of developers' requirements speaks of."""
    return is_development(group) and group.lower()[:3] == word[:3]


def _ever_together(ours: Declared, theirs: Declared) -> bool:
    return any(
        environment.fulfils(ours.marker) and environment.fulfils(theirs.marker) for environment in environments("")
    )
