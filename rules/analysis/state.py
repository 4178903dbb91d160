"""The abstract heap and variables at one point of one path, and how two of them are joined."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field
from itertools import compress, count
from operator import is_not, ne
from typing import Any, ClassVar

from rules.analysis.accesses import Cause, Hop, Origin, Place
from rules.analysis.copying import replace
from rules.analysis.values import (
    NONE,
    PLAIN,
    UNKNOWN,
    AnyOf,
    Const,
    Coroutine,
    Factory,
    FunctionValue,
    Generator,
    LoadStep,
    Option,
    Partial,
    Ref,
    Statement,
    Tuple,
    Value,
    any_of,
    refs,
    remap,
)
from rules.index.models import Column, Model
from rules.index.program import ClassInfo
from rules.source.ir import NOWHERE

Inside = tuple[tuple[int, ...], frozenset[int]]
"""The objects that a heap object holds, in order, and the frames that its functions see: found out once."""

Mark = tuple[int, tuple[int, ...], tuple[int, ...]]
"""A number for what an object is but for which objects it holds, then these, and the frames that its functions see."""


@dataclass(frozen=True, slots=True)
class Loaded:
    value: Value
    by_identity: bool = False
    """Not read yet, and found in the identity map when it is: as long as the instance has a session."""


@dataclass(frozen=True, slots=True)
class Unloaded:
    cause: Cause
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Maybe:
    """Loaded on some paths, or refreshed by something that may have met it: silent."""


MAYBE = Maybe()
Status = Loaded | Unloaded | Maybe


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """What the query's options load of one instance: attribute -> step, and the plan of what hangs below it."""

    steps: Mapping[str, tuple[LoadStep, tuple[Option, ...]]] = field(default_factory=dict)
    wildcard: str = ""
    """The strategy of `*` at this level."""
    deep_wildcard: bool = False
    only: frozenset[str] | None = None
    """load_only(): the columns that are loaded."""
    deferred: frozenset[str] = frozenset()
    undeferred: frozenset[str] = frozenset()
    unknown: bool = False
    """There are options that could not be read."""

    def __hash__(self) -> int:
        return hash((tuple(sorted(self.steps)), self.wildcard, self.only, self.deferred, self.undeferred, self.unknown))


@dataclass(frozen=True)
class Instance:
    """A mapped object, or all the objects of one query's result."""

    model: Model
    origin: Origin
    session: int = 0
    """The session's id while attached, 0 when detached or transient."""
    life: str = "persistent"
    """`transient`, `pending`, `persistent`, `deleted`."""
    plan: LoadPlan = LoadPlan()
    selected: bool = True
    """Rows were read for it, so that mapped eager relationships ran."""
    attributes: Mapping[str, Status] = field(default_factory=dict)
    expired: Cause | Maybe | None = None
    lost: frozenset[str] = frozenset()
    """Relationships that were loaded when it was expired."""
    changed: frozenset[str] = frozenset()
    """Attributes set since the last flush."""
    change_cause: Place | None = None
    path: tuple[tuple[Model, str], ...] = ()
    models: tuple[int, ...] = ()
    """Identities of the models on the mapped loading path."""
    root: Model | None = None
    via: tuple[Hop, ...] = ()
    home: int = 0
    option: Place | None = None
    unknown_keywords: bool = False
    """Constructed with `**values`."""
    assumed: bool = False
    """A parameter whose caller is not known: all that was loaded is unknown."""
    ghost: Any = None
    """The access that failed to load it: what is read of it is needed too."""
    detached: Cause | None = None
    sync: bool = False
    null_keys: tuple[str, ...] = ()
    compared: frozenset[str] = frozenset()
    """Columns that its query or the code compared with something; `*` where that cannot be read; `REFERRED`."""
    committed: bool = True
    """False for a new object until its first commit: a rollback makes it transient again."""
    inside: ClassVar[Inside | None] = None
    mark: ClassVar[Mark | None] = None

    def with_status(self, name: str, status: Status) -> Instance:
        return replace(self, attributes={**self.attributes, name: status})

    def __hash__(self) -> int:
        return hash((self.model, self.session, self.life, self.expired, tuple(sorted(self.attributes)), self.plan))


