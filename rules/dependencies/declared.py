"""The values that readers of manifests hand on: what is declared, where, for whom, and what a lock holds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from packaging.markers import Marker
from packaging.specifiers import SpecifierSet

from rules.finding import Location

WORKSPACE = "workspace:"
"""Before the name of a package of the same workspace, in `Declared.local`."""


OVERRIDES = "override-dependencies"
"""The `group_name` of constraints that hold instead of what is declared, not beside it."""


class Kind(StrEnum):
    """What a manifest is; decides how it is edited and what it can be compared with."""

    PYPROJECT = "pyproject"
    REQUIREMENTS = "requirements"
    SETUP_CFG = "setup.cfg"
    SETUP_PY = "setup.py"
    PIPFILE = "Pipfile"
    CONDA = "conda"
    LOCK = "lock"


class Group(StrEnum):
    """For whom a requirement is declared."""

    RUNTIME = "runtime"
    EXTRA = "extra"
    """Installed on demand together with the runtime requirements."""
    DEVELOPMENT = "development"
    CONSTRAINT = "constraint"
    """Installs nothing; narrows the versions of what is installed."""


class Style(StrEnum):
    """How a requirement is written down, for the edit that changes it."""

    LINE = "line"
    """A requirement on a line of its own, without quotes (requirements files, setup.cfg)."""
    STRING = "string"
    """A requirement inside quotes (PEP 621, setup.py)."""
    TABLE = "table"
    """A key with a version or a table as its value (Poetry, Pipfile)."""
    YAML = "yaml"
    """An item of a YAML list (conda)."""


@dataclass(frozen=True, slots=True)
class Declared:
    """One requirement of a manifest."""

    name: str
    """Normalised, as PyPI compares names."""
    location: Location
    """Of `text`."""
    text: str
    """As it is written."""
    specifier: SpecifierSet
    group: Group = Group.RUNTIME
    group_name: str = ""
    """The extra, dependency group or section; empty for plain runtime requirements."""
    extras: frozenset[str] = frozenset()
    marker: Marker | None = None
    url: str = ""
    """A direct reference: it comes from there, whatever its version."""
    local: str = ""
    """A folder of the checked tree that holds the package ('.' is the root), or `WORKSPACE` and a name."""
    style: Style = Style.LINE
    exact: bool = True
    """Whether `specifier` says all that the manifest says; a union of ranges can't be said by it."""
    hashed: bool = False
    """It carries hashes, so that nothing can be added without knowing those of the new file."""
    conda: bool = False
    """Comes from a conda channel, not from PyPI."""

    @property
    def line(self) -> int:
        return self.location.line

    @property
    def pin(self) -> str:
        """The only version that `specifier` allows, or ''."""
        for clause in self.specifier:
            if clause.operator in {"==", "==="} and not clause.version.endswith(".*"):
                return clause.version
        return ""


@dataclass(frozen=True, slots=True)
class Include:
    """A manifest that reads another one (`-r`, `-c`, `dynamic = ["dependencies"]`)."""

    path: str
    line: int
    constraint: bool = False
    group: Group = Group.RUNTIME
    group_name: str = ""
    problem: str = ""
    """Why the file is not read, where that is known before looking for it; `path` is empty then."""


@dataclass(frozen=True, slots=True)
class Generated:
    """A file that a tool writes from another one."""

    tool: str
    command: str
    """What writes it anew."""
    sources: tuple[str, ...] = ()
    """Paths of the files that it is made from, as far as the file says so."""
    defaults: tuple[str, ...] = ()
    """Otherwise: paths of which the tool takes the first that exists."""


@dataclass(frozen=True, slots=True)
class Edge:
    """One package of a lock that requires another."""

    name: str
    extras: frozenset[str] = frozenset()
    marker: str = ""
    """As written; empty when it always holds."""


@dataclass(frozen=True, slots=True)
class Locked:
    """One package of a lock."""

    name: str
    version: str
    line: int
    marker: str = ""
    extras: frozenset[str] = frozenset()
    """Where the lock has an entry of its own for a package together with extras (PDM)."""
    edges: tuple[Edge, ...] = ()
    extra_edges: tuple[tuple[str, tuple[Edge, ...]], ...] = ()
    """What each extra adds."""
    development: bool = False
    """Locked for development only."""


@dataclass(frozen=True, slots=True)
class Lock:
    """The packages of a lock. Without `graph`, all that is listed is installed where its marker holds."""

    packages: tuple[Locked, ...]
    graph: bool


@dataclass(frozen=True, slots=True)
class Manifest:
    """One file, read."""

    path: str
    kind: Kind
    declared: tuple[Declared, ...] = ()
    includes: tuple[Include, ...] = ()
    requires_python: str = ""
    environments: tuple[str, ...] = ()
    """Markers of the only environments that the project supports (`tool.uv.environments`)."""
    name: str = ""
    """The project's normalised name."""
    tool: str = ""
    """The tool whose tables the file has, and so whose lock it goes by; '' where that is open."""
    generated: Generated | None = None
    lock: Lock | None = None
    members: tuple[str, ...] = ()
    """Glob patterns of the folders of a workspace."""
    problems: tuple[str, ...] = ()
    """Why (a part of) the file could not be read."""

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0]

    @property
    def file(self) -> str:
        return self.path.rpartition("/")[2]
