"""What an evaluation looked at, so that its result can be kept for as long as none of that changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rules.index.program import ClassInfo

Question = tuple[object, ...]
"""Asked of the whole project, not of one file: which template a name means, which module an import in a function."""


@dataclass(slots=True)
class Consulted:
    paths: set[str] = field(default_factory=set)
    """Files whose definitions were used or looked through, with what they take from others (`rules.index.prints`)."""
    classes: set[ClassInfo] = field(default_factory=set)
    """Classes that were looked at, with their ancestors."""
    asked: dict[Question, object] = field(default_factory=dict)
    """Questions with the answers that were given."""

    def include(self, other: Consulted) -> None:
        self.paths |= other.paths
        self.classes |= other.classes
        self.asked.update(other.asked)

    def all_paths(self) -> frozenset[str]:
        return frozenset(self.paths).union(*(info.paths for info in self.classes))