@dataclass(frozen=True)
class Session:
    kind: str
    """`async`, `sync`."""
    expire: bool | None
    autoflush: bool = True
    closed: bool = False
    factory: Place | None = None
    block: str = ""
    """What the end of its `async with` does: `close`, `commit`, `commit+close`."""
    assumed: bool = False
    no_autoflush: int = 0
    savepoint: int = 0
    scoped: bool = False
    library: bool = False
    """A library opened it, and nobody sees whether it is another one than the project's own."""
    idle: bool = False
    """Nothing was begun since the last commit or rollback: there is nothing to roll back."""
    info: ClassInfo | None = None
    """The project's own class, where it is one."""


@dataclass(frozen=True)
class Container:
    """A list, set, dict, queue or iterator."""

    kind: str
    element: Value | None = None
    """All elements (of a dict: values) together; None while empty."""
    items: Mapping[Any, Value] | None = None
    """By constant key or index, while every one is known."""
    keys: Value | None = None
    relation: tuple[int, str] | None = None
    """The instance and attribute that it is the loaded collection of."""
    inside: ClassVar[Inside | None] = None
    mark: ClassVar[Mark | None] = None

    def __hash__(self) -> int:
        return hash((self.kind, self.element))


@dataclass(frozen=True)
class Object:
    """An instance of an ordinary class."""

    info: ClassInfo
    attributes: Mapping[str, Value] = field(default_factory=dict)
    assumed: bool = False
    opaque: bool = False
    """Made with arguments that are not known: a missing attribute is unknown."""
    bindings: tuple[tuple[str, Any], ...] = ()
    inside: ClassVar[Inside | None] = None
    mark: ClassVar[Mark | None] = None

    def __hash__(self) -> int:
        return hash((self.info, tuple(sorted(self.attributes))))


HeapObject = Instance | Session | Container | Object


PARENT = "<parent>"
"""What a frame calls the frame around it."""
SEEN = "<seen>"
"""What a frame calls the names that functions in it mention."""
Clause = frozenset[tuple[str, bool]]
"""At least one of these conditions has that verdict: what is left of `not (a and b)` when it was decided."""
MAX_CONDITIONS = 200
"""Verdicts that a path keeps, those that were reached last: each costs at every branch."""


class State:
    """One path. Mutable; `fork` to keep a copy."""

    __slots__ = ("_own", "conditions", "effects", "heap", "variables")

    def __init__(self) -> None:
        self.heap: dict[int, HeapObject] = {}
        self.variables: dict[int, dict[Any, Value]] = {0: {}}
        """By frame; frame 0 holds module-level variables."""
        self.conditions: dict[str | Clause, bool] = {}
        """Conditions that this path has decided, by their text, and the clauses of which one holds."""
        self.effects: tuple[tuple[int, str, Any], ...] = ()
        """(session, effect, detail) in order, for callers whose objects the callee cannot see."""
        self._own: set[int] = {0}

    def fork(self) -> State:
        copy = State.__new__(State)
        copy.heap = self.heap.copy()
        copy.variables = self.variables.copy()
        copy.conditions = self.conditions
        copy.effects = self.effects
        copy._own = set()
        self._own = set()
        return copy

    def become(self, other: State) -> None:
        """Takes over what another state holds."""
        self.heap, self.variables = other.heap, other.variables
        self.conditions, self.effects = other.conditions, other.effects
        self._own = set()
        other._own = set()

    def instance(self, number: int) -> Instance:
        """The object, which is known to be an instance."""
        found = self.heap[number]
        assert isinstance(found, Instance)
        return found

    def get(self, frame: int, name: Any) -> Value | None:
        found = self.variables.get(frame)
        return None if found is None else found.get(name)

    def set(self, frame: int, name: Any, value: Value) -> None:
        if frame not in self._own:
            self.variables[frame] = dict(self.variables.get(frame, ()))
            self._own.add(frame)
        self.variables[frame][name] = value

    def unset(self, frame: int, name: Any) -> None:
        if name in self.variables.get(frame, ()):
            self.set(frame, name, UNKNOWN)
            del self.variables[frame][name]

    def decide(self, text: str, verdict: bool) -> None:
        self._know(text, verdict)

    def forget_conditions(self, name: str) -> None:
        """The variable `name` has changed: what was decided about it no longer holds."""
        if any(_mentions(known, name) for known in self.conditions):
            self.conditions = {known: v for known, v in self.conditions.items() if not _mentions(known, name)}

    def decided(self, text: str) -> bool | None:
        """The verdict of a condition on this path, or what follows for it from others; None where it is open."""
        conditions = self.conditions
        found = conditions.get(text)
        if found is not None:
            return found
        for clause in conditions:
            if isinstance(clause, str):
                continue
            mine = [verdict for other, verdict in clause if other == text]
            if mine and all(other == text or conditions.get(other) is (not verdict) for other, verdict in clause):
                return mine[0]
        return None

    def assert_one_of(self, clause: Clause) -> None:
        self._know(clause, True)

    def _know(self, known: str | Clause, verdict: bool) -> None:
        conditions = {**self.conditions, known: verdict}
        if len(conditions) > MAX_CONDITIONS:
            del conditions[next(iter(conditions))]
        self.conditions = conditions


