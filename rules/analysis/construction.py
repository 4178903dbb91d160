"""Constructing: what an object of a class of the project has when it was made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rules.analysis import externals, promises, sinks
from rules.analysis.copying import replace
from rules.analysis.frames import RAISE, DeadPath
from rules.analysis.state import Instance, Object, Session, State, reachable
from rules.analysis.values import NONE, UNKNOWN, Arguments, ClassValue, FunctionValue, Ref, Value
from rules.index.program import ClassInfo
from rules.source import ir
from rules.source.ir import Position, last_name

if TYPE_CHECKING:
    from rules.analysis.interpreter import Interpreter


def construct(
    interp: Interpreter,
    state: State,
    target: ClassValue,
    arguments: Arguments,
    position: Position,
    *,
    root: bool = False,
) -> Value:
    """`SomeClass(...)`."""
    from rules.analysis import calls

    info = target.info
    model = interp.models.of(info)
    if model is not None:
        return externals.construct_model(interp, state, model, arguments, position)
    schema = sinks.constructed(interp, state, target, arguments, position)
    number = interp.key("object", interp.frame.key, position, id(info))
    bindings = _bindings(info, target)
    if promises.is_session_class(info):
        return externals.assumed_session(interp, state, ("constructed", interp.frame.key, position), "class", info)
    found = Object(
        info, {}, assumed=root, opaque=arguments.unknown_keywords or arguments.unknown_positional, bindings=bindings
    )
    state.heap[number] = found
    if schema is not None:
        state.heap[number] = replace(found, attributes=schema)
        return Ref(number)
    init = info.find_method("__init__")
    if init is not None and info.is_error and not _can_be_read(state, arguments):
        interp.recording.visited.add(init.place)
        state.heap[number] = replace(found, opaque=True)
        return Ref(number)
    if init is not None:
        exits = calls.run_function(interp, state, FunctionValue(init, Ref(number)), arguments, position, root=root)
        ends = [(way.state, NONE) for way in exits if way.kind != RAISE]
        if not ends:
            raise DeadPath
        interp.settle(state, ends)  # type: ignore[arg-type]
        return Ref(number)
    _fill_fields(interp, state, number, info, arguments)
    post = info.find_method("__post_init__")
    if post is not None and not root:
        calls.call_function(interp, state, FunctionValue(post, Ref(number)), Arguments(), position)
    return Ref(number)


def _can_be_read(state: State, arguments: Arguments) -> bool:
    values = (*arguments.positional, *(value for _, value in arguments.keywords))
    return any(isinstance(state.heap[one], Instance | Session) for one in reachable(state, values))


def _bindings(info: ClassInfo, target: ClassValue) -> tuple[tuple[str, Any], ...]:
    return tuple(zip(info.type_parameters, target.arguments, strict=False))


def _fill_fields(interp: Interpreter, state: State, number: int, info: ClassInfo, arguments: Arguments) -> None:
    """Dataclasses, named tuples and the like: arguments by the order of the fields."""
    from rules.analysis import calls

    names = [
        name
        for ancestor in reversed(info.mro)
        for name, (annotation, _) in ancestor.assignments.items()
        if annotation is not None and last_name(annotation if annotation[0] != ir.SUB else annotation[2]) != "ClassVar"
    ]
    names = list(dict.fromkeys(names))
    found: dict[str, Value] = dict(zip(names, arguments.positional, strict=False))
    found.update(arguments.keywords)
    for name in names:
        if name not in found and not arguments.unknown_keywords:
            assignment = info.find_assignment(name)
            default = assignment[2] if assignment else None
            if default is not None and default[0] == ir.CALL and last_name(default) in ("field", "Field"):
                factory = next((value for key, value in default[4] if key == "default_factory"), None)
                if factory is not None and assignment is not None:
                    made = calls.evaluate_in(interp, state, assignment[0].module, factory, None)
                    found[name] = calls.call_value(interp, state, made, Arguments(), (number, 0, number, 0))
                else:
                    found[name] = UNKNOWN
    current = state.heap[number]
    assert isinstance(current, Object)
    state.heap[number] = replace(current, attributes={**current.attributes, **found})
