"""Calling contexts that were seen before: what a call did, up to the identity of objects, is repeated."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rules.analysis import (
    attributes,
    hops,
    sessions,
)
from rules.analysis.accesses import Access, AccessKey, Hop
from rules.analysis.copying import replace
from rules.analysis.frames import Cut, Emitted, Exit, Frame
from rules.analysis.recording import Recording
from rules.analysis.state import (
    PARENT,
    SEEN,
    Container,
    HeapObject,
    Instance,
    Loaded,
    Object,
    Session,
    State,
    inside,
    reach,
    reachable,
    remapped,
)
from rules.analysis.values import (
    Arguments,
    Const,
    FunctionValue,
    Ref,
    Value,
    is_plain,
    remap,
)
from rules.source import ir
from rules.source.ir import Position

if TYPE_CHECKING:
    from rules.analysis.interpreter import Interpreter

MAX_OUTCOMES = 6
MAX_CONTEXTS = 10
"""Contexts of one kind in which an entry point has a function run."""
MAX_RUNS = 40
"""Contexts of any kind."""
MAX_REMEMBERED = 4
"""Ways of one call that are remembered: they differ in what the callers hold."""
MAX_EFFECTS = 40
"""Operations on sessions that are remembered of one call: repeated calls would double them."""

DESCRIBED = 3
"""The place in a calling context of what describes the objects."""

Effect = tuple[int, str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One way out of a call. Ids below zero are those of the objects given, in their order."""

    kind: str
    value: Value
    records: tuple[tuple[int, HeapObject], ...]
    """The objects that it changed or made."""
    effects: tuple[Effect, ...]
    scopes: tuple[tuple[int, dict[Any, Value]], ...]
    """Frames that functions still see which it made."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a call does in one context, up to the identity of objects."""

    accesses: tuple[tuple[Access, int, tuple[Hop, ...]], ...]
    """Reads that fail, with the place of the instance among the objects given, and the calls on the way."""
    outcomes: tuple[Outcome, ...]
    looks: tuple[tuple[attributes.Look, tuple[bool, bool]], ...]
    """What was looked for among the objects that the callers hold, and whether it was there, or surely not."""
    recording: Recording
    only_for: int
    """The entry point in which it holds: something was cut off that another might follow. 0: everywhere."""
    cut_at: Cut

    def made(self) -> Iterator[int]:
        """Ids of the objects that it made."""
        return (number for way in self.outcomes for number, _ in way.records if number > 0)


class Given:
    """What a call is given, each thing by its place: that is what its calling context calls it."""

    __slots__ = ("_frames", "order", "places", "scopes")

    def __init__(self, order: list[int], scopes: list[int]) -> None:
        self.order = order
        """The objects that it can reach."""
        self.scopes = scopes
        """The frames around it, the innermost first. It binds no variable of theirs."""
        self.places = {number: -(place + 1) for place, number in enumerate(order)}
        self._frames = {number: -(place + 1) for place, number in enumerate(scopes)}

    def __call__(self, number: int) -> int:
        return self.places.get(number, number)

    def frame(self, number: int) -> int:
        return self._frames.get(number, number)


def around(state: State, target: FunctionValue) -> list[tuple[int, dict[Any, Value]]]:
    """The frames around a nested function, the innermost first, with the variables that functions in there see."""
    found: list[tuple[int, dict[Any, Value]]] = []
    number = target.closure
    while number:
        variables = state.variables.get(number, {})
        seen, outer = variables.get(SEEN), variables.get(PARENT)
        names = seen.value if isinstance(seen, Const) else variables.keys()
        names = (names & variables.keys()) - {PARENT, SEEN}
        found.append((number, {name: variables[name] for name in sorted(names)}))
        number = outer.value if isinstance(outer, Const) else 0
    return found


def recall(
    interp: Interpreter, state: State, target: FunctionValue, arguments: Arguments, position: Position
) -> tuple[Any, Given] | list[Exit]:
    """The remembered exits of a call whose context is the same up to the identity of objects, or its key."""
    roots: list[Value] = [*arguments.positional, *(value for _, value in arguments.keywords)]
    if target.bound is not None:
        roots.insert(0, target.bound)
    scopes = around(state, target) if target.closure else []
    for _, variables in scopes:
        roots.extend(variables.values())
    order = reachable(state, roots)
    local = Given(order, [number for number, _ in scopes])
    key = (
        id(target.function.facts),
        remap(arguments, local),
        remap(target.bound, local) if target.bound is not None else None,
        tuple([_described(interp, state.heap[number], local) for number in order]),
        interp.frame.greenlet,
        interp.handled,
        interp.hushed > 0,
        interp.assuming,
        tuple([tuple([(name, remap(value, local)) for name, value in variables.items()]) for _, variables in scopes]),
    )
    remembered = interp.memo.get(key)
    if remembered is None:
        return key, local
    actual = _Actual(interp, local, position)

    def fits(known: Summary) -> bool:
        return known.only_for in (0, interp.root) and all(
            attributes.looked_up_alike(interp, state, _relocated(look, actual), found) for look, found in known.looks
        )

    known = next(filter(fits, remembered), None)
    if known is None:
        return key, local
    interp.met_again.add(id(known))
    own = known.recording
    if own.number not in interp.paid_for:
        if interp.contexts[own.kind] >= MAX_CONTEXTS or interp.contexts[own.function] >= MAX_RUNS:
            return key, local
        interp.pay_again(own)
    if known.only_for:
        interp.cut_again(known.cut_at)
    interp.repeat(own)
    name = target.function.name
    for access, place, below in known.accesses:
        attributes.met_again(interp, state, access, local.order[place], below, position, name)
    return _exits(interp, state, known, actual, name)