def _mentions(known: str | Clause, name: str) -> bool:
    if isinstance(known, str):
        return name in known
    return any(name in text for text, _ in known)


def _satisfied(known: str | Clause, conditions: Mapping[str | Clause, bool]) -> bool:
    return not isinstance(known, str) and any(conditions.get(text) is verdict for text, verdict in known)


def _matters(value: Value | None, flags: bool) -> bool:
    """Whether it matters which of two values a path has: statements and options load, flags in variables decide."""
    if isinstance(value, AnyOf):
        return any(_matters(member, flags) for member in value.members)
    if isinstance(value, Const):
        return flags and isinstance(value.value, bool)
    if isinstance(value, Tuple):
        return any(_matters(item, False) for item in value.items)
    return isinstance(value, Statement | Option | Factory)


def _joinable_value(one: Value | None, two: Value | None, *, flags: bool = False) -> bool:
    if one is two or one == two or one is None or two is None:
        return True
    return not (_matters(one, flags) or _matters(two, flags))


def holds_any(state: State, wanted: Set[int]) -> bool:
    """Whether a variable holds one of some objects, or holds something that does."""
    found: list[int] = []
    for variables in state.variables.values():
        for value in variables.values():
            if type(value) not in PLAIN:
                collect(value, found, set())
    seen: set[int] = set()
    while found:
        number = found.pop()
        if number in seen:
            continue
        if number in wanted:
            return True
        seen.add(number)
        held = state.heap.get(number)
        if held is not None:
            found.extend(inside(held)[0])
    return False


def joinable(one: State, two: State, frame: int, *, held: bool = False) -> bool:
    """Whether nothing is lost that matters when two paths are treated as one.

    `held`: only objects matter that a variable still holds.
    """
    left_variables, right_variables = one.variables.get(frame, {}), two.variables.get(frame, {})
    if left_variables is not right_variables:
        for name in left_variables.keys() & right_variables.keys():
            left_value, right_value = left_variables[name], right_variables[name]
            if left_value is right_value:
                continue
            if not _joinable_value(left_value, right_value, flags=True):
                return False
            if differ_in_options(one, left_value, two, right_value):
                return False
    left_heap, right_heap = one.heap, two.heap
    apart: set[int] = set()
    for key in changed(left_heap, right_heap):
        left, right = left_heap.get(key), right_heap[key]
        if left is not None and left != right and not _joinable_objects(left, right):
            if not held:
                return False
            apart.add(key)
    return not apart or not (holds_any(two, apart) or holds_any(one, apart))


