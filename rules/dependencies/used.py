"""The values that say what one file uses of SQLAlchemy's asyncio, its drivers and its URLs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class UrlRole(StrEnum):
    """What becomes of a database URL that is written somewhere."""

    ASYNC_ENGINE = "async-engine"
    """An asynchronous engine is made from it where it stands."""
    ENGINE = "engine"
    """A synchronous engine is made from it where it stands."""
    VALUE = "value"
    """Bound to a name, a field, an environment variable, or returned."""
    MENTION = "mention"
    """Anything else: a message, a key, an example."""


@dataclass(frozen=True, slots=True)
class AsyncUse:
    """A place that needs greenlet as soon as it runs."""

    name: str
    line: int
    column: int
    call: bool
    """A call that makes an engine or a session, or else the import."""


@dataclass(frozen=True, slots=True)
class UrlUse:
    """A database URL, or the scheme of one. The place is that of the scheme."""

    dialect: str
    driver: str
    """Empty when the URL names none."""
    role: UrlRole
    holder: str
    """The name that it is bound to (variable, field, function, environment variable), lower case; '' for none."""
    line: int
    column: int

    @property
    def scheme(self) -> str:
        return f"{self.dialect}+{self.driver}" if self.driver else self.dialect


@dataclass(frozen=True, slots=True)
class EngineCall:
    """A call that makes an engine."""

    asynchronous: bool
    argument: str
    """The last name of a URL given as `name` or `object.name`, lower case; '' for everything else."""
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Rewrite:
    """`url.replace("+asyncpg", "+psycopg")`."""

    old: str
    new: str
    function: str
    """The function that holds it, lower case."""
    line: int


@dataclass(frozen=True, slots=True)
class FileUsage:
    """One file. Depends on its bytes (and, where it is no Python, on its name) and on nothing else."""

    async_uses: tuple[AsyncUse, ...] = ()
    urls: tuple[UrlUse, ...] = ()
    engines: tuple[EngineCall, ...] = ()
    rewrites: tuple[Rewrite, ...] = ()
    imports: tuple[str, ...] = ()
    """Driver modules that are imported."""
    mentions: tuple[str, ...] = ()
    """Drivers that are named in other texts."""
    installs: tuple[str, ...] = ()
    """Packages of drivers that a command installs by name."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for a cache; the way back is `from_dict`."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> FileUsage:
        return cls(
            async_uses=tuple(AsyncUse(**item) for item in data["async_uses"]),
            urls=tuple(UrlUse(**{**item, "role": UrlRole(item["role"])}) for item in data["urls"]),
            engines=tuple(EngineCall(**item) for item in data["engines"]),
            rewrites=tuple(Rewrite(**item) for item in data["rewrites"]),
            imports=tuple(data["imports"]),
            mentions=tuple(data["mentions"]),
            installs=tuple(data["installs"]),
        )


EMPTY = FileUsage()
