"""What holds for the whole project that is analysed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from rules.index.program import FunctionInfo
from rules.index.templates import Templates

VersionOf = Callable[[str], tuple[int, int] | None]
"""The SQLAlchemy that a file runs on, by its path: major and minor; None where the project does not say."""


def unknown_version(path: str) -> None:
    return None


@dataclass(frozen=True)
class Settings:
    """What holds for the whole project."""

    expire_on_commit: bool | None
    """The setting of every session factory of the project where they agree; True where there is none."""
    version_of: VersionOf = unknown_version
    set_listeners: Mapping[tuple[int, str], Sequence[FunctionInfo]] = field(default_factory=dict)
    """`@event.listens_for(Model.attribute, "set")`, by model and attribute."""
    templates: Templates | None = None
    autoflush: bool = True
    """Whether every session factory of the project flushes before queries."""

    def before_2_1(self, path: str) -> bool | None:
        """Whether a file runs on a SQLAlchemy older than 2.1; None where nobody says."""
        version = self.version_of(path)
        return None if version is None else version < (2, 1)