def changed(before: Mapping[int, HeapObject], after: Mapping[int, HeapObject]) -> Iterable[int]:
    """What the second of two heaps holds and the first does not, or not in the same version.

    Heaps of paths that have parted hold much in common, in the same order.
    """
    if before is after:
        return ()
    left, right = list(before), list(after)
    common = min(len(left), len(right))
    if left[:common] != right[:common]:
        common = next(compress(count(), map(ne, left, right)))
    found = list(compress(right[:common], map(is_not, before.values(), after.values())))
    found.extend([key for key in right[common:] if before.get(key) is not after[key]])
    return found


def differ_in_options(left: State, one: Value, right: State, two: Value) -> bool:
    """Whether one path has a list of loader options where the other has None."""
    return (two == NONE and _lists_options(left, one)) or (one == NONE and _lists_options(right, two))


def _lists_options(state: State, value: Value) -> bool:
    found = state.heap.get(value.id) if isinstance(value, Ref) else None
    return isinstance(found, Container) and _matters(found.element, False)


def _joinable_objects(left: HeapObject, right: HeapObject) -> bool:
    if isinstance(left, Container) and isinstance(right, Container):
        if (left.element is None) is not (right.element is None):
            # With options or without: what is loaded depends on it.
            return not _matters(left.element or right.element, False)
        return _joinable_value(left.element, right.element)
    if isinstance(left, Session) and isinstance(right, Session) and left.idle is not right.idle:
        return replace(left, idle=right.idle) == right
    if isinstance(left, Object) and isinstance(right, Object) and left.info is right.info:
        return all(
            _joinable_value(left.attributes[name], right.attributes[name])
            for name in left.attributes.keys() & right.attributes.keys()
        )
    if isinstance(left, Instance) and isinstance(right, Instance):
        return (
            left.model is right.model
            and left.session == right.session
            and left.life == right.life
            and left.expired == right.expired
            and left.plan == right.plan
            and all(
                _joinable_status(left, name, left.attributes.get(name), right.attributes.get(name))
                for name in left.attributes.keys() | right.attributes.keys()
            )
        )
    return False


def _joinable_status(inst: Instance, name: str, one: Status | None, two: Status | None) -> bool:
    if one == two or isinstance(one, Maybe) or isinstance(two, Maybe):
        return True
    if isinstance(one, Unloaded) or isinstance(two, Unloaded):
        return False
    if isinstance(one, Loaded) and isinstance(two, Loaded):
        return True
    # Loaded on one path and untouched on the other: the same for a column that was selected.
    return isinstance(inst.model.attributes.get(name), Column) and inst.selected and not isinstance(inst.expired, Cause)


def join(one: State, two: State, frame: int) -> State:
    """A state that stands for both paths; where they differ, it says less."""
    result = one.fork()
    for key in changed(one.heap, two.heap):
        left, right = one.heap.get(key), two.heap[key]
        if left is None:
            result.heap[key] = right
        elif left != right:
            result.heap[key] = _join_objects(left, right)
    for number in two.variables.keys() | one.variables.keys():
        left_variables, right_variables = one.variables.get(number, {}), two.variables.get(number, {})
        if left_variables is right_variables:
            continue
        for name, right_value in right_variables.items():
            left_value = left_variables.get(name)
            if left_value is None:
                result.set(number, name, right_value)
            elif left_value is not right_value and left_value != right_value:
                result.set(number, name, any_of((left_value, right_value)))
    if one.conditions is not two.conditions:
        left_known, right_known = one.conditions, two.conditions
        result.conditions = {
            known: verdict
            for known, verdict in left_known.items()
            if right_known.get(known) == verdict or _satisfied(known, right_known)
        }
        for known in right_known:
            if known not in left_known and _satisfied(known, left_known):
                result.conditions[known] = True
    if one.effects != two.effects:
        longer, shorter = (
            (one.effects, two.effects) if len(one.effects) >= len(two.effects) else (two.effects, one.effects)
        )
        common = 0
        while common < len(shorter) and longer[common] == shorter[common]:
            common += 1
        # A query that may not have run only says less; of anything else it is unknown what it left.
        rest: list[tuple[int, str, Any]] = []
        for effect in (*longer[common:], *shorter[common:]):
            told = effect if effect[1] == "query" else (effect[0], "maybe", (("", NOWHERE), ()))
            if told not in rest:
                rest.append(told)
        result.effects = longer[:common] + tuple(rest)
    return result


