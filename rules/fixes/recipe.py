"""What a rule may ask for: repairs as data, in terms of places that the analysis already knows.

A recipe names no text edit. `rules.fixes.edits` turns it into edits with libcst, in the style of the file.
All `Location`s are exact ranges of an expression or statement in the analysed sources.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from rules.finding import Location


@dataclass(frozen=True, slots=True)
class LoaderStep:
    """One link of a loader path: `Performer.dancer`.

    `module` is the dotted module that defines the model ('' when it is unknown), `collection` whether the
    relationship has many targets.
    """

    model: str
    attribute: str
    module: str = ""
    collection: bool = False


class Statement(Enum):
    """What the `place` of an `AddLoaderOption` is."""

    SELECT = "select"
    """A `select(...)` call, or another call that builds a statement: `.options(...)` is added to its chain."""
    GET = "get"
    """`session.get(...)` or `get_one(...)` that surely meets no known object: it takes `options=[...]`."""
    GET_KNOWN = "get-known"
    """The same where the object may be in the identity map already, so that options would be ignored: it becomes
    `session.scalar(select(...).where(key == ...).options(...))`, which loads what was unloaded."""
    OPTION = "option"
    """A loader option that is written in the sources, `selectinload(Battle.performers)`: the path is chained to it."""
    REFRESH = "refresh"
    """`session.refresh(obj, [...])` with names: the path's first attribute is added to them."""


@dataclass(frozen=True, slots=True)
class AddLoaderOption:
    """Load `path` with the statement at `place`. For OPTION, `path` is only what is to be chained."""

    statement: Statement
    place: Location
    path: tuple[LoaderStep, ...]
    primary_key: str = ""
    """For GET_KNOWN: the name of the only primary key attribute of `path[0].model`."""


@dataclass(frozen=True, slots=True)
class RefreshInstance:
    """`await <session>.refresh(<instance>[, [attributes]])` as a line of its own.

    Inserted before the statement that holds `before`, or after the one that holds `after` (exactly one is given),
    in an `async def` where both expressions can be evaluated.
    """

    session: str
    instance: str
    attributes: tuple[str, ...] = ()
    before: Location | None = None
    after: Location | None = None


@dataclass(frozen=True, slots=True)
class KeepValue:
    """Read `expression` into a local variable before the statement that holds `before`, and use it at `reads`."""

    expression: str
    before: Location
    reads: tuple[Location, ...]


@dataclass(frozen=True, slots=True)
class AwaitAttribute:
    """`obj.rel` becomes `(await obj.awaitable_attrs.rel)`; the model has `AsyncAttrs`, the place can await."""

    read: Location


@dataclass(frozen=True, slots=True)
class GiveCollection:
    """`Parent(name=...)` at `construction` also gets `children=[]`, so that the collection counts as loaded."""

    construction: Location
    attribute: str


@dataclass(frozen=True, slots=True)
class KeepOnCommit:
    """The session factory call at `factory` gets `expire_on_commit=False`: unsafe, since every user of it sees that."""

    factory: Location


Recipe = AddLoaderOption | RefreshInstance | KeepValue | AwaitAttribute | GiveCollection | KeepOnCommit


def only_loads(recipe: Recipe) -> bool:
    """Whether all that an edit does is to have more loaded: where no read failed, none fails after it."""
    if isinstance(recipe, AddLoaderOption):
        return recipe.statement in (Statement.SELECT, Statement.OPTION, Statement.GET)
    return isinstance(recipe, GiveCollection)
