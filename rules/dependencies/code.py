"""The code of one project as its manifests see it: who uses asyncio, which drivers URLs name, what rewrites them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from rules.dependencies.arrival import arrival
from rules.dependencies.paths import is_below
from rules.dependencies.tree import Role, Tree, Unit, role_of
from rules.dependencies.urls import SCHEME, Driver, default_driver, drivers
from rules.dependencies.usage import AsyncUse, EngineCall, FileUsage, Rewrite, UrlRole, UrlUse, Usage

_LIVE = (Role.RUNTIME, Role.SCRIPT, Role.TEST)
"""The files that are run, the weightiest first."""


@dataclass(frozen=True, slots=True)
class Used:
    """One file of code together with what it is for."""

    path: str
    role: Role
    usage: FileUsage

    @property
    def makes_engines(self) -> bool:
        """Whether it makes an engine itself: URLs in other tests are often only parsed."""
        return bool(self.usage.engines)

    @property
    def migrates(self) -> bool:
        """Migrations run on engines of their own, mostly synchronous ones."""
        return any(part in {"alembic", "migrations"} for part in self.path.split("/")[:-1])


@dataclass(frozen=True, slots=True)
class DriverUse:
    """An asynchronous driver that a URL, or what rewrites URLs, asks for."""

    driver: Driver
    path: str
    line: int
    column: int
    role: Role
    scheme: str


@dataclass(frozen=True)
class Code:
    """The code below one unit."""

    files: tuple[Used, ...]

    @cached_property
    def async_use(self) -> tuple[Used, AsyncUse] | None:
        """The place that needs greenlet, the most telling one: an engine in running code before an import in a test."""
        found = [(used, use) for used in self._of(*_LIVE) for use in used.usage.async_uses]
        return min(found, key=lambda item: _rank(*item), default=None)

    def driver_uses(self, sqlalchemy: str) -> Iterator[DriverUse]:
        """Every asynchronous driver in use, rewritten URLs under the name they are rewritten to.

        `sqlalchemy` is the version that decides which driver a URL without one gets.
        """
        for used, url in self.urls:
            driver = self.driver_of(used, url, sqlalchemy)
            if driver is not None and driver.awaits and driver.name not in self._replaced:
                yield DriverUse(driver, used.path, url.line, url.column, used.role, url.scheme)
        for used, rewrite in self._rewrites:
            target = _driver_in(rewrite.new)
            if target is not None and target.awaits and not _makes_synchronous(rewrite, target):
                yield DriverUse(target, used.path, rewrite.line, 1, used.role, rewrite.new.strip(":/"))

    def driver_of(self, used: Used, url: UrlUse, sqlalchemy: str) -> Driver | None:
        """The driver that serves a URL in use; None where the URL says too little about it."""
        if url.driver:
            return drivers().get(url.driver)
        if url.role is not UrlRole.ASYNC_ENGINE:
            return None
        return drivers().get(default_driver(url.dialect, sqlalchemy))

    @cached_property
    def urls(self) -> tuple[tuple[Used, UrlUse], ...]:
        """URLs from which something is made, in code that runs or is tested."""
        return tuple(
            (used, url)
            for used in self._of(*_LIVE)
            for url in used.usage.urls
            if url.role is not UrlRole.MENTION and (used.role is not Role.TEST or used.makes_engines)
        )

    @cached_property
    def engine_calls(self) -> tuple[tuple[Used, EngineCall], ...]:
        return tuple((used, call) for used in self._of(Role.RUNTIME) for call in used.usage.engines)

    def bound_to(self, name: str) -> tuple[Used, UrlUse] | None:
        """The only URL that running Python code binds to a name; None when there are several, or none."""
        found = [
            (used, url)
            for used, url in self.urls
            if url.holder == name and used.role is Role.RUNTIME and used.path.endswith(".py") and not used.migrates
        ]
        return found[0] if len(found) == 1 else None

    def speaks_of(self, driver: Driver) -> bool:
        """Whether anything at all names a driver, other than to replace or to compare it."""
        named = {driver.name, driver.package.replace("-", "_")}
        spoken = any(
            named & {*used.usage.imports, *used.usage.mentions} or any(url.driver in named for url in used.usage.urls)
            for used in self.files
        )
        made = any(_driver_in(rewrite.new) == driver for used in self.files for rewrite in used.usage.rewrites)
        return made or (spoken and not (driver.name in self._replaced and not self._imported(driver)))

    def rewrites_dialect(self, dialect: str) -> bool:
        """Whether code turns URLs of a dialect into others, or names an asynchronous driver for it."""
        asynchronous = {name for name, driver in drivers().items() if driver.awaits and dialect in driver.dialects}
        for used in self.files:
            usage = used.usage
            if asynchronous & {*usage.mentions, *usage.imports, *(url.driver for url in usage.urls)}:
                return True
            if any(dialect[:8] in rewrite.old + rewrite.new or "://" in rewrite.old for rewrite in usage.rewrites):
                return True
        return False

    def _imported(self, driver: Driver) -> bool:
        return any(driver.name in used.usage.imports for used in self.files)

    def _of(self, *roles: Role) -> Iterator[Used]:
        return (used for used in self.files if used.role in roles)

    @cached_property
    def _rewrites(self) -> tuple[tuple[Used, Rewrite], ...]:
        return tuple(
            (used, rewrite) for used in self._of(*_LIVE) if not used.migrates for rewrite in used.usage.rewrites
        )

    @cached_property
    def _replaced(self) -> frozenset[str]:
        """Drivers that running code replaces by another asynchronous one wherever they are asked for."""
        found = set()
        for used, rewrite in self._rewrites:
            old, new = _driver_in(rewrite.old), _driver_in(rewrite.new)
            if (
                used.role is Role.RUNTIME
                and old is not None
                and new is not None
                and old != new
                and new.awaits
                and not _makes_synchronous(rewrite, new)
            ):
                found.add(old.name)
        return frozenset(found)


def codes(tree: Tree, usage: Usage, wanted: frozenset[str]) -> Mapping[str, Code]:
    """The code of the wanted units, by their folder. A file belongs to the nearest unit that brings SQLAlchemy."""
    brings: dict[str, bool] = {}
    found: dict[str, list[Used]] = {}
    for path, used in usage.files.items():
        if not any(is_below(path, folder) for folder in wanted):
            continue
        for unit in tree.unit_of(path):
            if unit.folder not in brings:
                brings[unit.folder] = _brings_sqlalchemy(unit)
            if brings[unit.folder]:
                if unit.folder in wanted:
                    found.setdefault(unit.folder, []).append(Used(path, role_of(path, unit.folder), used))
                break
    return {folder: Code(tuple(sorted(files, key=lambda used: used.path))) for folder, files in found.items()}


def _brings_sqlalchemy(unit: Unit) -> bool:
    return any(root.named("sqlalchemy") or arrival(root).considered for root in unit.roots(development=True))


def _rank(used: Used, use: AsyncUse) -> tuple[int, int, str, int]:
    return (_LIVE.index(used.role), _weight(use), used.path, use.line)


def _weight(use: AsyncUse) -> int:
    return 0 if use.name == "create_async_engine" and use.call else 1 if use.call else 2


def _driver_in(text: str) -> Driver | None:
    """The driver that a rewritten part of a URL names: `+asyncpg`, `postgresql+asyncpg://`."""
    found = SCHEME.match(text)
    name = found[2] if found else text.partition("+")[2]
    return drivers().get((name or "").rstrip(":/"))


def _makes_synchronous(rewrite: Rewrite, target: Driver) -> bool:
    """`psycopg` serves both worlds: in a function that speaks of `sync`, it is the synchronous one."""
    return not target.only and "sync" in rewrite.function.replace("async", "")
