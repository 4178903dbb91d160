"""Calls: finding the function, binding arguments, running it once per calling context."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from rules.analysis import (
    attributes,
    construction,
    containers,
    contexts,
    externals,
    guards,
    hops,
    injection,
    promises,
    sessions,
    sinks,
    statements,
    templates,
)
from rules.analysis.copying import replace
from rules.analysis.frames import NEXT, RAISE, RETURN, UNCUT, DeadPath, Emitted, Exit, Frame
from rules.analysis.recording import Recording
from rules.analysis.relevance import SESSION_NAMES
from rules.analysis.state import (
    PARENT,
    SEEN,
    Container,
    Instance,
    Object,
    Session,
    State,
    changed,
    collect,
    collect_frame,
    inside,
    join,
    joinable,
    reachable,
)
from rules.analysis.values import (
    NONE,
    UNKNOWN,
    Arguments,
    AttributeNames,
    AttributeValue,
    ClassValue,
    Const,
    Coroutine,
    Engine,
    ExternalValue,
    Factory,
    FunctionValue,
    Generator,
    Getter,
    InstanceDict,
    Lazy,
    Method,
    Option,
    Partial,
    Ref,
    Result,
    Statement,
    Super,
    Template,
    Tuple,
    Value,
    any_of,
    members,
)
from rules.index.program import ClassInfo, FunctionInfo, Module, Variable
from rules.source import ir
from rules.source.ir import Node, Position, last_name

if TYPE_CHECKING:
    from rules.analysis.interpreter import Interpreter

MAX_DEPTH = 24
MAX_REPEATED = 3
"""Frames of one function, which calls itself."""
MAX_ALTERNATIVES = 3
"""Functions, of which one is called, whose outcomes are followed apart."""


# Evaluating a call


def evaluate_call(interp: Interpreter, node: Node, state: State) -> Value:
    function, position = node[2], node[1]
    if function[0] == ir.NAME and function[2] == "super" and not node[3]:
        frame = interp.frame
        if frame.owner is not None and frame.instance is not None:
            return Super(frame.owner, frame.instance)
        return UNKNOWN
    target = interp.evaluate(function, state)
    direct = _names_class(interp, node, state)
    arguments = evaluate_arguments(interp, node, state)
    interp.direct_entity = direct
    targets = _callable_members(interp, target, arguments)
    if len(targets) > 1 and len({id(one.function) for one in targets if isinstance(one, FunctionValue)}) > 1:
        return _one_of(interp, state, targets, arguments, position, node)
    return any_of(call_value(interp, state, member, arguments, position, node=node) for member in targets)


def _one_of(
    interp: Interpreter, state: State, targets: list[Value], arguments: Arguments, position: Position, node: Node
) -> Value:
    """Only one of several functions is called: what one does has not happened when another runs."""
    outcomes: list[tuple[State, Value]] = []
    for target in targets:
        branch = state.fork()
        try:
            outcomes.append((branch, call_value(interp, branch, target, arguments, position, node=node)))
        except DeadPath:
            continue
    if not outcomes:
        raise DeadPath
    if len(outcomes) <= MAX_ALTERNATIVES:
        return interp.settle(state, outcomes)
    state.become(interp.joined([branch for branch, _ in outcomes])[0])
    return any_of(value for _, value in outcomes)


def _callable_members(interp: Interpreter, target: Value, arguments: Arguments) -> list[Value]:
    found = [member for member in members(target) if member != NONE]
    return found or [UNKNOWN]


def _names_class(interp: Interpreter, node: Node, state: State) -> bool:
    """Whether the first argument is a class by its own name: there an option for that class can be added."""
    if not node[3]:
        return False
    first = node[3][0]
    if first[0] == ir.NAME:
        if state.get(interp.frame.id, first[2]) is not None:
            return False
        return isinstance(interp.program.lookup(interp.frame.module, first[2]), ClassInfo)
    if first[0] == ir.ATTR and first[2][0] == ir.NAME and first[2][2] not in ("self", "cls"):
        return isinstance(interp.program.resolve(interp.frame.module, first), ClassInfo)
    return False


def evaluate_arguments(interp: Interpreter, node: Node, state: State) -> Arguments:
    positional: list[Value] = []
    unknown_positional = unknown_keywords = False
    for argument in node[3]:
        if argument[0] == ir.STAR:
            value = interp.evaluate(argument[2], state)
            known = containers.known_elements(state, value)
            if known is None:
                element = containers.element_of(interp, state, value, argument[1])
                if element == UNKNOWN:
                    unknown_positional = True
                else:
                    positional.extend(members(element))
            else:
                positional.extend(known)
        else:
            positional.append(_given(interp, state, argument))
    keywords: list[tuple[str, Value]] = []
    for name, argument in node[4]:
        value = _given(interp, state, argument)
        if name is not None:
            keywords.append((name, value))
            continue
        known_items = containers.known_items(state, value)
        if known_items is None:
            unknown_keywords = True
        else:
            keywords.extend((str(key), item) for key, item in known_items.items())
    return Arguments(tuple(positional), tuple(keywords), unknown_keywords, unknown_positional)


def _given(interp: Interpreter, state: State, node: Node) -> Value:
    """The value of an argument. A flag that this path has asked about is what it was found to be."""
    value = interp.evaluate(node, state)
    if value == UNKNOWN and node[0] == ir.NAME and _is_flag(interp, node[2]):
        verdict = state.decided(guards.text_of(node, interp.frame.id))
        if verdict is not None:
            return Const(verdict)
    return value


def _is_flag(interp: Interpreter, name: str) -> bool:
    """Whether the function has a parameter of this name that is annotated as `bool`."""
    function = interp.frame.function
    return function is not None and any(
        parameter.name == name and parameter.annotation is not None and parameter.annotation[2:] == ("bool",)
        for parameter in function.facts.parameters
    )


def call_value(
    interp: Interpreter,
    state: State,
    target: Value,
    arguments: Arguments,
    position: Position,
    *,
    node: Node | None = None,
    kind: str = "call",
) -> Value:
    """What calling a value gives."""
    if isinstance(target, FunctionValue):
        return call_function(interp, state, target, arguments, position, kind=kind)
    if isinstance(target, ClassValue):
        return construction.construct(interp, state, target, arguments, position)
    if isinstance(target, Method):
        return _call_method(interp, state, target, arguments, position, node)
    if isinstance(target, ExternalValue):
        return externals.call(interp, state, target.name, arguments, position, node)
    if isinstance(target, Partial):
        merged = Arguments(
            (*target.arguments.positional, *arguments.positional),
            (*target.arguments.keywords, *arguments.keywords),
            target.arguments.unknown_keywords or arguments.unknown_keywords,
            target.arguments.unknown_positional or arguments.unknown_positional,
        )
        return call_value(interp, state, target.function, merged, position, node=node)
    if isinstance(target, Getter):
        return externals.get_with(interp, state, target, arguments, position)
    if isinstance(target, Factory):
        if target.kind == "scoped":
            return UNKNOWN
        expire = arguments.keyword("expire_on_commit")
        made = replace(target, expire=bool(expire.value)) if isinstance(expire, Const) else target
        return sessions.open_session(interp, state, made, position)
    if isinstance(target, Ref):
        found = state.heap.get(target.id)
        if isinstance(found, Session):
            return target
        if isinstance(found, Object):
            method = found.info.find_method("__call__")
            if method is not None:
                return call_function(interp, state, attributes.bound(method, target), arguments, position)
    if target == UNKNOWN and node is not None:
        return externals.unknown_call(interp, state, last_name(node[2]), arguments, position, node=node)
    return UNKNOWN


def _call_method(
    interp: Interpreter, state: State, target: Method, arguments: Arguments, position: Position, node: Node | None
) -> Value:
    receiver, name = target.receiver, target.name
    if isinstance(receiver, Ref):
        found = state.heap.get(receiver.id)
        if isinstance(found, Session):
            if name == "__call__" or (name not in ("sync_session",) and name.startswith("<")):
                return receiver
            return sessions.call(interp, state, receiver.id, name, arguments, position)
        if isinstance(found, Container):
            return containers.call_method(interp, state, receiver.id, name, arguments, position)
        if isinstance(found, Instance):
            return externals.instance_method(interp, state, receiver, name, arguments, position)
        if isinstance(found, Object):
            return sinks.object_method(interp, state, receiver, found, name, arguments, position)
        return UNKNOWN
    if isinstance(receiver, Statement):
        return statements.call(interp, state, receiver, name, arguments, position)
    if isinstance(receiver, Option):
        return statements.chained(interp, state, receiver, name, arguments, position)
    if isinstance(receiver, Result):
        return sessions.call_result(interp, state, receiver, name, arguments, position)
    if isinstance(receiver, Factory) and name == "begin":
        return sessions.open_session(interp, state, replace(receiver, autocommit_block=True), position)
    if isinstance(receiver, ClassValue):
        return sinks.class_method(interp, state, receiver, name, arguments, position)
    if isinstance(receiver, AttributeValue):
        return _attribute_method(receiver, name, arguments)
    if isinstance(receiver, Lazy):
        return _lazy_method(interp, state, receiver, name, position)
    if isinstance(receiver, Generator) and name in ("__anext__", "__next__", "send", "asend"):
        return (
            containers.call_builtin(
                interp, state, "anext" if "a" in name[:4] else "next", Arguments((receiver,)), position
            )
            or UNKNOWN
        )
    if isinstance(receiver, Super) and isinstance(receiver.instance, Ref):
        inherited = receiver.instance.id
        if isinstance(state.heap.get(inherited), Session):
            return sessions.call(interp, state, inherited, name, arguments, position)
    if isinstance(receiver, Super) or receiver == UNKNOWN:
        return externals.unknown_call(interp, state, name, arguments, position, node=node)
    if isinstance(receiver, Template):
        return templates.method(interp, state, receiver, name, arguments, position)
    if isinstance(receiver, FunctionValue | Partial):
        if name in ("delay", "apply_async", "send", "kiq", "enqueue"):
            return UNKNOWN
        return UNKNOWN
    if isinstance(receiver, Const) and isinstance(receiver.value, str):
        return externals.string_method(interp, state, receiver, name, arguments, position)
    if isinstance(receiver, InstanceDict):
        if name == "get" and arguments.positional and isinstance(arguments.positional[0], Const):
            return attributes.from_dict(interp, state, receiver, arguments.positional[0].value)
        return UNKNOWN
    if isinstance(receiver, Engine):
        return UNKNOWN
    if isinstance(receiver, Tuple):
        return externals.tuple_method(interp, state, receiver, name, arguments, position)
    if isinstance(receiver, AttributeNames):
        return receiver
    return externals.unknown_call(interp, state, name, arguments, position, node=node)


_COMPARISONS = frozenset(
    {"is_", "is_not", "isnot", "in_", "not_in", "notin_", "like", "ilike", "between", "startswith", "endswith"}
)


def _attribute_method(receiver: AttributeValue, name: str, arguments: Arguments) -> Value:
    if name in ("of_type", "and_"):
        return Method(receiver, f"{name}()")
    if name == "is_" and arguments.get(0) == NONE:
        return Method(receiver, "is null")
    if name in _COMPARISONS:
        return Method(receiver, "compared")
    if name == "label" and isinstance(arguments.get(0), Const):
        return Method(receiver, f"label:{arguments.positional[0].value}")  # type: ignore[union-attr]
    return ExternalValue("sql")


def _lazy_method(interp: Interpreter, state: State, receiver: Lazy, name: str, position: Position) -> Value:
    if receiver.kind != "dynamic":
        return ExternalValue("sql") if name == "select" else UNKNOWN
    if name in ("append", "add", "remove", "extend", "select"):
        return UNKNOWN
    if name in (
        "all",
        "first",
        "one",
        "one_or_none",
        "count",
        "scalar",
        "delete",
        "update",
        "get",
        "exists",
        "__iter__",
        "paginate",
    ):
        return attributes.use_lazy(interp, state, receiver, position)
    return receiver


# Functions


def call_function(
    interp: Interpreter,
    state: State,
    target: FunctionValue,
    arguments: Arguments,
    position: Position,
    *,
    kind: str = "call",
) -> Value:
    function = target.function
    if not target.raw and function.facts.decorators:
        decorated = _decorated(interp, state, target, position)
        if decorated is not None:
            given = (
                arguments
                if target.bound is None
                else replace(arguments, positional=(target.bound, *arguments.positional))
            )
            return call_value(interp, state, decorated, given, position)
    if function.facts.is_generator:
        if interp.relevance.skips(interp, state, target, arguments) and _lets_errors_pass(interp, function):
            interp.recording.visited.add(function.place)
            return _unimportant_generator(interp, state, target, position)
        return Generator(target, arguments)
    implementations = _implementations(interp, state, target)
    if implementations:
        return any_of(call_function(interp, state, other, arguments, position, kind=kind) for other in implementations)
    depth = interp.frame.depth
    running = interp.running(function)
    if depth >= MAX_DEPTH or len(running) >= MAX_REPEATED:
        interp.recording.unknown["recursion"] += 1
        interp.cut(running[:MAX_REPEATED] if depth < MAX_DEPTH else ())
        handed = [*arguments.positional, *(value for _, value in arguments.keywords)]
        soften(interp, state, reachable(state, handed), position)
        return _promised(interp, state, target, position)
    key = None
    if templates.skips(state, target, arguments):
        return UNKNOWN
    if _only_looks(function):
        return result_of(interp, state, target, run_function(interp, state, target, arguments, position), position)
    if interp.relevance.skips(interp, state, target, arguments):
        interp.recording.visited.add(function.place)
        return _promised(interp, state, target, position)
    if not (target.closure and templates.is_template(function)):
        remembered = contexts.recall(interp, state, target, arguments, position)
        if not isinstance(remembered, tuple):
            return result_of(interp, state, target, remembered, position)
        key, local = remembered
        kind_of_call = (id(function.facts), _shape(state, target, arguments), *templates.meant(interp, arguments))
        if interp.contexts[kind_of_call] >= contexts.MAX_CONTEXTS:
            return _given_up(interp, state, target, local.order, position)
    if interp.contexts[id(function.facts)] >= contexts.MAX_RUNS:
        handed = [*arguments.positional, *(value for _, value in arguments.keywords)]
        return _given_up(interp, state, target, reachable(state, handed), position)
    interp.contexts[id(function.facts)] += 1
    if key is None:
        return result_of(interp, state, target, run_function(interp, state, target, arguments, position), position)
    emitted: Emitted = {}
    looks: dict[Any, tuple[attributes.Look, int]] = {}
    interp.emitted.append(emitted)
    interp.looks.append(looks)
    interp.contexts[kind_of_call] += 1
    cut_outside, interp.cut_at = interp.cut_at, UNCUT
    recording = Recording(interp.new_frame_id(), kind_of_call, id(function.facts))
    outer = interp.record(recording)
    try:
        exits = run_function(interp, state, target, arguments, position)
    finally:
        interp.emitted.pop()
        interp.looks.pop()
        interp.recorded(outer)
        cut_at, interp.cut_at = interp.cut_at, min(interp.cut_at, cut_outside)
    interp.paid_for.add(recording.number)
    outward = [look for look, found_at in looks.values() if found_at <= depth]
    exits = contexts.remember(
        interp, state, key, local, _fewer(interp, exits), emitted, outward, recording, cut_at, position, function.name
    )
    return result_of(interp, state, target, exits, position)


def _fewer(interp: Interpreter, exits: list[Exit]) -> list[Exit]:
    """The ways out of a call, joined as its callers would: what is remembered of it is less, and none has to do it."""
    raised = interp.joined([way.state for way in exits if way.kind == RAISE])
    kept = interp.alternatives([(way.state, way.value) for way in exits if way.kind != RAISE])
    return [*(Exit(RETURN, path, value) for path, value in kept), *(Exit(RAISE, path) for path in raised)]


def _only_looks(function: FunctionInfo) -> bool:
    """Whether a function only returns a name or an attribute: running it is cheaper than describing its context."""
    body = function.facts.body
    if len(body) != 1 or body[0][0] != ir.RETURN:
        return False
    value = body[0][2]
    while value is not None and value[0] == ir.ATTR:
        value = value[2]
    return value is None or value[0] in (ir.NAME, ir.CONST)


def _shape(state: State, target: FunctionValue, arguments: Arguments) -> tuple[Any, ...]:
    """What kinds of things a call gets: contexts that differ in less are many of one kind."""
    found: list[Any] = []
    for value in (
        *((target.bound,) if target.bound is not None else ()),
        *arguments.positional,
        *(v for _, v in arguments.keywords),
    ):
        for member in members(value):
            held = state.heap.get(member.id) if isinstance(member, Ref) else None
            if isinstance(held, Instance):
                found.append((id(held.model), held.origin.place))
            elif isinstance(held, Object):
                found.append(id(held.info))
            elif isinstance(member, ClassValue):
                found.append(id(member.info))
            elif isinstance(member, Statement):
                found.append(member.place)
    if target.closure:
        seen = [value for _, variables in contexts.around(state, target)[:1] for value in variables.values()]
        found.extend(id(value.function.facts) for value in seen if isinstance(value, FunctionValue))
    return tuple(found)


def _given_up(interp: Interpreter, state: State, target: FunctionValue, order: list[int], position: Position) -> Value:
    """One context too many: what the call does is unknown, and so is what its sessions hold."""
    interp.recording.unknown["contexts"] += 1
    interp.cut()
    soften(interp, state, order, position)
    return _promised(interp, state, target, position)


def soften(interp: Interpreter, state: State, numbers: Sequence[int], position: Position) -> None:
    """Something that is not followed got these objects: what they have loaded is unknown from here on."""
    for number in numbers:
        found = state.heap.get(number)
        if isinstance(found, Session):
            sessions.effect(interp, state, number, "maybe", interp.place(position))
        elif isinstance(found, Instance) and found.ghost is None:
            state.heap[number] = replace(found, assumed=True)


def result_of(interp: Interpreter, state: State, target: FunctionValue, exits: list[Exit], position: Position) -> Value:
    outcomes: list[tuple[State, Value]] = []
    for way in exits:
        if way.kind == RAISE:
            if interp._snapshots:
                interp.snapshot(way.state)
            continue
        outcomes.append((way.state, way.value if way.kind == RETURN else NONE))
    if not outcomes:
        raise DeadPath
    value = interp.settle(state, outcomes)
    function = target.function
    promises.tell_session(interp, state, value, function.facts.returns, function.module)
    if value == UNKNOWN or (target.function.is_trivial and value == NONE):
        value = _promised(interp, state, target, position)
        if isinstance(value, Coroutine):
            value = value.value
    return Coroutine(value) if target.function.facts.is_async else value


_TRYING = frozenset({ir.TRY})
_NESTED = frozenset({ir.FUNCTION, ir.LAMBDA})
_RAISING = frozenset({ir.RAISE})


def _lets_errors_pass(interp: Interpreter, function: FunctionInfo) -> bool:
    """Whether what fails where a generator yields fails for its caller as well."""
    found = interp.passing.get(id(function.facts))
    if found is None:
        found = interp.passing[id(function.facts)] = all(
            ir.contains(handler, _RAISING) and not externals.names_failing_read(kind)
            for node in ir.nodes(function.facts.body, _TRYING)
            for kind, _, handler in node[3]
        )
    return found


def _unimportant_generator(interp: Interpreter, state: State, target: FunctionValue, position: Position) -> Value:
    """What is promised of a generator that is not followed: as something to iterate, or as a context manager."""
    value = _promised(interp, state, target, position)
    if isinstance(value, Coroutine):
        value = value.value
    if target.function.decorator_names.isdisjoint(("contextmanager", "asynccontextmanager")):
        return value
    return Method(containers.element_of(interp, state, value, position), "<nullcontext>")


def _promised(interp: Interpreter, state: State, target: FunctionValue, position: Position) -> Value:
    """What the return annotation says, for a function that cannot be followed."""
    function = target.function
    binding = _binding_of(state, target)
    value = promises.assume(
        interp,
        state,
        function.facts.returns,
        function.module,
        ("returns", interp.frame.key, position),
        typed=True,
        binding=binding,
    )
    return Coroutine(value) if function.facts.is_async else value


def _binding_of(state: State, target: FunctionValue) -> ClassInfo | None:
    if isinstance(target.bound, Ref):
        found = state.heap.get(target.bound.id)
        return found.info if isinstance(found, Object) else None
    return target.bound.info if isinstance(target.bound, ClassValue) else None


def _implementations(interp: Interpreter, state: State, target: FunctionValue) -> list[FunctionValue]:
    """For a method that is only declared (a Protocol, an ABC): the project's overrides, where they are few."""
    function = target.function
    if function.owner is None or not function.is_trivial or target.bound is None:
        return []
    found: list[FunctionInfo] = []
    stack = list(function.owner.subclasses)
    while stack and len(found) < 5:
        info = stack.pop()
        interp.program.consulted.classes.add(info)
        if function.name in info.methods:
            found.append(info.methods[function.name])
        stack.extend(info.subclasses)
    return [replace(target, function=other) for other in found] if len(found) == 1 else []


