"""Lists, tuples, dicts, sets, queues and iterators that carry values, and the builtins that take them apart."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rules.analysis import attributes
from rules.analysis.copying import replace
from rules.analysis.state import Container, HeapObject, Instance, Object, Session, State, reachable
from rules.analysis.values import (
    NONE,
    UNKNOWN,
    Arguments,
    AttributeNames,
    Const,
    Coroutine,
    Generator,
    InstanceDict,
    Lazy,
    Option,
    Ref,
    Result,
    Tuple,
    Value,
    any_of,
    members,
    tuple_of,
)
from rules.source.ir import Position

if TYPE_CHECKING:
    from rules.analysis.interpreter import Interpreter

BUILTINS = frozenset(dir(builtins))
MAX_ITEMS = 64


def new(
    interp: Interpreter, state: State, kind: str, element: Value | None, position: Position, items: Any = None
) -> Ref:
    number = interp.key("container", kind, interp.frame.key, position)
    state.heap[number] = Container(kind, element, items)
    return Ref(number)


def literal(
    interp: Interpreter, state: State, kind: str, parts: Sequence[tuple[bool, Value]], position: Position
) -> Ref:
    """A list or set display; `parts` are (is it spread, value)."""
    values: list[Value] = []
    items: dict[Any, Value] | None = {}
    for spread, value in parts:
        known = known_elements(state, value) if spread else [value]
        if known is None:
            items = None
            values.append(element_of(interp, state, value, position))
            continue
        for item in known:
            values.append(item)
            if items is not None:
                items[len(items)] = item
    if items is not None and len(items) > MAX_ITEMS:
        items = None
    element = any_of(values) if values else None
    return new(interp, state, kind, element, position, items)


def truth(state: State, value: Value) -> bool | None:
    """Whether something counts as true: a list or dict by what it holds, an object unless it may be missing."""
    if isinstance(value, Ref):
        found = state.heap.get(value.id)
        if is_true(found):
            return True
        if isinstance(found, Container) and found.relation is None:
            if found.items is not None:
                return bool(found.items)
            if found.element is not None and any(isinstance(member, Option) for member in members(found.element)):
                # A path on which none was added is kept apart from this one.
                return True
    return None


_PLAIN_BASES = frozenset({"abc.ABC", "typing.Generic", "typing.Protocol", "builtins.object", "pydantic.BaseModel"})


def is_true(found: HeapObject | None) -> bool:
    """Whether an object is there for certain, and its class counts every one as true."""
    if isinstance(found, Session):
        return not found.assumed
    if isinstance(found, Object):
        info, certain = found.info, not found.assumed and found.info.externals <= _PLAIN_BASES
    elif isinstance(found, Instance):
        # What a relationship refers to may be missing, too.
        info, certain = found.model.info, not found.assumed and not found.path and found.origin.kind != "parameter"
    else:
        return False
    return certain and info.find_method("__bool__") is None and info.find_method("__len__") is None


def outlived(state: State, value: Value) -> None:
    """Containers that an object of the whole program was made with empty: by now they hold what nobody can tell."""
    for number in reachable(state, [value]):
        found = state.heap[number]
        if isinstance(found, Container) and found.element is None and found.relation is None:
            state.heap[number] = Container(found.kind, UNKNOWN, None, UNKNOWN if found.kind == "dict" else None)


def known_elements(state: State, value: Value) -> list[Value] | None:
    """All elements one by one, where they are known."""
    if isinstance(value, Tuple):
        return None if value.repeated else list(value.items)
    if isinstance(value, Ref):
        found = state.heap.get(value.id)
        if isinstance(found, Container) and found.items is not None and found.relation is None:
            if found.kind == "dict":
                return [Const(key) for key in found.items]
            return list(found.items.values())
        if isinstance(found, Object) and "NamedTuple" in {name.rpartition(".")[2] for name in found.info.externals}:
            return [found.attributes.get(name, UNKNOWN) for name in found.info.assignments]
    if isinstance(value, Const) and isinstance(value.value, str) and len(value.value) <= 8:
        return None
    return None


def known_items(state: State, value: Value) -> dict[Any, Value] | None:
    """The entries of a dict, where every one is known."""
    if isinstance(value, Ref):
        found = state.heap.get(value.id)
        if isinstance(found, Container) and found.kind == "dict" and found.items is not None:
            return dict(found.items)
    return None


def value_of(interp: Interpreter, state: State, value: Value, position: Position) -> Value:
    """The values of a mapping, together."""
    for member in members(value):
        if isinstance(member, Ref):
            found = state.heap.get(member.id)
            if isinstance(found, Container) and found.element is not None:
                return found.element
    return UNKNOWN


def element_of(interp: Interpreter, state: State, value: Value, position: Position) -> Value:
    """What iterating a value gives, all elements together; reading it may itself need I/O."""
    return any_of(_element(interp, state, member, position) for member in members(value))


def _element(interp: Interpreter, state: State, value: Value, position: Position) -> Value:
    if isinstance(value, Ref):
        found = state.heap.get(value.id)
        if isinstance(found, Container):
            if found.kind == "dict":
                return found.keys if found.keys is not None else UNKNOWN
            return found.element if found.element is not None else UNKNOWN
        if isinstance(found, Object):
            known = known_elements(state, value)
            return any_of(known) if known else UNKNOWN
        return UNKNOWN
    if isinstance(value, Tuple):
        return any_of(value.items) if value.items else UNKNOWN
    if isinstance(value, Result):
        from rules.analysis import sessions

        return sessions.row(interp, state, value)
    if isinstance(value, Coroutine):
        return _element(interp, state, value.value, position)
    if isinstance(value, Lazy):
        return attributes.use_lazy(interp, state, value, position)
    if isinstance(value, AttributeNames):
        return UNKNOWN if value.single else replace(value, single=True)
    if isinstance(value, InstanceDict):
        return UNKNOWN
    if isinstance(value, Generator):
        from rules.analysis import calls

        found_values: list[Value] = []
        last: list[State] = []

        def each(path: State, item: Value) -> list[State]:
            found_values.append(item)
            return [path]

        last = calls.run_generator(interp, state.fork(), value, position, each)
        if last:
            state.become(last[-1])
        return any_of(found_values) if found_values else UNKNOWN
    return UNKNOWN


def item(interp: Interpreter, state: State, owner: Value, index: Value, position: Position) -> Value:
    """`owner[index]`."""
    key = index.value if isinstance(index, Const) else None
    if isinstance(owner, Tuple):
        if isinstance(key, int) and not owner.repeated and -len(owner.items) <= key < len(owner.items):
            return owner.items[key]
        if isinstance(key, str) and key in owner.names:
            return owner.items[owner.names.index(key)]
        return any_of(owner.items) if owner.items and isinstance(key, int) else (owner if index == UNKNOWN else UNKNOWN)
    if isinstance(owner, Ref):
        found = state.heap.get(owner.id)
        if isinstance(found, Container):
            if found.items is not None and isinstance(index, Const) and key in found.items:
                return found.items[key]
            if found.kind == "dict":
                return found.element if found.element is not None else UNKNOWN
            return found.element if found.element is not None else UNKNOWN
        if isinstance(found, Object):
            known = known_elements(state, owner)
            if known and isinstance(key, int) and -len(known) <= key < len(known):
                return known[key]
            method = found.info.find_method("__getitem__")
            if method is not None:
                from rules.analysis import calls

                return calls.call_value(interp, state, attributes.bound(method, owner), Arguments((index,)), position)
        return UNKNOWN
    if isinstance(owner, Lazy):
        attributes.use_lazy(interp, state, owner, position)
    if isinstance(owner, InstanceDict):
        return attributes.from_dict(interp, state, owner, key)
    if isinstance(owner, Result):
        from rules.analysis import sessions

        return sessions.row(interp, state, owner)
    return UNKNOWN


def sliced(interp: Interpreter, state: State, owner: Value, position: Position) -> Value:
    """`owner[a:b]`: a list of some of the elements."""
    if isinstance(owner, Tuple):
        return Tuple((any_of(owner.items),), repeated=True) if owner.items else owner
    found = state.heap.get(owner.id) if isinstance(owner, Ref) else None
    if isinstance(found, Container):
        return new(interp, state, found.kind, found.element, position)
    if isinstance(found, Object):
        return UNKNOWN
    element = _element(interp, state, owner, position)
    return new(interp, state, "list", element, position) if element != UNKNOWN else UNKNOWN


def store(interp: Interpreter, state: State, owner: Value, index: Value, value: Value) -> None:
    """`owner[index] = value`."""
    for member in members(owner):
        if isinstance(member, Ref):
            found = state.heap.get(member.id)
            if isinstance(found, Container):
                items = None
                if found.items is not None and isinstance(index, Const):
                    items = {**found.items, index.value: value}
                keys = found.keys
                if found.kind == "dict":
                    keys = index if keys is None else any_of((keys, index))
                state.heap[member.id] = replace(found, element=_added(found.element, value), items=items, keys=keys)


def _added(element: Value | None, value: Value) -> Value:
    return value if element is None else any_of((element, value))


def extend(interp: Interpreter, state: State, owner: Value, added: Value) -> bool:
    """`owner += added` for a list or set; False when it is none."""
    done = False
    for member in members(owner):
        if isinstance(member, Ref):
            found = state.heap.get(member.id)
            if isinstance(found, Container) and found.kind != "dict":
                element = element_of(interp, state, added, (0, 0, 0, 0))
                state.heap[member.id] = replace(found, element=_added(found.element, element), items=None)
                done = True
    return done


def spread_tuple(items: Sequence[Value]) -> Tuple:
    """A tuple that is put together from others: of a long one, the order is forgotten."""
    return Tuple((any_of(items),), repeated=True) if len(items) > MAX_ITEMS else tuple_of(items)


def concatenated(
    interp: Interpreter, state: State, operation: str, left: Value, right: Value, position: Position
) -> Value | None:
    """`a + b` of lists and tuples, `a | b` of dicts and sets; None for other operands."""
    if operation not in ("Add", "BitOr", "Sub", "Mult"):
        return None
    if (
        isinstance(left, Tuple)
        and isinstance(right, Tuple)
        and operation == "Add"
        and not left.repeated
        and not right.repeated
    ):
        return spread_tuple(left.items + right.items)
    parts = [state.heap.get(m.id) for v in (left, right) for m in members(v) if isinstance(m, Ref)]
    found = [part for part in parts if isinstance(part, Container)]
    tuples = [m for v in (left, right) for m in members(v) if isinstance(m, Tuple)]
    if not found:
        return None
    elements = [part.element for part in found if part.element is not None]
    elements.extend(item for found_tuple in tuples for item in found_tuple.items)
    items: dict[Any, Value] | None = None
    if len(found) == 2 and all(part.items is not None for part in found) and not tuples:
        if found[0].kind == "dict":
            items = {**found[0].items, **found[1].items}  # type: ignore[dict-item]
        else:
            items = dict(enumerate([*found[0].items.values(), *found[1].items.values()]))  # type: ignore[union-attr]
        if len(items) > MAX_ITEMS:
            items = None
    number = interp.key("concatenated", interp.frame.key, position)
    state.heap[number] = Container(
        found[0].kind,
        any_of(elements) if elements else None,
        items,
        any_of(p.keys for p in found if p.keys is not None) if found[0].kind == "dict" else None,
    )
    return Ref(number)


# Methods of containers

_ADDING = {"append", "add", "appendleft", "put", "put_nowait", "send", "push"}
_TAKING = {"pop", "popleft", "get_nowait", "popitem", "setdefault", "receive"}
_EMPTYING = {"clear"}


def call_method(
    interp: Interpreter, state: State, number: int, name: str, arguments: Arguments, position: Position
) -> Value:
    found = state.heap[number]
    assert isinstance(found, Container)
    if found.relation and name in ("append", "extend", "add", "remove", "insert", "clear", "pop", "update", "discard"):
        attributes.collection_changed(interp, state, found, name, arguments, position)
    first = arguments.get(0)
    if name in _ADDING and first is not None:
        items = None
        if found.items is not None and found.kind == "list" and name == "append" and len(found.items) < MAX_ITEMS:
            items = {**found.items, len(found.items): first} if found.relation is None else None
        state.heap[number] = replace(found, element=_added(found.element, first), items=items)
        return Coroutine(NONE) if name in ("put", "send") else NONE
    if name == "insert" and len(arguments.positional) == 2:
        state.heap[number] = replace(found, element=_added(found.element, arguments.positional[1]), items=None)
        return NONE
    if name in ("extend", "update") and (first is not None or arguments.keywords):
        if found.kind == "dict":
            _update_dict(interp, state, number, found, arguments, position)
        elif first is not None:
            element = element_of(interp, state, first, position)
            state.heap[number] = replace(state.heap[number], element=_added(found.element, element), items=None)
        return NONE
    if name in _EMPTYING:
        state.heap[number] = replace(found, element=None, items={}, keys=None)
        return NONE
    if found.kind == "dict":
        return _dict_method(interp, state, number, found, name, arguments, position)
    if name in _TAKING or name in ("get", "__next__", "__anext__"):
        element = found.element if found.element is not None else UNKNOWN
        return Coroutine(element) if name in ("get", "receive") else element
    if name in ("copy",):
        return new(interp, state, found.kind, found.element, position, found.items)
    if name == "sort":
        key = arguments.keyword("key")
        if key is not None:
            apply(interp, state, key, found.element, position)
        return NONE
    if name in ("union", "intersection", "difference"):
        return new(interp, state, found.kind, found.element, position)
    if name in ("index", "count", "remove", "empty", "qsize", "join", "task_done"):
        return UNKNOWN
    return UNKNOWN


def _update_dict(
    interp: Interpreter, state: State, number: int, found: Container, arguments: Arguments, position: Position
) -> None:
    first = arguments.get(0)
    items: dict[Any, Value] | None = dict(found.items) if found.items is not None else None
    added: list[Value] = []
    if first is not None:
        known = known_items(state, first)
        if known is None or items is None:
            items = None
            added.append(value_of(interp, state, first, position))
        else:
            items.update(known)
        added.extend((known or {}).values())
    for key, value in arguments.keywords:
        added.append(value)
        if items is not None:
            items[key] = value
    element = found.element
    for value in added:
        element = _added(element, value)
    state.heap[number] = replace(found, element=element, items=items)


def _dict_method(
    interp: Interpreter,
    state: State,
    number: int,
    found: Container,
    name: str,
    arguments: Arguments,
    position: Position,
) -> Value:
    element = found.element if found.element is not None else UNKNOWN
    keys = found.keys if found.keys is not None else UNKNOWN
    if name == "items":
        if found.items is not None:
            pairs = {n: Tuple((Const(key), value)) for n, (key, value) in enumerate(found.items.items())}
            return new(interp, state, "list", any_of(pairs.values()) if pairs else None, position, pairs)
        return new(interp, state, "list", Tuple((keys, element)), position)
    if name == "values":
        items = dict(enumerate(found.items.values())) if found.items is not None else None
        return new(interp, state, "list", found.element, position, items)
    if name == "keys":
        return new(interp, state, "list", keys, position)
    if name == "copy":
        return new(interp, state, "dict", found.element, position, found.items)
    if name in ("get", "pop", "setdefault", "__getitem__"):
        key, default = arguments.get(0), arguments.get(1, "default")
        if name == "setdefault" and default is not None and key is not None:
            store(interp, state, Ref(number), key, default)
        if found.items is not None and isinstance(key, Const):
            return found.items.get(key.value, default if default is not None else NONE)
        return any_of([element, *([default] if default is not None else [NONE] if name == "get" else [])])
    return UNKNOWN


# Builtins over iterables


def apply(interp: Interpreter, state: State, function: Value, element: Value | None, position: Position) -> Value:
    """Calls a key function, predicate or mapping function with one element."""
    from rules.analysis import calls

    if element is None:
        return UNKNOWN
    return any_of(
        calls.call_value(interp, state, found, Arguments((element,)), position) for found in members(function)
    )


def call_builtin(
    interp: Interpreter, state: State, name: str, arguments: Arguments, position: Position
) -> Value | None:
    """The builtins that pass elements on; None for a builtin that is none of them."""
    first = arguments.get(0)
    if name in ("list", "tuple", "set", "frozenset", "reversed", "iter", "deque", "aiter"):
        return _converted(interp, state, name, first, position)
    if name == "sorted" and first is not None:
        element = element_of(interp, state, first, position)
        key = arguments.keyword("key")
        if key is not None and key != NONE:
            apply(interp, state, key, element, position)
        return new(interp, state, "list", element, position)
    if name in ("min", "max") and first is not None:
        element = (
            any_of(arguments.positional)
            if len(arguments.positional) > 1
            else element_of(interp, state, first, position)
        )
        key = arguments.keyword("key")
        if key is not None:
            apply(interp, state, key, element, position)
        default = arguments.keyword("default")
        return any_of((element, default)) if default is not None else element
    if name in ("sum", "any", "all", "len", "bool") and first is not None:
        for member in members(first):
            if isinstance(member, Lazy) and name not in ("len", "bool"):
                attributes.use_lazy(interp, state, member, position)
            elif isinstance(member, Generator):
                element_of(interp, state, member, position)
        return UNKNOWN
    if name in ("map", "filter", "filterfalse", "takewhile", "dropwhile", "starmap") and len(arguments.positional) >= 2:
        elements = [element_of(interp, state, value, position) for value in arguments.positional[1:]]
        from rules.analysis import calls

        if name == "map":
            given = Arguments(tuple(elements))
            result = any_of(
                calls.call_value(interp, state, f, given, position) for f in members(arguments.positional[0])
            )
            return new(interp, state, "list", result, position)
        apply(interp, state, arguments.positional[0], elements[0], position)
        return new(interp, state, "list", elements[0], position)
    if name in ("zip", "zip_longest", "product"):
        return new(
            interp,
            state,
            "list",
            Tuple(tuple(element_of(interp, state, v, position) for v in arguments.positional)),
            position,
        )
    if name == "enumerate" and first is not None:
        return new(interp, state, "list", Tuple((UNKNOWN, element_of(interp, state, first, position))), position)
    if name in ("next", "anext") and first is not None:
        element = element_of(interp, state, first, position)
        default = arguments.get(1)
        value = any_of((element, default)) if default is not None else element
        return Coroutine(value) if name == "anext" else value
    if name in ("chain", "from_iterable"):
        elements = [element_of(interp, state, value, position) for value in arguments.positional]
        if name == "from_iterable":
            elements = [element_of(interp, state, value, position) for value in elements]
        return new(interp, state, "list", any_of(elements) if elements else None, position)
    if name in ("islice", "cycle", "accumulate") and first is not None:
        return new(interp, state, "list", element_of(interp, state, first, position), position)
    if name == "groupby" and first is not None:
        element = element_of(interp, state, first, position)
        key = arguments.get(1, "key")
        key_value = apply(interp, state, key, element, position) if key is not None else element
        group = new(interp, state, "group", element, position)
        return new(interp, state, "list", Tuple((key_value, group)), position)
    if name in ("dict", "defaultdict", "OrderedDict"):
        return _dict(interp, state, name, arguments, position)
    return None


def _converted(interp: Interpreter, state: State, name: str, first: Value | None, position: Position) -> Value:
    if first is None:
        return (
            Tuple(()) if name == "tuple" else new(interp, state, "set" if "set" in name else "list", None, position, {})
        )
    known = known_elements(state, first)
    if name == "tuple":
        return (
            Tuple(tuple(known))
            if known is not None
            else Tuple((element_of(interp, state, first, position),), repeated=True)
        )
    items = dict(enumerate(known)) if known is not None and len(known) <= MAX_ITEMS else None
    element = any_of(known) if known else (None if known is not None else element_of(interp, state, first, position))
    return new(interp, state, "set" if "set" in name else "list", element, position, items)


def _dict(interp: Interpreter, state: State, name: str, arguments: Arguments, position: Position) -> Value:
    first = arguments.get(0)
    if name == "defaultdict":
        from rules.analysis import calls

        default = None
        if first is not None and first != NONE:
            default = calls.call_value(interp, state, first, Arguments(), position)
        return new(interp, state, "dict", default, position)
    items: dict[Any, Value] | None = {}
    values: list[Value] = []
    for member in members(first) if first is not None else ():
        if isinstance(member, InstanceDict):
            return member
        known = known_items(state, member)
        if known is None:
            items = None
            element = element_of(interp, state, member, position)
            values.append(
                element.items[1]
                if isinstance(element, Tuple) and len(element.items) == 2
                else value_of(interp, state, member, position)
            )
        elif items is not None:
            items.update(known)
            values.extend(known.values())
    for key, value in arguments.keywords:
        values.append(value)
        if items is not None:
            items[key] = value
    return new(
        interp,
        state,
        "dict",
        any_of(values) if values else None,
        position,
        None if arguments.unknown_keywords else items,
    )
