"""What annotations promise of a value, where nothing better is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rules.analysis import (
    assumed,
    externals,
    sinks,
)
from rules.analysis.accesses import Origin
from rules.analysis.copying import replace
from rules.analysis.state import (
    Container,
    Instance,
    Object,
    Session,
    State,
)
from rules.analysis.values import (
    NONE,
    UNKNOWN,
    ClassValue,
    Coroutine,
    Ref,
    Tuple,
    Value,
    any_of,
)
from rules.index.program import ClassInfo, External, Module, Variable
from rules.source import ir
from rules.source.ir import Node, last_name

if TYPE_CHECKING:
    from rules.analysis.interpreter import Interpreter

MAX_ASSUMED = 5


def assume(
    interp: Interpreter,
    state: State,
    annotation: Node | None,
    module: Module,
    key: tuple[Any, ...],
    *,
    typed: bool = False,
    binding: ClassInfo | None = None,
) -> Value:
    """The value that an annotation promises, where nothing better is known."""
    if annotation is None:
        return UNKNOWN
    if interp.assuming >= MAX_ASSUMED:
        return UNKNOWN
    interp.assuming += 1
    try:
        return _assume(interp, state, annotation, module, key, binding)
    finally:
        interp.assuming -= 1


def _assume(
    interp: Interpreter, state: State, node: Node, module: Module, key: tuple[Any, ...], binding: ClassInfo | None
) -> Value:
    if node[0] == ir.BINARY:
        parts = [_assume(interp, state, part, module, (*key, n), binding) for n, part in enumerate((node[2], node[4]))]
        useful = [part for part in parts if part not in (UNKNOWN, NONE)]
        return any_of([*useful, *([NONE] if NONE in parts and useful else [])]) if useful else UNKNOWN
    if node[0] == ir.CONST:
        return NONE if node[2] is None else UNKNOWN
    if node[0] == ir.SUB:
        return _assume_generic(interp, state, node, module, key, binding)
    if binding is not None and node[0] == ir.NAME and node[2] in binding.type_arguments:
        owner, argument = binding.type_arguments[node[2]]
        if argument != node:
            return _assume(interp, state, argument, owner, key, None)
    symbol = interp.program.resolve(module, node)
    if isinstance(symbol, Variable):
        for statement in symbol.statements:
            if statement[0] == ir.ASSIGN and statement[3][0] in (ir.SUB, ir.NAME, ir.ATTR, ir.BINARY):
                # Through `assume`, which bounds aliases that name themselves.
                return assume(interp, state, statement[3], symbol.module, key)
        return UNKNOWN
    if isinstance(symbol, External):
        return externals.assume(interp, state, symbol.name, key)
    if isinstance(symbol, ClassInfo):
        return assume_instance(interp, state, symbol, key)
    return UNKNOWN


_SEQUENCES = frozenset(
    {
        "list",
        "List",
        "Sequence",
        "Iterable",
        "Collection",
        "set",
        "Set",
        "Iterator",
        "AsyncIterator",
        "AsyncIterable",
        "frozenset",
        "AsyncGenerator",
        "Generator",
        "deque",
        "ScalarResult",
        "MutableSequence",
    }
)


def _assume_generic(
    interp: Interpreter, state: State, node: Node, module: Module, key: tuple[Any, ...], binding: ClassInfo | None
) -> Value:
    outer = last_name(node[2])
    parts: tuple[Node, ...] = node[3][2] if node[3][0] == ir.TUPLE else (node[3],)
    if outer == "Annotated":
        for extra in parts[1:]:
            if (
                extra[0] == ir.CALL
                and last_name(extra) in ("Depends", "Security", "Provide", "Inject", "TaskiqDepends")
                and extra[3]
            ):
                from rules.analysis import injection

                given = injection.provided_by(interp, state, extra[3][0], module, parts[0])
                if given is not None and given != UNKNOWN:
                    return given
        return _assume(interp, state, parts[0], module, key, binding)
    if outer in ("Optional", "Union", "Mapped", "FromDishka", "Final", "ClassVar", "Awaitable", "Coroutine"):
        found = [_assume(interp, state, part, module, (*key, n), binding) for n, part in enumerate(parts)]
        useful = [value for value in found if value not in (UNKNOWN, NONE)]
        if outer == "Optional" and useful:
            useful.append(NONE)
        value = any_of(useful) if useful else UNKNOWN
        return Coroutine(value) if outer in ("Awaitable", "Coroutine") and value != UNKNOWN else value
    if outer in _SEQUENCES:
        element = _assume(interp, state, parts[0], module, (*key, "element"), binding)
        if element == UNKNOWN:
            return UNKNOWN
        number = interp.key("assumed list", *key)
        state.heap[number] = Container("list", element)
        return Ref(number)
    if outer in ("dict", "Dict", "Mapping", "defaultdict") and len(parts) == 2:
        element = _assume(interp, state, parts[1], module, (*key, "element"), binding)
        if element == UNKNOWN:
            return UNKNOWN
        number = interp.key("assumed dict", *key)
        state.heap[number] = Container("dict", element)
        return Ref(number)
    if outer in ("tuple", "Tuple"):
        if len(parts) == 2 and parts[1][0] == ir.CONST and parts[1][2] is ...:
            return Tuple((_assume(interp, state, parts[0], module, (*key, "element"), binding),), repeated=True)
        return Tuple(tuple(_assume(interp, state, part, module, (*key, n), binding) for n, part in enumerate(parts)))
    if outer in ("type", "Type"):
        if parts[0][0] == ir.NAME and binding is not None and parts[0][2] in binding.type_arguments:
            owner, argument = binding.type_arguments[parts[0][2]]
            symbol = interp.program.resolve(owner, argument)
            return ClassValue(symbol) if isinstance(symbol, ClassInfo) else UNKNOWN
        return UNKNOWN
    if outer in ("async_sessionmaker", "sessionmaker"):
        return externals.assume(interp, state, f"sa.{outer}", key)
    if outer == "Callable" and len(parts) == 2:
        return UNKNOWN
    symbol = interp.program.resolve(module, node[2])
    if isinstance(symbol, ClassInfo):
        return assume_instance(interp, state, symbol, key)
    if isinstance(symbol, External):
        return externals.assume(interp, state, symbol.name, key)
    return UNKNOWN


def assume_instance(interp: Interpreter, state: State, info: ClassInfo, key: tuple[Any, ...]) -> Value:
    model = interp.models.of(info)
    if model is not None:
        number = interp.key("assumed", id(info), *key)
        if number not in state.heap:
            place = interp.place(ir.NOWHERE)
            state.heap[number] = Instance(
                model,
                Origin("parameter", place),
                models=(id(model),),
                root=model,
                home=interp.frame.depth,
                assumed=True,
            )
        return Ref(number)
    if is_session_class(info):
        return externals.assumed_session(interp, state, key, "annotated", info)
    concrete = _concrete(info)
    number = interp.key("assumed", id(concrete), *key)
    if number in state.heap:
        return Ref(number)
    init = concrete.find_method("__init__")
    if init is not None and sinks.kind_of(concrete) == "" and interp.relevance.matters(concrete):
        assumed.make(interp, state, number, concrete, init)
    else:
        state.heap[number] = Object(concrete, {}, assumed=True, opaque=True)
    return Ref(number)


def _concrete(info: ClassInfo) -> ClassInfo:
    """The only implementation of a declared interface, or the class itself."""
    abstract = bool(info.externals & {"typing.Protocol", "abc.ABC"}) and any(
        m.is_trivial for m in info.methods.values()
    )
    if abstract and len(info.subclasses) == 1 and not info.subclasses[0].subclasses:
        info.module.program.consulted.classes.add(info.subclasses[0])
        return info.subclasses[0]
    return info


def tell_session(interp: Interpreter, state: State, value: Value, annotation: Node | None, module: Module) -> None:
    """A session of a factory that tells no class is of the class that an annotation names."""
    found = state.heap.get(value.id) if isinstance(value, Ref) else None
    if isinstance(found, Session) and found.info is None and annotation is not None and annotation[0] in _NAMING:
        symbol = interp.program.resolve(module, annotation)
        if isinstance(symbol, ClassInfo) and is_session_class(symbol):
            state.heap[value.id] = replace(found, info=symbol)  # type: ignore[union-attr]


_NAMING = frozenset({ir.NAME, ir.ATTR})


def is_session_class(info: ClassInfo) -> bool:
    return "sa.AsyncSession" in info.externals