def _decorated(interp: Interpreter, state: State, target: FunctionValue, position: Position) -> Value | None:
    """The function after the project's own decorators; None when it has none."""
    function = target.function
    value: Value = FunctionValue(function, closure=target.closure, raw=True)
    applied = False
    for decorator in reversed(function.facts.decorators):
        plain = decorator[2] if decorator[0] == ir.CALL else decorator
        symbol = interp.program.resolve(function.module, plain)
        if isinstance(symbol, Variable) and plain[0] == ir.NAME:
            continue
        if not isinstance(symbol, FunctionInfo) or symbol is function:
            continue
        if running := interp.running(symbol):
            interp.cut(running[:1])
            continue
        made = (
            evaluate_in(interp, state, function.module, decorator, None)
            if decorator[0] == ir.CALL
            else FunctionValue(symbol)
        )
        result = call_value(interp, state, made, Arguments((value,)), function.facts.position)
        if isinstance(result, FunctionValue | Partial):
            value, applied = result, True
    return value if applied and value != FunctionValue(function, closure=target.closure, raw=True) else None


def run_function(
    interp: Interpreter,
    state: State,
    target: FunctionValue,
    arguments: Arguments,
    position: Position | None,
    *,
    on_yield: Callable[[State, Value], list[State]] | None = None,
    root: bool = False,
) -> list[Exit]:
    """Runs a function's body on a copy of the state; gives every way it ends."""
    function = target.function
    interp.recording.visited.add(function.place)
    interp.runs[function] += 1
    caller = interp.frame
    frame = Frame(
        interp.new_frame_id(),
        interp.key("call", caller.key if caller else 0, position, id(function.facts)),
        function.module,
        function,
        target.closure,
        (caller.depth if caller else 0) + 1,
        caller,
        position,
        owner=function.owner,
        instance=target.bound,
        on_yield=on_yield,
        greenlet=bool(caller and caller.greenlet),
    )
    branch = state.fork()
    branch.variables.setdefault(frame.id, {})
    outer_oracle, outer_snapshots = interp._oracle, interp._snapshots
    outer_handlers, interp.plain_handlers = interp.plain_handlers, False
    interp.frame = frame
    interp._snapshots = []
    try:
        if target.closure:
            branch.set(frame.id, PARENT, Const(target.closure))
        seen = _seen_within(interp, function)
        if seen:
            branch.set(frame.id, SEEN, seen)
        _bind_parameters(interp, branch, target, arguments, root)
        exits = interp.block(function.facts.body, branch)
    except DeadPath:
        exits = []
    finally:
        interp.frame = caller
        interp._oracle = outer_oracle
        interp._snapshots = outer_snapshots
        interp.plain_handlers = outer_handlers
    exits = [Exit(RETURN, way.state, NONE) if way.kind == NEXT else way for way in exits]
    if caller is not None and position is not None:
        for way in exits:
            hops.carried_out(way.state, way.value, position, frame, since=state)
    keeps = _keeps_variables(interp, function)
    for way in exits:
        if not keeps:
            way.state.variables.pop(frame.id, None)
        _drop_garbage(state, way)
    return exits