def _join_objects(left: HeapObject, right: HeapObject) -> HeapObject:
    if isinstance(left, Container) and isinstance(right, Container):
        items = None
        if left.items is not None and right.items is not None and left.items.keys() == right.items.keys():
            items = {key: any_of((value, right.items[key])) for key, value in left.items.items()}
        return Container(
            left.kind,
            _optional_union(left.element, right.element),
            items,
            _optional_union(left.keys, right.keys),
            left.relation if left.relation == right.relation else None,
        )
    if isinstance(left, Object) and isinstance(right, Object):
        attributes = dict(left.attributes)
        for name, value in right.attributes.items():
            attributes[name] = any_of((attributes[name], value)) if name in attributes else value
        return replace(left, attributes=attributes)
    if isinstance(left, Instance) and isinstance(right, Instance) and left.model is right.model:
        return _join_instances(left, right)
    if isinstance(left, Session) and isinstance(right, Session):
        return replace(
            left,
            expire=left.expire if left.expire == right.expire else None,
            closed=left.closed and right.closed,
            idle=left.idle and right.idle,
        )
    return left


def _optional_union(left: Value | None, right: Value | None) -> Value | None:
    if left is None or right is None:
        return left or right
    return any_of((left, right))


_UNREADABLE = frozenset({"*"})


def _join_instances(left: Instance, right: Instance) -> Instance:
    attributes: dict[str, Status] = {}
    for name in left.attributes.keys() | right.attributes.keys():
        one, two = left.attributes.get(name), right.attributes.get(name)
        if one == two and one is not None:
            attributes[name] = one
        elif isinstance(one, Loaded) and isinstance(two, Loaded):
            attributes[name] = Loaded(any_of((one.value, two.value)), one.by_identity and two.by_identity)
        elif _joinable_status(left, name, one, two) and not isinstance(one, Maybe) and not isinstance(two, Maybe):
            attributes[name] = Loaded(UNKNOWN)
        else:
            attributes[name] = MAYBE
    same_plan = left.plan == right.plan
    return replace(
        left,
        attributes=attributes,
        expired=left.expired if left.expired == right.expired else MAYBE,
        session=left.session if left.session == right.session else 0,
        life=left.life if left.life == right.life else "persistent",
        plan=left.plan if same_plan else LoadPlan(unknown=True),
        changed=left.changed | right.changed,
        change_cause=left.change_cause or right.change_cause,
        lost=left.lost & right.lost,
        compared=(left.compared & right.compared) | ((left.compared | right.compared) & _UNREADABLE),
        assumed=left.assumed or right.assumed or left.session != right.session,
        detached=left.detached if left.detached == right.detached else None,
    )


def reachable(state: State, roots: Iterable[Value]) -> list[int]:
    """Ids of the objects that can be reached from some values, in a canonical order."""
    return reach(state, roots)[0]


def reach(state: State, roots: Iterable[Value]) -> tuple[list[int], set[int]]:
    """The objects, and the frames of nested functions, that can be reached from some values."""
    order: list[int] = []
    seen: set[int] = set()
    frames: set[int] = set()
    done: set[int] = set()
    found: list[int] = []
    for value in roots:
        collect(value, found, frames)
    found.reverse()
    heap = state.heap
    while True:
        while found:
            number = found.pop()
            if number in seen:
                continue
            seen.add(number)
            held = heap.get(number)
            if held is None:
                continue
            order.append(number)
            inner, seen_frames = inside(held)
            if inner:
                found.extend(reversed(inner))
            if seen_frames:
                frames |= seen_frames
        waiting = frames - done
        if not waiting:
            return order, frames
        for frame in waiting:
            done.add(frame)
            collect_frame(state.variables.get(frame, {}), found, frames)