class _Actual:
    """The ids that objects of a remembered call have when it is met again: those that it was given, and new ones."""

    def __init__(self, interp: Interpreter, given: Given, position: Position) -> None:
        self._interp = interp
        self._key = ("again", interp.frame.key, position)
        self.position = position
        self._made = {-(place + 1): number for place, number in enumerate(given.order)}
        self.given = frozenset(given.order)
        self._around = {-(place + 1): number for place, number in enumerate(given.scopes)}
        self.scopes: dict[int, int] = {}
        """Frames that the call made, and what they are called here."""

    def __call__(self, number: int) -> int:
        found = self._made.get(number)
        if found is None:
            if number not in self._interp.rebased:
                return number
            found = self._made[number] = self._interp.key(*self._key, number)
        return found

    def frame(self, number: int) -> int:
        return self._around[number] if number < 0 else self.scopes.get(number, number)


def _exits(interp: Interpreter, state: State, known: Summary, actual: _Actual, name: str) -> list[Exit]:
    exits: list[Exit] = []
    position = actual.position
    for way in known.outcomes:
        path = state.fork()
        actual.scopes = {number: interp.new_frame_id() for number, _ in way.scopes}
        for session, effect, details in way.effects:
            sessions.repeat(interp, path, (actual(session), effect, details))
        if way.effects:
            hops.carry_out(path, interp.frame, name, position)
        for number, record in way.records:
            path.heap[actual(number)] = _rehomed(remapped(record, actual), interp.frame, position, name)
        for number, _ in way.records:
            if actual(number) not in actual.given:
                sessions.met(interp, path, actual(number))
        for number, variables in way.scopes:
            path.variables[actual.frame(number)] = _scope(variables, actual)
        exits.append(Exit(way.kind, path, remap(way.value, actual)))
    return exits


def _scope(variables: Mapping[Any, Value], new: Given | _Actual) -> dict[Any, Value]:
    found = {name: remap(value, new) for name, value in variables.items()}
    outer = variables.get(PARENT)
    if isinstance(outer, Const):
        found[PARENT] = Const(new.frame(outer.value))
    return found


def _rehomed(record: HeapObject, frame: Frame, position: Position, name: str) -> HeapObject:
    """The record as it comes out of this call: what the call noted when it was made elsewhere leads through here."""
    if not isinstance(record, Instance):
        return record
    hop = hops.out_of(name, frame.path, position)
    via = (*record.via[:-1], hop) if record.via and record.via[-1].note == hop.note else record.via
    return replace(record, home=frame.depth, via=via)


def remember(
    interp: Interpreter,
    state: State,
    key: Any,
    local: Given,
    exits: list[Exit],
    emitted: Emitted,
    looks: list[attributes.Look],
    recording: Recording,
    cut_at: Cut,
    position: Position,
    name: str,
) -> list[Exit]:
    """Keeps what a call did; gives its exits as they will be when it is met again: so all that comes after it goes the
    same way, whether or not this call was the first of its kind."""
    remembered = tuple(known for known in interp.memo.get(key, ()) if known.only_for in (0, interp.root))
    if len(exits) > MAX_OUTCOMES or len(remembered) >= MAX_REMEMBERED:
        return exits
    order = local.order
    found = [reach(way.state, [way.value, *(Ref(number) for number in order)]) for way in exits]
    caller = interp.frame
    only_for = interp.root if cut_at[0] <= caller.depth else 0
    accesses: dict[Any, None] = {}
    inner: dict[AccessKey, Access] = {}
    place_of = {number: place for place, number in enumerate(order)}
    for (access, number), ways in emitted.items():
        if number in place_of:
            for frame, tail in ways:
                callee = frame
                while callee.caller is not None and callee.caller is not caller:
                    callee = callee.caller
                if callee.caller is caller:
                    accesses[(access, place_of[number], (*attributes.hops_below(frame, callee), *tail))] = None
        elif number not in state.heap:
            inner[access.key] = access
    recording.accesses = inner
    known_before = state.heap
    outcomes: list[Any] = []
    for way, (numbers, frames) in zip(exits, found, strict=True):
        for number in numbers:
            if number not in known_before:
                interp.rebased.add(number)
        records = tuple(
            [
                (local(number), remapped(way.state.heap[number], local))
                for number in numbers
                if way.state.heap[number] is not known_before.get(number)
            ]
        )
        effects = [
            (local(session), effect, detail)
            for session, effect, detail in way.state.effects[len(state.effects) :]
            if session in local.places
        ]
        scopes = tuple(
            [
                (number, _scope(way.state.variables.get(number, {}), local))
                for number in sorted(frames - state.variables.keys())
            ]
        )
        outcomes.append(Outcome(way.kind, remap(way.value, local), records, _condensed(effects), scopes))
    looked = tuple(
        (_relocated(look, local), attributes.verdict(attributes.look_up(interp, state, look))) for look in looks
    )
    known = Summary(tuple(accesses), tuple(outcomes), looked, recording, only_for, cut_at)
    interp.memo[key] = (*remembered, known)
    return _exits(interp, state, known, _Actual(interp, local, position), name)