def _drop_garbage(before: State, way: Exit) -> None:
    """Forgets objects that the function made and that nothing holds any more."""
    after = way.state
    altered = set(changed(before.heap, after.heap))
    made = {number for number in altered if number not in before.heap}
    frames_made = after.variables.keys() - before.variables.keys()
    if len(made) < 4 and not frames_made:
        return
    # What is as it was before can hold nothing that was made since.
    found: list[int] = list(altered - made)
    frames: set[int] = set()
    collect(way.value, found, frames)
    for number, variables in after.variables.items():
        known = before.variables.get(number)
        if known is not None and variables is not known:
            for value in variables.values():
                collect(value, found, frames)
    kept: set[int] = set()
    entered: set[int] = set()
    while found or not frames <= entered:
        if not found:
            frame = (frames - entered).pop()
            entered.add(frame)
            if frame in frames_made:
                collect_frame(after.variables[frame], found, frames)
            continue
        number = found.pop()
        if number in altered and number not in kept:
            kept.add(number)
            inner, seen = inside(after.heap[number])
            found.extend(inner)
            frames |= seen
    for number in made - kept:
        del after.heap[number]
    for number in frames_made - frames:
        del after.variables[number]


def _keeps_variables(interp: Interpreter, function: FunctionInfo) -> bool:
    """Whether something that the function makes may still see its variables."""
    found = interp._splits.get(-id(function.facts))
    if found is None:
        found = interp._splits[-id(function.facts)] = function.facts.is_generator or ir.contains(
            function.facts.body, frozenset({ir.LAMBDA, ir.FUNCTION, ir.CLASS})
        )
    return found