def collect_frame(variables: Mapping[Any, Value], found: list[int], frames: set[int]) -> None:
    """Adds the ids of the objects that a frame holds, and the frames that its functions and itself see."""
    for value in variables.values():
        collect(value, found, frames)
    outer = variables.get(PARENT)
    if isinstance(outer, Const):
        frames.add(outer.value)


def collect(value: Any, found: list[int], frames: set[int]) -> None:
    """Adds the ids of the objects that a value holds, and the frames that its functions see."""
    kind = type(value)
    if kind is Ref:
        found.append(value.id)
    elif kind in PLAIN:
        return
    elif kind is AnyOf:
        if not value.plain:
            for member in value.members:
                collect(member, found, frames)
    elif kind is Tuple:
        if not value.plain:
            for item in value.items:
                collect(item, found, frames)
    elif kind is FunctionValue:
        if value.closure:
            frames.add(value.closure)
        if value.bound is not None:
            collect(value.bound, found, frames)
    elif kind is Partial or kind is Generator:
        collect(value.function, found, frames)
        for item in value.arguments.positional:
            collect(item, found, frames)
        for _, item in value.arguments.keywords:
            collect(item, found, frames)
    elif kind is Coroutine:
        collect(value.value, found, frames)
    else:
        found.extend(refs(value))


_NOTHING: Inside = ((), frozenset())


def inside(found: HeapObject) -> Inside:
    """The objects that a heap object holds, and the frames that its functions see."""
    if isinstance(found, Session):
        return _NOTHING
    known = found.inside
    if known is None:
        ids: list[int] = []
        frames: set[int] = set()
        _collect_children(found, ids, frames)
        known = (tuple(ids), frozenset(frames)) if ids or frames else _NOTHING
        found.__dict__["inside"] = known
    return known


def _collect_children(found: HeapObject, ids: list[int], frames: set[int]) -> None:
    if isinstance(found, Instance):
        if found.session:
            ids.append(found.session)
        attributes = found.attributes
        for name in sorted(attributes) if len(attributes) > 1 else attributes:
            status = attributes[name]
            if type(status) is Loaded:
                collect(status.value, ids, frames)
    elif isinstance(found, Container):
        if found.element is not None:
            collect(found.element, ids, frames)
        if found.items:
            for value in found.items.values():
                collect(value, ids, frames)
        if found.keys is not None:
            collect(found.keys, ids, frames)
        if found.relation:
            ids.append(found.relation[0])
    elif isinstance(found, Object):
        attributes_of = found.attributes
        for name in sorted(attributes_of):
            collect(attributes_of[name], ids, frames)


def remapped(found: HeapObject, new: Callable[[int], int]) -> HeapObject:
    """The same object where the objects that it holds have other ids."""
    if not any(inside(found)):
        return found
    if isinstance(found, Instance):
        return replace(
            found,
            session=new(found.session) if found.session else 0,
            attributes={
                name: replace(status, value=remap(status.value, new)) if isinstance(status, Loaded) else status
                for name, status in found.attributes.items()
            },
        )
    if isinstance(found, Container):
        return replace(
            found,
            element=remap(found.element, new) if found.element is not None else None,
            items={key: remap(value, new) for key, value in found.items.items()} if found.items is not None else None,
            keys=remap(found.keys, new) if found.keys is not None else None,
            relation=(new(found.relation[0]), found.relation[1]) if found.relation else None,
        )
    if isinstance(found, Object):
        return replace(found, attributes={name: remap(value, new) for name, value in found.attributes.items()})
    return found


__all__ = [
    "MAYBE",
    "Container",
    "Instance",
    "LoadPlan",
    "Loaded",
    "Maybe",
    "Object",
    "Ref",
    "Session",
    "State",
    "Unloaded",
]
