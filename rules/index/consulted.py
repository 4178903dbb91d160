"""What an evaluation looked at, so that its result can be kept for as long as none of that changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rules.source.ir import Position

if TYPE_CHECKING:
    from rules.index.program import ClassInfo

Question = tuple[object, ...]
"""Asked of the whole project, not of one definition: which template a name means, what a module offers."""


@dataclass(slots=True)
class Consulted:
    paths: set[str] = field(default_factory=set)
    """Files that count as a whole: templates."""
    definitions: set[tuple[str, str | Position]] = field(default_factory=set)
    """Files with names that they define at their module's level; or with the places of functions whose bodies were
    looked at, though not run."""
    classes: set[ClassInfo] = field(default_factory=set)
    """Classes that were looked at, with their ancestors."""
    asked: dict[Question, object] = field(default_factory=dict)
    """Questions with the answers that were given."""

    def include(self, other: Consulted) -> None:
        self.paths |= other.paths
        self.definitions |= other.definitions
        self.classes |= other.classes
        self.asked.update(other.asked)