def _seen_within(interp: Interpreter, function: FunctionInfo) -> Const | None:
    """The names that functions within a function mention; None where there are no such functions."""
    facts = function.facts
    found = interp.seen_within.get(id(facts))
    if found is None:
        nested = [node[2] for node in ir.nodes(facts.body, _NESTED)]
        found = interp.seen_within[id(facts)] = Const(frozenset().union(*(one.mentions for one in nested)))
    return found if found.value else None


def _bind_parameters(
    interp: Interpreter, state: State, target: FunctionValue, arguments: Arguments, root: bool
) -> None:
    function, frame = target.function, interp.frame
    positional = list(arguments.positional)
    if target.bound is not None:
        positional.insert(0, target.bound)
    keywords = dict(arguments.keywords)
    binding = _binding_of(state, target)
    if function.owner is not None and not function.is_static and positional and frame.instance is None:
        frame.instance = positional[0]
    waiting: list[Any] = []
    for parameter in function.facts.parameters:
        if parameter.kind == "*":
            state.set(frame.id, parameter.name, Tuple(tuple(positional)))
            positional = []
        elif parameter.kind == "**":
            number = interp.key("keywords", frame.key)
            element = any_of(keywords.values()) if keywords else None
            items = None if arguments.unknown_keywords or root else dict(keywords)
            state.heap[number] = Container("dict", element, items)
            state.set(frame.id, parameter.name, Ref(number))
            keywords = {}
        elif parameter.kind == "positional" and positional:
            state.set(frame.id, parameter.name, positional.pop(0))
        elif parameter.name in keywords:
            state.set(frame.id, parameter.name, keywords.pop(parameter.name))
        else:
            waiting.append(parameter)
    for parameter in waiting:
        unknown = root or arguments.unknown_keywords or arguments.unknown_positional
        value: Value = UNKNOWN
        if parameter.default is not None:
            injected = injection.injected(interp, state, parameter, function.module)
            if injected is not None:
                value = injected
            elif not unknown:
                value = evaluate_in(interp, state, function.module, parameter.default, function.owner)
        state.set(frame.id, parameter.name, value)
    for parameter in function.facts.parameters:
        if parameter.kind in ("*", "**"):
            continue
        value = state.get(frame.id, parameter.name) or UNKNOWN
        promises.tell_session(interp, state, value, parameter.annotation, function.module)
        if value == UNKNOWN and parameter.annotation is not None:
            assumed = promises.assume(
                interp,
                state,
                parameter.annotation,
                function.module,
                ("parameter", frame.key, parameter.name),
                typed=True,
                binding=binding,
            )
            state.set(frame.id, parameter.name, assumed)
        elif value == UNKNOWN and root and parameter.name in SESSION_NAMES and function.facts.is_async:
            state.set(
                frame.id,
                parameter.name,
                externals.assumed_session(interp, state, ("parameter", frame.key, parameter.name), "named"),
            )
    _attach_parameters(state, frame)


