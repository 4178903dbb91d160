"""Abstract values: what an expression can evaluate to. All are immutable; what can change is behind a `Ref`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from rules.analysis.frozen import frozen
from rules.index.models import Model
from rules.index.program import ClassInfo, FunctionInfo, Module
from rules.source.ir import Position

MAX_ALTERNATIVES = 12
MAX_WEIGHT = 400
"""Values that one value may hold: tuples of alternatives of tuples would double with every call."""

REFERRED = "->"
"""Among the columns that a query compared: its row is the one that a foreign key of another object refers to."""


class Unknown:
    """Nothing is known: reading it is silent. There is one."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Unknown()"


@frozen
class Const:
    value: Any


class Ref(int):
    """An object in the heap, by its id, which is above zero, or below it where it stands for another one.

    As a number it is compared and hashed in no time: there are many millions of these.
    """

    __slots__ = ()
    __match_args__ = ("id",)
    if TYPE_CHECKING:

        @property
        def id(self) -> int: ...

    else:
        id = int.real

    def __repr__(self) -> str:
        return f"Ref({self.id})"


@frozen
class ClassValue:
    info: ClassInfo
    arguments: tuple[Any, ...] = ()
    """Type arguments given to a generic class: `Page[PartOut]`, as annotation nodes with their module."""


@frozen
class FunctionValue:
    function: FunctionInfo
    bound: Value | None = None
    """The first argument of a bound method."""
    closure: int = 0
    """The frame whose variables a nested function sees; 0 for none."""
    raw: bool = False
    """The function itself, its decorators not applied."""


@frozen
class ModuleValue:
    module: Module


@frozen
class ExternalValue:
    """Something imported, by canonical name."""

    name: str


class Method(NamedTuple):
    """A method of something the library knows: `session.execute`, `stmt.where`, `names.append`."""

    receiver: Value
    name: str


@frozen
class AttributeValue:
    """A class-level attribute: `User.posts`."""

    model: Model
    name: str


@frozen
class AliasValue:
    """`aliased(User)`."""

    model: Model


@frozen
class LoadStep:
    """One step of a loader option. `model` owns `attribute`; `attribute` may be `*`."""

    model: Model | None
    attribute: str
    strategy: str
    depth: int = 0
    """`recursion_depth`, with -1 for unlimited and 0 for none."""
    place: tuple[str, Position] | None = None
    """Where the loader call that names it ends: the range of the chain up to and with this step."""
    columns: tuple[str, ...] = ()
    children: tuple[Option, ...] = ()


@frozen
class Option:
    """A loader option: a chain of steps from an entity of the query."""

    steps: tuple[LoadStep, ...]
    root: Model | None = None


@frozen
class Entity:
    """One thing that a statement selects: a whole model, or something else by its label."""

    model: Model | None
    label: str
    attribute: str = ""
    """The column or relationship where an attribute of a model is selected."""


@frozen
class Statement:
    """A select, or an insert/update/delete, built so far."""

    kind: str
    entities: tuple[Entity, ...]
    place: tuple[str, Position]
    """The call that made it: `select(User)`."""
    options: tuple[Option, ...] = ()
    unknown_options: bool = False
    populate_existing: bool = False
    dml: Model | None = None
    values: tuple[tuple[str, str], ...] = ()
    """For an ORM update: (attribute, "known" | "sql")."""
    synchronize: bool = True
    direct: bool = True
    """The selected entity is named where the statement is made, so that an option can be written there."""
    null_keys: tuple[str, ...] = ()
    """Columns that the statement compares with NULL."""
    compared: frozenset[str] = frozenset()
    """Columns that the statement compares with something; `*` where that cannot be read."""
    session: int = 0
    """For `session.query(...)`: its session."""


@frozen
class Result:
    """What executing a statement gives: rows, or the first column of rows."""

    statement: Statement
    session: int
    shape: str
    """`rows`, `scalars`, `mappings`."""
    at: tuple[str, Position]
    rows: tuple[int, ...] = ()
    """Ids of the instances that a row holds, one for each entity of the statement."""


@frozen
class Factory:
    """A session factory. `expire` is None where its setting is not known."""

    kind: str
    expire: bool | None
    autoflush: bool = True
    place: tuple[str, Position] | None = None
    autocommit_block: bool = False
    """`factory.begin()`: commits and closes at the end of its block."""
    info: ClassInfo | None = None
    """The project's own class of session, where it makes one."""


@frozen
class Engine:
    kind: str


@frozen
class Coroutine:
    """An awaitable that gives `value`."""

    value: Value


