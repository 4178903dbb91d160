"""What the analysis tells the rules: reads that fail, their cause, the instance's origin and the way between."""

from __future__ import annotations

from dataclasses import dataclass, field

from rules.index.models import Model
from rules.source.ir import Position

Place = tuple[str, Position]
"""A file and a range in it."""
Links = tuple[tuple[Model, str], ...]
"""Attributes, each of the model that the one before it leads to."""
AccessKey = tuple[object, ...]
"""What makes two reads that fail the same one: what is read, where and how, of which query, for which cause."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an instance came from."""

    kind: str
    """`select`, `get`, `construct`, `returning`, `merge`, `parameter`, `sync`."""
    place: Place
    """The expression an option could be added to: the `select(...)` or `session.get(...)` call, the constructor."""
    direct: bool = True
    """The model is named there, and not through a variable such as `self.model`."""
    known: bool = False
    """For `get`: the object may have been in the identity map already."""
    at: Place | None = None
    """Where the statement is executed, when that is another place."""


@dataclass(frozen=True, slots=True)
class Cause:
    """The operation that left an attribute unloaded."""

    kind: str
    """`query`, `commit`, `rollback`, `expire`, `expunge`, `close`, `flush`, `construct`, `refresh`, `update`, `defer`
    """
    place: Place
    note: str = ""
    via: tuple[Hop, ...] = ()
    home: int = 0


@dataclass(frozen=True, slots=True)
class Hop:
    """A call that a value (or an effect) passes on its way: out of a function, or into one."""

    place: Place
    note: str


@dataclass(frozen=True, slots=True)
class RefreshSite:
    """An `async def` on the way in which both the session and the instance have a name."""

    session: str
    instance: str
    before: Place


@dataclass(eq=False)
class Access:
    """One read that fails."""

    place: Place
    function: str
    model: Model
    attribute: str
    relationship: bool
    collection: bool
    origin: Origin
    cause: Cause
    detached: bool
    lost: bool
    """The attribute had been loaded before the cause."""
    path: Links
    """The links from the origin's model to the instance: empty when the origin gave the instance itself."""
    traces: list[tuple[Hop, ...]]
    """The ways from the cause to the read, the first that was met first."""
    confidence: str
    operation: str
    """`read`, `append`, `assign`, `serialise` ...: what the code does there."""
    detail: str = ""
    option_place: Place | None = None
    """The loader option that loaded the instance, to which the next link can be chained."""
    refresh: RefreshSite | None = None
    needs: set[Links] = field(default_factory=set)
    """Further links below the attribute that the code goes on to read."""
    can_await: bool = False
    """The read stands in an `async def` where `await` can be written."""
    root: Model | None = None
    """The model that the origin selects."""
    factory: Place | None = None
    """The session factory call, where the session's is known."""
    manner: tuple[bool, bool] = (False, True)
    """Whether a handler takes the error and tells nobody, and whether the attribute is surely not loaded: what is
    sure is kept apart from what is not."""
    path_key: tuple[object, ...] = ()
    """Read and query: within an entry point the same read of the same query may be loaded on another path."""
    key: AccessKey = ()