def _relocated(look: attributes.Look, new: Callable[[int], int]) -> attributes.Look:
    inst = look.instance
    moved = replace(inst, session=new(inst.session), attributes={})
    return attributes.Look(new(look.number), moved, look.target, look.provided, look.any_row)


def _condensed(effects: list[Effect]) -> tuple[Effect, ...]:
    """What a call does to sessions: too much of it, and it is only known that something was done."""
    if len(effects) <= MAX_EFFECTS:
        return tuple(effects)
    return tuple(dict.fromkeys((session, "maybe", (("", ir.NOWHERE), ())) for session, *_ in effects))


class _Inner:
    """Numbers for what one object holds, by the order in which it is met there."""

    def __init__(self) -> None:
        self.objects: dict[int, int] = {}
        self.frames: dict[int, int] = {}

    def __call__(self, number: int) -> int:
        return self.objects.setdefault(number, -(len(self.objects) + 1))

    def frame(self, number: int) -> int:
        return self.frames.setdefault(number, -(len(self.frames) + 1))


def _described(interp: Interpreter, found: HeapObject, local: Given) -> Any:
    """An object as part of a calling context: two of the same description behave the same. How it came is no part."""
    if isinstance(found, Session):
        return found
    mark = found.mark
    if mark is None:
        inner = _Inner()
        number = interp.mark(*_own_part(found), *_held(found, inner))
        mark = found.__dict__["mark"] = (number, tuple(inner.objects), tuple(inner.frames))
    number, objects, frames = mark
    if not objects and not frames:
        return number
    return (number, *map(local, objects), *map(local.frame, frames))


def marks(key: Any) -> Iterator[int]:
    """The marks of the objects that a calling context is about."""
    for one in key[DESCRIBED]:
        if not isinstance(one, Session):
            yield one if isinstance(one, int) else one[0]


def _held(found: Instance | Container | Object, inner: _Inner) -> Iterator[Any]:
    """What an object holds, by its place in there."""
    if not any(inside(found)):
        return
    if isinstance(found, Instance):
        yield inner(found.session) if found.session else 0
        for name, status in sorted(found.attributes.items(), key=_first):
            if type(status) is Loaded and not is_plain(status.value):
                yield (name, remap(status.value, inner), status.by_identity)
    elif isinstance(found, Container):
        yield remap(found.element, inner)
        yield tuple([(key, remap(value, inner)) for key, value in found.items.items()]) if found.items else None
        yield remap(found.keys, inner)
        yield inner(found.relation[0]) if found.relation else 0
    else:
        for name, value in sorted(found.attributes.items(), key=_first):
            yield (name, remap(value, inner))


def _first(pair: tuple[Any, ...]) -> Any:
    return pair[0]


def _own_part(found: Instance | Container | Object) -> Iterator[Any]:
    """What describes an object besides the objects that it holds."""
    if isinstance(found, Container):
        plain = not inside(found)[0]
        yield from (found.kind, found.items is None, found.relation and found.relation[1])
        if plain:
            yield from (found.element, tuple((found.items or {}).items()), found.keys)
    elif isinstance(found, Object):
        yield from (found.info, found.assumed, found.opaque, found.bindings)
        if not inside(found)[0]:
            yield frozenset(found.attributes.items())
    else:
        for name, value in found.__dict__.items():
            if name not in ("via", "home", "session", "attributes", "inside", "mark"):
                yield name
                yield value
        yield frozenset(
            (name, status)
            for name, status in found.attributes.items()
            if type(status) is not Loaded or is_plain(status.value)
        )
