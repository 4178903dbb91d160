"""Which SQLAlchemy a file of code runs on, as far as the manifest that governs it says."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from packaging.version import Version

from rules.dependencies.arrival import oldest_sqlalchemy
from rules.dependencies.tree import Tree, Unit


class DeclaredVersions:
    """The oldest SQLAlchemy that each project of a tree admits: code has to be right with that one too."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._known: dict[str, Version | None] = {}

    def of(self, path: str) -> tuple[int, int] | None:
        """Major and minor version for a file of code; None where no manifest tells.

        The nearest folder whose manifests tell decides; for a file that no manifest governs, the oldest of the tree.
        """
        governing = (self._of_unit(unit) for unit in self._tree.unit_of(path))
        version = next((found for found in governing if found is not None), None) or self._of_tree
        return (version.major, version.minor) if version is not None else None

    @cached_property
    def _of_tree(self) -> Version | None:
        return _oldest(self._of_unit(unit) for unit in self._tree.units.values())

    def _of_unit(self, unit: Unit) -> Version | None:
        if unit.folder not in self._known:
            told = _oldest(map(oldest_sqlalchemy, unit.roots()))
            self._known[unit.folder] = told or _oldest(map(oldest_sqlalchemy, unit.roots(development=True)))
        return self._known[unit.folder]


def _oldest(versions: Iterable[Version | None]) -> Version | None:
    return min((version for version in versions if version is not None), default=None)