def _joins_only_session(state: State, inst: Instance) -> bool:
    held = state.heap.get(inst.session)
    return (inst.assumed and not inst.session) or (
        inst.origin.kind == "parameter" and isinstance(held, Session) and held.library
    )


def _attach_parameters(state: State, frame: Frame) -> None:
    """Instances given to a function whose caller is not known belong to its only session."""
    variables = state.variables.get(frame.id, {})
    found = [
        v.id
        for value in variables.values()
        for v in members(value)
        if isinstance(v, Ref) and isinstance(state.heap.get(v.id), Session)
    ]
    for value in variables.values():
        held = state.heap.get(value.id) if isinstance(value, Ref) else None
        if isinstance(held, Object):
            found.extend(
                v.id
                for inner in held.attributes.values()
                for v in members(inner)
                if isinstance(v, Ref) and isinstance(state.heap.get(v.id), Session)
            )
    unique = set(found)
    if len(unique) != 1:
        return
    session = unique.pop()
    for value in variables.values():
        for member in members(value):
            inst = state.heap.get(member.id) if isinstance(member, Ref) else None
            if isinstance(inst, Instance) and isinstance(member, Ref) and _joins_only_session(state, inst):
                state.heap[member.id] = replace(inst, session=session)


def run_generator(
    interp: Interpreter,
    state: State,
    generator: Generator,
    position: Position,
    on_yield: Callable[[State, Value], list[State]],
) -> list[State]:
    """Runs a generator, `on_yield` standing for what its consumer does with each value; gives the states at its end."""
    running = interp.running(generator.function.function)
    if len(running) >= 2 or interp.frame.depth >= MAX_DEPTH:
        interp.cut(running[:2] if interp.frame.depth < MAX_DEPTH else ())
        return [state]
    frame = interp.frame

    def each(path: State, value: Value) -> list[State]:
        hops.carried_out(path, value, position, interp.frame, to=frame)
        return on_yield(path, value)

    exits = run_function(interp, state, generator.function, generator.arguments, position, on_yield=each)
    return [way.state for way in exits if way.kind == RETURN]