@frozen
class Tuple:
    """A tuple or a row. `names` are labels of its items where it has them."""

    items: tuple[Value, ...]
    names: tuple[str, ...] = ()
    repeated: bool = False
    """Any number of `items[0]`."""
    weight: int = field(init=False, compare=False, repr=False)
    """How many values it holds, itself included."""
    plain: bool = field(init=False, compare=False, repr=False)
    """It holds no object of the heap."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "weight", 1 + sum(map(weight, self.items)))
        object.__setattr__(self, "plain", all(map(is_plain, self.items)))

    def remapped(self, new: Callable[[int], int]) -> Tuple:
        return replace(self, items=tuple([remap(item, new) for item in self.items]))


@frozen
class Generator:
    """A generator object: its function with arguments bound, not yet run."""

    function: FunctionValue
    arguments: Arguments


@frozen
class Arguments:
    positional: tuple[Value, ...] = ()
    keywords: tuple[tuple[str, Value], ...] = ()
    unknown_keywords: bool = False
    """`**something` whose keys are not known."""
    unknown_positional: bool = False

    def get(self, index: int, name: str = "") -> Value | None:
        if 0 <= index < len(self.positional):
            return self.positional[index]
        return next((value for key, value in self.keywords if key == name), None) if name else None

    def keyword(self, name: str) -> Value | None:
        return next((value for key, value in self.keywords if key == name), None)


@frozen
class Partial:
    function: Value
    arguments: Arguments


@frozen
class Getter:
    """operator.attrgetter / itemgetter."""

    names: tuple[str, ...]
    items: bool = False


@frozen
class InstanceDict:
    """`obj.__dict__`, `vars(obj)`, `inspect(obj)` and its views: they tell what is loaded and load nothing."""

    instance: int
    view: str
    attribute: str = ""
    """Of `inspect(obj).attrs.name`: the attribute it is about."""


@frozen
class AttributeNames:
    """An iterable of attribute names of a model: `mapper.attrs`, `__table__.columns`; one of them when `single`."""

    model: Model
    which: str
    single: bool = False
    among: frozenset[str] | None = None
    """Those that the conditions asked so far leave; None for all."""
    trait: str = ""
    """What is asked of one of them: the `cascade.delete` of `rel.cascade.delete`."""


@frozen
class Super:
    info: ClassInfo
    instance: Value


@frozen
class Condition:
    """A truth value that tells something about the state: see `guards`."""

    kind: str
    subject: Value
    name: str = ""
    positive: bool = True


@frozen
class Lazy:
    """A relationship with lazy="dynamic", or awaitable_attrs: reading it does nothing, using it may."""

    kind: str
    instance: int
    name: str = ""


@frozen
class Template:
    path: str


@frozen
class AnyOf:
    """One of several."""

    members: tuple[Value, ...]
    weight: int = field(init=False, compare=False, repr=False)
    plain: bool = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "weight", 1 + sum(map(weight, self.members)))
        object.__setattr__(self, "plain", all(map(is_plain, self.members)))

    def remapped(self, new: Callable[[int], int]) -> AnyOf:
        """As `remap`: what had different ids has different ones, so nothing that was told apart becomes one."""
        copy = object.__new__(AnyOf)
        object.__setattr__(copy, "members", tuple([remap(member, new) for member in self.members]))
        object.__setattr__(copy, "weight", self.weight)
        object.__setattr__(copy, "plain", self.plain)
        return copy


Value = (
    Unknown
    | Const
    | Ref
    | ClassValue
    | FunctionValue
    | ModuleValue
    | ExternalValue
    | Method
    | AttributeValue
    | AliasValue
    | Option
    | Statement
    | Result
    | Factory
    | Engine
    | Coroutine
    | Tuple
    | Generator
    | Partial
    | Getter
    | InstanceDict
    | AttributeNames
    | Super
    | Condition
    | Lazy
    | Template
    | AnyOf
)

UNKNOWN = Unknown()
NONE = Const(None)
TRUE = Const(True)
FALSE = Const(False)


PLAIN = frozenset({Unknown, Const, ClassValue, ModuleValue, ExternalValue, AttributeValue, Factory, Option})
"""Values that hold no object of the heap."""
_HOLDERS = frozenset({AnyOf, Tuple, Coroutine, Partial, Generator})
"""Values that may hold many."""


def members(value: Value) -> tuple[Value, ...]:
    return value.members if type(value) is AnyOf else (value,)


def is_plain(value: Value) -> bool:
    """Whether a value is known to hold no object of the heap."""
    kind = type(value)
    return kind in PLAIN or ((kind is AnyOf or kind is Tuple) and value.plain)  # type: ignore[union-attr]


def weight(value: Value) -> int:
    """How many values a value holds."""
    kind = type(value)
    if kind is Tuple or kind is AnyOf:
        return value.weight  # type: ignore[union-attr]
    if kind is Coroutine:
        return 1 + weight(value.value)  # type: ignore[union-attr]
    if kind is Partial or kind is Generator:
        given = value.arguments  # type: ignore[union-attr]
        held: list[Any] = [value.function, *given.positional, *(v for _, v in given.keywords)]  # type: ignore[union-attr]
        return 1 + sum(map(weight, held))
    return 1


def tuple_of(items: Sequence[Value]) -> Tuple:
    """A tuple; when it would hold too much, of what it holds is forgotten what holds something itself."""
    if sum(map(weight, items)) > max(MAX_WEIGHT, len(items)):
        return Tuple(tuple(item if weight(item) == 1 else UNKNOWN for item in items))
    return Tuple(tuple(items))


def any_of(values: Iterable[Value]) -> Value:
    """The union; constants besides None and booleans, and too many alternatives, are not worth keeping."""
    found: dict[Value, None] = {}
    last: Value | None = None
    for value in values:
        if value is last:
            continue
        last = value
        if type(value) is AnyOf:
            for member in value.members:
                found[member] = None
        else:
            found[value] = None
    if len(found) == 1:
        return next(iter(found))
    if not found:
        return UNKNOWN
    texts = [v for v in found if type(v) is Const and v.value is not None and type(v.value) is not bool]
    if len(texts) > 4:
        for value in texts:
            del found[value]
        found[UNKNOWN] = None
    if any(type(v) in _HOLDERS for v in found) and sum(map(weight, found)) > MAX_WEIGHT:
        found = {**{v: None for v in found if weight(v) == 1}, UNKNOWN: None}
    if len(found) > MAX_ALTERNATIVES:
        kept = [v for v in found if not isinstance(v, Const | Unknown)][:MAX_ALTERNATIVES]
        return AnyOf((*kept, UNKNOWN)) if kept else UNKNOWN
    return next(iter(found)) if len(found) == 1 else AnyOf(tuple(found))


def truth(value: Value) -> bool | None:
    """True or False where every alternative agrees, else None."""
    verdicts = {_truth(member) for member in members(value)}
    return verdicts.pop() if len(verdicts) == 1 else None


def _truth(value: Value) -> bool | None:
    if isinstance(value, Const):
        return bool(value.value)
    if isinstance(value, Tuple):
        return bool(value.items) if not value.repeated else None
    if isinstance(value, ClassValue | FunctionValue | ModuleValue | Factory | Statement | Option):
        return True
    return None


def refs(value: Any) -> Iterator[int]:
    """Ids of the heap objects that a value holds."""
    if isinstance(value, Ref):
        yield value.id
    elif isinstance(value, AnyOf):
        for member in value.members:
            yield from refs(member)
    elif isinstance(value, Tuple):
        for item in value.items:
            yield from refs(item)
    elif isinstance(value, Coroutine):
        yield from refs(value.value)
    elif isinstance(value, Method):
        yield from refs(value.receiver)
    elif isinstance(value, FunctionValue):
        if value.bound is not None:
            yield from refs(value.bound)
    elif isinstance(value, (Partial, Generator)):
        yield from refs(value.function)
        yield from refs(value.arguments)
    elif isinstance(value, Arguments):
        for item in value.positional:
            yield from refs(item)
        for _, item in value.keywords:
            yield from refs(item)
    elif isinstance(value, Result):
        yield value.session
        yield from value.rows
    elif isinstance(value, Statement):
        if value.session:
            yield value.session
    elif isinstance(value, InstanceDict | Lazy):
        yield value.instance
    elif isinstance(value, Super):
        yield from refs(value.instance)
    elif isinstance(value, Condition):
        yield from refs(value.subject)


def remap(value: Any, new: Callable[[int], int]) -> Any:
    """The value with its ids replaced; those of frames too, where `new` has a `frame` for them."""
    kind = type(value)
    if kind is Ref:
        return Ref(new(value.id))
    if kind in PLAIN:
        return value
    if kind is AnyOf or kind is Tuple:
        return value if value.plain else value.remapped(new)
    match value:
        case Coroutine(inner):
            return Coroutine(remap(inner, new))
        case Method(receiver, name):
            return Method(remap(receiver, new), name)
        case FunctionValue():
            frame = getattr(new, "frame", None)
            if value.bound is None and (frame is None or not value.closure):
                return value
            bound = None if value.bound is None else remap(value.bound, new)
            return replace(value, bound=bound, closure=value.closure if frame is None else frame(value.closure))
        case Partial(function, arguments):
            return Partial(remap(function, new), remap(arguments, new))
        case Generator(function, arguments):
            return Generator(remap(function, new), remap(arguments, new))
        case Arguments():
            if all(map(is_plain, value.positional)) and all(is_plain(item) for _, item in value.keywords):
                return value
            return replace(
                value,
                positional=tuple([remap(item, new) for item in value.positional]),
                keywords=tuple([(key, remap(item, new)) for key, item in value.keywords]),
            )
        case Result():
            return replace(value, session=new(value.session), rows=tuple([new(row) for row in value.rows]))
        case Statement() if value.session:
            return replace(value, session=new(value.session))
        case InstanceDict() | Lazy():
            return replace(value, instance=new(value.instance))
        case Super(info, instance):
            return Super(info, remap(instance, new))
        case Condition():
            return replace(value, subject=remap(value.subject, new))
    return value
