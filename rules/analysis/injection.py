"""Dependency injection: what `Depends(get_session)` and markers like it give to a parameter."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from rules.analysis import construction, externals, hops, promises, provided
from rules.analysis.accesses import Origin
from rules.analysis.copying import replace
from rules.analysis.frames import DeadPath
from rules.analysis.state import Instance, Object, State
from rules.analysis.values import (
    UNKNOWN,
    Arguments,
    ClassValue,
    Coroutine,
    ExternalValue,
    FunctionValue,
    Ref,
    Value,
    members,
)
from rules.index.program import ClassInfo, External, FunctionInfo, Module
from rules.source import ir
from rules.source.ir import Node, Position

if TYPE_CHECKING:
    from rules.analysis.interpreter import Interpreter


def injected(interp: Interpreter, state: State, parameter: Any, module: Module) -> Value | None:
    """A default that names the function which provides the value: `Depends(get_session)` and markers like it."""
    node = parameter.default
    if node[0] != ir.CALL:
        return None
    marker = interp.program.resolve(module, node[2])
    if isinstance(marker, FunctionInfo):
        return None
    given = (
        node[3][0]
        if len(node[3]) == 1
        else next((v for k, v in node[4] if k in ("dependency", "provider", "factory")), None)
    )
    if given is None:
        if isinstance(marker, External) and marker.last == "Depends" and parameter.annotation is not None:
            return promises.assume(
                interp, state, parameter.annotation, module, ("depends", interp.frame.key, parameter.name), typed=True
            )
        return None
    if not (
        isinstance(marker, ClassInfo)
        or (
            isinstance(marker, External)
            and marker.last in ("Depends", "Provide", "Inject", "Security", "TaskiqDepends", "FromDishka")
        )
    ):
        return None
    return provided_by(interp, state, given, module, parameter.annotation)


def provided_by(interp: Interpreter, state: State, node: Node, module: Module, promise: Node | None) -> Value | None:
    """What a dependency gives, or what is promised of it: once for all who ask for it within one request."""
    from rules.analysis import calls

    provider = calls.evaluate_in(interp, state, module, node, None)
    for member in members(provider):
        if isinstance(member, FunctionValue | ClassValue) or (
            isinstance(member, Ref) and isinstance(state.heap.get(member.id), Object)
        ):
            if interp.frame.depth > calls.MAX_DEPTH - 4:
                interp.cut()
                return None
            # Within one request a dependency is made once: whoever asks for it gets the same session.
            made = ("provided", member)
            known = state.get(0, made)
            if known is not None:
                interp.consulted.add(made)
                return known
            # A dependency is no deeper inside what was assumed: how far they go is bounded by the calls themselves.
            assuming, interp.assuming = interp.assuming, 0
            try:
                value = provided.once(interp, state, member, partial(_provide, interp, state, member, node[1]))
            except DeadPath:
                return None
            finally:
                interp.assuming = assuming
            if value == UNKNOWN:
                value = _promise_of(interp, state, member, promise, module, made)
            state.set(0, made, value)
            return value
    made = ("provided", _unplaced(node))
    known = state.get(0, made)
    if known is None:
        known = promises.assume(interp, state, promise, module, made, typed=True)
        if any(isinstance(member, ExternalValue) and member.name in externals.QUERYING for member in members(provider)):
            _as_queried(interp, state, known, node[1])
        state.set(0, made, known)
    else:
        interp.consulted.add(made)
    return known if known != UNKNOWN else None


def _as_queried(interp: Interpreter, state: State, value: Value, position: Position) -> None:
    """What a library's dependency gives comes from its own query, which has no options."""
    for member in members(value):
        found = state.heap.get(member.id) if isinstance(member, Ref) else None
        if isinstance(found, Instance) and isinstance(member, Ref):
            session = externals.assumed_session(interp, state, ("library", position), "library")
            assert isinstance(session, Ref)
            origin = Origin("parameter", interp.place(position), direct=False)
            state.heap[member.id] = replace(found, origin=origin, session=session.id, assumed=False)


def _promise_of(
    interp: Interpreter, state: State, provider: Value, promise: Node | None, module: Module, key: tuple[Any, ...]
) -> Value:
    """What the annotations of a dependency, or of a parameter that it fills, say of it."""
    if isinstance(provider, FunctionValue):
        returns = provider.function.facts.returns
        if provider.function.facts.is_generator and returns is not None and returns[0] == ir.SUB:
            returns = returns[3][2][0] if returns[3][0] == ir.TUPLE and returns[3][2] else returns[3]
        value = promises.assume(interp, state, returns, provider.function.module, key, typed=True)
        if value != UNKNOWN:
            return value
    return promises.assume(interp, state, promise, module, key, typed=True)


def _unplaced(node: Any) -> Any:
    """An expression without its positions: the same for the same text."""
    if not isinstance(node, tuple):
        return node
    placed = len(node) > 1 and isinstance(node[0], str) and isinstance(node[1], tuple) and len(node[1]) == 4
    return tuple(_unplaced(part) for part in (node[:1] + node[2:] if placed else node))


def _provide(interp: Interpreter, state: State, provider: Value, position: Position) -> Value:
    """Calls a dependency with its own dependencies; of a generator, its first value with everything still open."""
    from rules.analysis import calls

    if isinstance(provider, ClassValue):
        return construction.construct(interp, state, provider, Arguments(), position, root=True)
    if isinstance(provider, Ref):
        found = state.heap[provider.id]
        assert isinstance(found, Object)
        method = found.info.find_method("__call__")
        if method is None:
            return UNKNOWN
        provider = FunctionValue(method, provider)
    assert isinstance(provider, FunctionValue)
    if provider.function.facts.is_generator:
        yielded: list[tuple[State, Value]] = []
        frame = interp.frame

        def first(path: State, value: Value) -> list[State]:
            hops.carried_out(path, value, position, interp.frame, to=frame)
            yielded.append((path, value))
            return []

        calls.run_function(interp, state, provider, Arguments(), position, on_yield=first, root=True)
        if not yielded:
            return UNKNOWN
        path, value = yielded[0]
        state.become(path)
        return value
    if running := interp.running(provider.function):
        interp.cut(running[:1])
        return UNKNOWN
    exits = calls.run_function(interp, state, provider, Arguments(), position, root=True)
    value = calls.result_of(interp, state, provider, exits, position)
    return value.value if isinstance(value, Coroutine) else value