def evaluate_in(interp: Interpreter, state: State, module: Module, node: Node, owner: ClassInfo | None) -> Value:
    """Evaluates an expression where it is written: a default, a class attribute, a decorator."""
    outer = interp.frame
    interp.frame = Frame(
        interp.new_frame_id(),
        interp.key("in", module.path, node[1]),
        module,
        None,
        0,
        (outer.depth if outer else 0) + 1,
        outer,
        None,
        owner=owner,
        greenlet=bool(outer and outer.greenlet),
    )
    if owner is not None and node[0] == ir.NAME and node[2] in owner.assignments:
        _, value = owner.assignments[node[2]]
        if value is not None and value is not node:
            node = value
    try:
        if owner is not None:
            for ancestor in (owner,):
                for name, (_, value) in ancestor.assignments.items():
                    if (
                        value is not None
                        and value is not node
                        and value[0] in (ir.NAME, ir.ATTR, ir.TUPLE, ir.LIST, ir.CALL)
                        and name in _names_in(interp, node)
                    ):
                        state.set(interp.frame.id, name, evaluate_in(interp, state, module, value, None))
        return interp.evaluate(node, state)
    except DeadPath:
        return UNKNOWN
    finally:
        interp.frame = outer


def _names_in(interp: Interpreter, node: Node) -> frozenset[str]:
    """The plain names that an expression mentions."""
    known = interp.names_in.get(id(node))
    if known is None:
        names: set[str] = set()
        stack: list[object] = [node]
        while stack:
            part = stack.pop()
            if type(part) is tuple:
                if len(part) == 3 and part[0] == ir.NAME:
                    names.add(part[2])
                else:
                    stack.extend(part)
        known = interp.names_in[id(node)] = (node, frozenset(names))
    return known[1]


def returned(interp: Interpreter, state: State, value: Value, node: Node) -> None:
    """What a framework does with the value that an endpoint returns."""
    frame = interp.frame
    if frame.function is not None and frame.expected is None:
        sinks.returned(interp, state, frame.function, value, node)


__all__ = ["call_value", "evaluate_call", "join", "joinable"]
