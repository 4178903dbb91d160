"""What the rules over manifests look at: every project of the tree with its code, and the policy of the team."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from rules.dependencies.arrival import Arrival, arrival, declared_names
from rules.dependencies.code import Code, codes
from rules.dependencies.declared import Declared, Kind
from rules.dependencies.tree import Root, Tree, Unit
from rules.dependencies.usage import Usage


@dataclass(frozen=True, slots=True)
class Policy:
    """What a team asks for beyond what is needed."""

    require_explicit_greenlet: bool = False
    """greenlet has to be declared by its own name, not only through an extra."""


@dataclass(frozen=True)
class Way:
    """One way to install a project, and what it brings."""

    root: Root
    arrival: Arrival

    @cached_property
    def names(self) -> frozenset[str]:
        """Packages that arrive in some environment because a manifest asks for them."""
        return declared_names(self.root)

    @property
    def sqlalchemy(self) -> Declared | None:
        """The line that brings SQLAlchemy, its own one first."""
        return next(iter(self.arrival.sources), None)

    @property
    def pytest(self) -> Declared | None:
        """The line that says what the tests run with; None where nothing does."""
        named = [item for item in self.root.requirements if item.name.partition("-")[0] == "pytest"]
        return min(named, key=lambda item: item.name != "pytest", default=None)

    @cached_property
    def version(self) -> str:
        """The oldest version of SQLAlchemy that is installed somewhere; '' when none is known."""
        return str(self.arrival.versions[0]) if self.arrival.versions else ""


@dataclass(frozen=True)
class UnitFacts:
    """One project: its manifests, the ways to install it, its code."""

    unit: Unit
    code: Code

    @cached_property
    def runtime(self) -> tuple[Way, ...]:
        return _ways(self.unit.roots())

    @cached_property
    def development(self) -> tuple[Way, ...]:
        """Together with what developers install; a file that another one takes along is no way of its own."""
        roots = self.unit.roots(development=True)
        return _ways([root for root in roots if root.path not in self.unit.included])

    @cached_property
    def beside(self) -> frozenset[str]:
        """What requirements files declare that do not bring SQLAlchemy: they are installed together with others."""
        return frozenset(
            name
            for root in self.unit.roots(development=True)
            if root.manifest.kind is Kind.REQUIREMENTS and not root.named("sqlalchemy")
            for name in declared_names(root)
        )

    def arrives_beside(self, root: Root, name: str) -> bool:
        return root.manifest.kind is Kind.REQUIREMENTS and name in self.beside


class DependencyFacts:
    """The facts of a whole tree."""

    def __init__(self, tree: Tree, usage: Usage, policy: Policy, only: frozenset[str] | None = None) -> None:
        """`only`: the folders of the units that are looked at; None for all."""
        self.project = tree.project
        self.tree = tree
        self.policy = policy
        folders = sorted(tree.units if only is None else only)
        found = codes(tree, usage, frozenset(folders))
        self.installed_by_hand = frozenset(name for used in usage.files.values() for name in used.installs)
        """Packages that an image, a workflow or a test runner installs beside what the manifests declare."""
        self.units = tuple(UnitFacts(tree.units[folder], found.get(folder, Code(()))) for folder in folders)

    def text(self, path: str) -> str:
        """A manifest or a file of code as text, with line feeds."""
        return self.project.read(path).decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")

    def with_async_code(self) -> Iterator[UnitFacts]:
        return (facts for facts in self.units if facts.code.async_use is not None)


def _ways(roots: Sequence[Root]) -> tuple[Way, ...]:
    """Ways that bring SQLAlchemy."""
    ways = (Way(root, arrival(root)) for root in roots)
    return tuple(way for way in ways if way.arrival.sources)
