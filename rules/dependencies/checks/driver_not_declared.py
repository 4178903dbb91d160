"""Driver not declared (BR-DEP-003)

The URL of an asynchronous engine names a driver. When no manifest declares the
driver, the engine fails with ModuleNotFoundError; when the URL names a
synchronous one, it fails with InvalidRequestError.

Bad:

    # app/database.py
    engine = create_async_engine("postgresql+asyncpg://localhost/shop")

    # requirements.txt
    sqlalchemy[asyncio]>=2.0
    psycopg>=3.2

Good:

    # requirements.txt
    sqlalchemy[asyncio]>=2.0
    asyncpg>=0.30

Fix (safe): declares the driver; writes the declared asynchronous driver into a
URL that names a synchronous one. A notice, with the line to remove as an unsafe
fix, tells of a driver that is declared while the URLs name another one.

Silent on: URLs in documentation, examples, comparisons and messages; drivers
that are replaced by others before they are used; drivers that an image or a
workflow installs by name; drivers of the tests where no manifest says what tests
need; a declared driver of which any code, test or configuration speaks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from rules.dependencies import edits
from rules.dependencies.code import DriverUse, Used
from rules.dependencies.declared import Declared, Group
from rules.dependencies.facts import DependencyFacts, UnitFacts
from rules.dependencies.making import finding, fix, read_of, step
from rules.dependencies.packages import driver_users, newest_release
from rules.dependencies.tree import Role
from rules.dependencies.undeclared import undeclared, version_of
from rules.dependencies.urls import Driver, drivers
from rules.dependencies.usage import UrlRole, UrlUse
from rules.finding import Confidence, Edit, Finding, Fix, Location, Read, Safety, Severity, Step
from rules.rule import Rule


class DriverNotDeclared(Rule[DependencyFacts]):
    id = "BR-DEP-003"
    severity = Severity.ERROR

    def check(self, facts: DependencyFacts) -> Iterator[Finding]:
        for unit in facts.with_async_code():
            yield from self._undeclared(facts, unit)
            yield from self._unused(facts, unit)
            yield from self._synchronous(facts, unit)

    def _undeclared(self, facts: DependencyFacts, unit: UnitFacts) -> Iterator[Finding]:
        for missing in undeclared(facts, unit):
            first, driver = missing.first, missing.driver
            origin = Step(first.path, first.line, first.column, f"`{first.scheme}` needs `{driver.package}`")
            note = f"`{driver.package}` is not declared beside this"
            yield finding(
                self.id,
                _undeclared_message(first, missing.beside),
                Severity.ERROR if missing.surely else Severity.WARNING,
                [
                    read_of(self.id, line, [origin, step(line.location, note)], "undeclared", driver.package)
                    for line in missing.beside
                ],
                origin,
                attribute=driver.package,
                confidence=Confidence.HIGH if first.role is Role.RUNTIME else Confidence.MEDIUM,
                fixes=_declare(facts, unit, missing.beside, driver),
            )

    def _unused(self, facts: DependencyFacts, unit: UnitFacts) -> Iterator[Finding]:
        for driver in {driver.package: driver for driver in drivers().values() if driver.only}.values():
            rival = _rival(unit, driver)
            if rival is None or unit.code.speaks_of(driver) or driver_users() & _all_names(unit):
                continue
            lines = [
                item
                for manifest in unit.unit.manifests
                if manifest.generated is None
                for item in manifest.declared
                if item.name == driver.package and item.group in {Group.RUNTIME, Group.EXTRA}
            ]
            if not lines:
                continue
            origin = Step(rival.path, rival.line, rival.column, f"the URL asks for `{rival.driver.package}`")
            yield finding(
                self.id,
                f"`{driver.package}` is declared and used nowhere; the URLs ask for `{rival.driver.package}`",
                Severity.NOTICE,
                [read_of(self.id, line, [origin, step(line.location, "declared here")], "unused") for line in lines],
                origin,
                attribute=driver.package,
                confidence=Confidence.MEDIUM,
                fixes=_remove(facts, lines, driver),
            )

    def _synchronous(self, facts: DependencyFacts, unit: UnitFacts) -> Iterator[Finding]:
        for used, url, call in _engine_urls(unit):
            driver = unit.code.driver_of(used, _as_engine_url(url), version_of(unit))
            if driver is None or driver.awaits:
                continue
            named = f"`{driver.name}`" if url.driver else f"`{driver.name}`, its default,"
            width = len(_written(facts, used.path, url))
            place = Location(used.path, url.line, url.column, url.line, url.column + width)
            origin = Step(used.path, url.line, url.column, "the URL is written here")
            trace = [origin, call] if call.line != url.line or call.path != used.path else [call]
            identity = (self.id, url.holder, url.scheme, "synchronous")
            yield finding(
                self.id,
                f"`{url.scheme}://` under an asynchronous engine: {named} cannot be awaited; the engine fails",
                Severity.ERROR,
                [Read.of(place, url.scheme, identity, tuple(trace))],
                origin,
                attribute=driver.package or driver.name,
                confidence=Confidence.HIGH if url.role is UrlRole.ASYNC_ENGINE else Confidence.MEDIUM,
                fixes=_asynchronous_url(facts, unit, used, url),
            )


def _undeclared_message(first: DriverUse, sources: Sequence[Declared]) -> str:
    where = " and ".join(f"`{path}`" for path in dict.fromkeys(source.location.path for source in sources))
    verb = "does" if len({source.location.path for source in sources}) == 1 else "do"
    return (
        f"`{first.scheme}` is in use and {where} {verb} not declare `{first.driver.package}`; "
        "the engine fails with ModuleNotFoundError"
    )


def _declare(facts: DependencyFacts, unit: UnitFacts, sources: Sequence[Declared], driver: Driver) -> tuple[Fix, ...]:
    known = next((item for m in unit.unit.manifests for item in m.declared if item.name == driver.package), None)

    def add(source: Declared) -> Edit:
        text = facts.text(source.location.path)
        if known is not None and known.exact:  # as another manifest of the project has it
            manifest = facts.tree.manifests[source.location.path]
            version = edits.like_neighbours(known.specifier, known.pin, manifest.declared)
            return edits.add_after(text, source, driver.package, version, known.extras)
        version = f"=={newest_release(driver.package)}" if source.pin else ""
        return edits.add_after(text, source, driver.package, version)

    return fix(f"Declare `{driver.package}`", *(partial(add, source) for source in sources))


def _rival(unit: UnitFacts, driver: Driver) -> DriverUse | None:
    """A use of another driver for the same databases, in code that runs; none when this one is in use too."""
    uses = [use for use in unit.code.driver_uses(version_of(unit)) if set(use.driver.dialects) & set(driver.dialects)]
    if any(use.driver.package == driver.package for use in uses):
        return None
    return next((use for use in uses if use.role is Role.RUNTIME), None)


def _all_names(unit: UnitFacts) -> set[str]:
    return {item.name for manifest in unit.unit.manifests for item in manifest.declared}


def _remove(facts: DependencyFacts, lines: list[Declared], driver: Driver) -> tuple[Fix, ...]:
    return fix(
        f"Remove `{driver.package}`",
        *(partial(edits.remove, facts.text(line.location.path), line) for line in lines),
        safety=Safety.UNSAFE,
    )


def _engine_urls(unit: UnitFacts) -> Iterator[tuple[Used, UrlUse, Step]]:
    """URLs from which an asynchronous engine is surely made: written in the call, or under the name it is given."""
    for used, url in unit.code.urls:
        if url.role is UrlRole.ASYNC_ENGINE:
            yield used, url, Step(used.path, url.line, url.column, "the engine is made here")
    for caller, call in unit.code.engine_calls:
        if call.asynchronous and call.argument:
            bound = unit.code.bound_to(call.argument)
            if bound is not None and not unit.code.rewrites_dialect(bound[1].dialect):
                yield *bound, Step(caller.path, call.line, call.column, "the engine is made from it here")


def _as_engine_url(url: UrlUse) -> UrlUse:
    return UrlUse(url.dialect, url.driver, UrlRole.ASYNC_ENGINE, url.holder, url.line, url.column)


def _written(facts: DependencyFacts, path: str, url: UrlUse) -> str:
    """The scheme as the file has it: `postgres` is told apart from `postgresql` only there."""
    line = facts.text(path).split("\n")[url.line - 1][url.column - 1 :]
    return line.partition("://")[0] if "://" in line else url.scheme


def _asynchronous_url(facts: DependencyFacts, unit: UnitFacts, used: Used, url: UrlUse) -> tuple[Fix, ...]:
    declared = {name for way in (*unit.runtime, *unit.development) for name in way.names}
    fitting = [
        driver
        for driver in drivers().values()
        if driver.awaits and url.dialect in driver.dialects and driver.package in declared and "_" not in driver.name
    ]
    if len(fitting) != 1:
        return ()
    scheme = f"{url.dialect}+{fitting[0].name}"
    text = facts.text(used.path)
    start = edits.offset_of(text, url.line, url.column)
    end = start + len(_written(facts, used.path, url))
    title = f"Use the declared driver: `{scheme}`"
    return fix(title, lambda: edits.replacement(used.path, text, start, end, scheme))
