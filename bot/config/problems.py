"""What is wrong with a configuration, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MAX_SHOWN = 60
"""Characters of a text of others in a message of ours."""


class Layer(StrEnum):
    """Whose configuration it is: the repository's own goes before the defaults of its organisation."""

    REPOSITORY = "repository"
    ORGANISATION = "organisation"


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a configuration file; lines and columns count from 1, columns in characters."""

    path: str
    line: int
    column: int
    layer: Layer = Layer.REPOSITORY

    def __str__(self) -> str:
        of = " of the organisation" if self.layer is Layer.ORGANISATION else ""
        return f"{self.path}{of}, line {self.line}, column {self.column}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake. `reference` is kebab-case and permanent; names in `message` and `hint` stand in backticks."""

    reference: str
    place: Place
    message: str
    hint: str = ""

    @property
    def sentence(self) -> str:
        """The mistake and what to do about it, without its place."""
        return self.message + (f"; {self.hint}" if self.hint else "")

    def __str__(self) -> str:
        return f"{self.place}: {self.sentence} [{self.reference}]"


@dataclass(frozen=True, slots=True)
class ConfigErrors:
    """Everything that is wrong with a configuration, in the order of the file; never empty."""

    problems: tuple[Problem, ...]

    def __post_init__(self) -> None:
        if not self.problems:
            raise ValueError("a configuration without problems is no error")

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


def quoted(text: object) -> str:
    """A text of others in backticks, on one line and of bounded length."""
    line = " ".join(str(text).replace("`", "'").split())
    return f"`{line if len(line) <= MAX_SHOWN else line[: MAX_SHOWN - 1] + '…'}`"


def listed(names: list[str]) -> str:
    """`a`, `b` or `c`."""
    shown = [quoted(name) for name in names]
    return shown[0] if len(shown) == 1 else ", ".join(shown[:-1]) + f" or {shown[-1]}"
