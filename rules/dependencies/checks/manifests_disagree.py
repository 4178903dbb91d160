"""Manifests disagree (BR-DEP-002)

Two manifests of one project promise different things: what works for those who
install from one fails for those who install from the other.

Bad:

    # pyproject.toml
    dependencies = ["sqlalchemy[asyncio]>=2.0", "asyncpg>=0.30"]

    # requirements.txt
    sqlalchemy[asyncio]==2.0.44
    psycopg==3.2.3

Good:

    # requirements.txt
    sqlalchemy[asyncio]==2.0.44
    asyncpg==0.30.0

Tells of a package that only one of them has, of versions that cannot both hold,
and of different extras; of a generated file or a lock that is older than what
it is made from, with the command that makes it anew.

Fix (unsafe for versions): adds the missing line or extra.

Silent on: a pin inside of the other's range; optional dependencies; files for
another purpose (`requirements-ml.txt`) and short ones for a part of what
developers need; a file that installs the project itself or is read by the other;
packages that `pip freeze` adds, or that the project's lock brings along; versions
that an override replaces on purpose; exports of one group or one package.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from rules.dependencies import edits
from rules.dependencies.declared import Declared, Style
from rules.dependencies.disagree import Clash, Disagreement, disagreements
from rules.dependencies.facts import DependencyFacts, UnitFacts
from rules.dependencies.guarantee import installations, is_explicit, unguarded
from rules.dependencies.making import finding, fix, read_of, step
from rules.dependencies.parse import clauses_of
from rules.dependencies.urls import drivers
from rules.finding import Edit, Finding, Fix, Location, Read, Safety, Severity, Step
from rules.rule import Rule

_SEVERAL = 5
"""More packages than that, missing from one file, are told in one finding."""


class ManifestsDisagree(Rule[DependencyFacts]):
    id = "BR-DEP-002"
    severity = Severity.WARNING

    def check(self, facts: DependencyFacts) -> Iterator[Finding]:
        for unit in facts.units:
            unsafe = _lines_without_greenlet(facts, unit)
            found = [item for item in disagreements(unit.unit) if not _is_told(item, unsafe)]
            for _, stale in groupby((item for item in found if item.command), key=_files):
                yield self._stale(list(stale))
            found = [item for item in found if not item.command]
            for _, group in groupby((item for item in found if item.clash is Clash.MISSING), key=_files):
                yield from self._missing(facts, unit, list(group))
            for item in found:
                if item.clash is not Clash.MISSING:
                    yield self._clash(facts, item)

    def _stale(self, group: Sequence[Disagreement]) -> Finding:
        """A generated file or a lock that is older than its source: one cause, however many lines show it."""
        first = group[0]
        if len(group) > 1:
            names = ", ".join(f"`{item.item.name}`" for item in group)
            there, here = first.target.path, first.item.location.path
            message = f"`{there}` is older than `{here}`, which asks for other versions of, or newly for, {names}"
            return self._finding(group, f"{message}{_and_how(first)}", ())
        message = _missing_message(first) if first.clash is Clash.MISSING else _clash_message(first)
        return self._finding(group, message, ())

    def _missing(self, facts: DependencyFacts, unit: UnitFacts, group: Sequence[Disagreement]) -> Iterator[Finding]:
        if len(group) > _SEVERAL:
            names = ", ".join(f"`{item.item.name}`" for item in group)
            yield self._finding(group, f"{len(group)} packages are not in `{group[0].target.path}`: {names}", ())
            return
        for item in group:
            fixes = _remove(facts, item) if _is_idle(unit, item) else _add_missing(facts, item)
            yield self._finding([item], _missing_message(item), fixes)

    def _finding(self, group: Sequence[Disagreement], message: str, fixes: Sequence[Fix]) -> Finding:
        first = group[0]
        origin = _target_step(first, "the other manifest")
        return finding(
            self.id,
            message,
            Severity.WARNING,
            [self._read(item, _target_step(item, "the other manifest"), item.clash) for item in group],
            origin,
            attribute=first.item.name,
            fixes=fixes,
        )

    def _clash(self, facts: DependencyFacts, item: Disagreement) -> Finding:
        origin = _target_step(item, "the other manifest")
        return finding(
            self.id,
            _clash_message(item),
            Severity.WARNING,
            [self._read(item, origin, item.clash)],
            origin,
            attribute=item.item.name,
            fixes=_reconcile(facts, item),
        )

    def _read(self, item: Disagreement, origin: Step, clash: Clash) -> Read:
        trace = [origin, step(item.item.location, "declared here")]
        return read_of(self.id, item.item, trace, clash.value, item.target.path)


def _files(item: Disagreement) -> tuple[str, str]:
    return item.target.path, item.item.location.path


def _target_step(item: Disagreement, note: str) -> Step:
    if item.other is not None:
        return step(item.other.location, f"`{item.other.text}` here")
    if item.at_line:
        return Step(item.target.path, item.at_line, 1, f"`{item.item.name}` is here")
    line = item.neighbour.line if item.neighbour else 1
    return Step(item.target.path, line, 1, note)


def _missing_message(item: Disagreement) -> str:
    here, there = item.item.location.path, item.target.path
    if item.command:
        return f"`{item.item.name}` was declared after `{there}` was made{_and_how(item)}"
    return f"`{item.item.name}` is in `{here}` and not in `{there}`"


def _and_how(item: Disagreement) -> str:
    return f"; make it anew: `{item.command}`" if item.command else ""


def _clash_message(item: Disagreement) -> str:
    there = item.target.path if item.other is None else item.other.location.path
    if item.command:
        return f"`{item.item.text}` does not allow the version in `{there}`{_and_how(item)}"
    other = item.other.text if item.other else ""
    if item.clash is Clash.VERSION:
        return f"`{item.item.text}` and `{other}` in `{there}`: no version fulfils both"
    return f"`{item.item.text}` has other extras than `{other}` in `{there}`"


def _lines_without_greenlet(facts: DependencyFacts, unit: UnitFacts) -> set[Location]:
    """The lines of which BR-DEP-001 speaks."""
    lines = {source.location for _, source in unguarded(unit)}
    if facts.policy.require_explicit_greenlet:
        ways = (way for way in installations(unit) if not is_explicit(unit, way))
        lines |= {way.sqlalchemy.location for way in ways if way.sqlalchemy}
    return lines


def _is_told(item: Disagreement, unsafe: set[Location]) -> bool:
    """BR-DEP-001 speaks of the line that lacks greenlet already."""
    if item.clash is Clash.EXTRAS:
        return item.item.location in unsafe
    return item.item.name == "greenlet" and any(place.path == item.target.path for place in unsafe)


def _is_idle(unit: UnitFacts, item: Disagreement) -> bool:
    """A driver of which no code speaks while the URLs name another: it is one too many, not one too few."""
    driver = next((driver for driver in drivers().values() if driver.only and driver.package == item.item.name), None)
    return driver is not None and unit.code.async_use is not None and not unit.code.speaks_of(driver)


def _remove(facts: DependencyFacts, item: Disagreement) -> tuple[Fix, ...]:
    text = facts.text(item.item.location.path)
    title = f"Remove `{item.item.name}`, which is used nowhere"
    return fix(title, lambda: edits.remove(text, item.item), safety=Safety.UNSAFE)


def _add_missing(facts: DependencyFacts, item: Disagreement) -> tuple[Fix, ...]:
    if item.neighbour is None:
        return ()
    return fix(f"Declare `{item.item.name}` in `{item.target.path}`", lambda: _add(facts, item))


def _add(facts: DependencyFacts, item: Disagreement) -> Edit:
    neighbour = item.neighbour
    if neighbour is None or item.item.url:
        raise edits.NoEdit("there is no line to put it after")
    version = edits.like_neighbours(item.item.specifier, item.item.pin, item.target.declared)
    if not item.item.exact:
        raise edits.NoEdit("its versions are a union")
    tail = f"; {item.item.marker}" if item.item.marker else ""
    text = facts.text(item.target.path)
    return edits.add_after(text, neighbour, item.item.name, version, item.item.extras, tail)


def _reconcile(facts: DependencyFacts, item: Disagreement) -> tuple[Fix, ...]:
    if item.other is None:
        return ()
    line, other = item.item, item.other
    if item.clash is Clash.VERSION:
        title = f"Allow what `{other.location.path}` asks for"
        return fix(title, lambda: _set_version(facts, line, other), safety=Safety.UNSAFE)
    lacking = sorted(other.extras - line.extras)
    if len(lacking) != 1 or line.extras - other.extras:
        return ()
    text = facts.text(line.location.path)
    return fix(f"Ask for the `{lacking[0]}` extra too", lambda: edits.add_extra(text, line, lacking[0]))


def _set_version(facts: DependencyFacts, line: Declared, other: Declared) -> Edit:
    if line.style not in {Style.LINE, Style.STRING}:
        raise edits.NoEdit("its version is written in another way")
    if line.pin and not other.pin:
        raise edits.NoEdit("which version to pin is not known")
    return edits.set_version(facts.text(line.location.path), line, clauses_of(other.specifier))
