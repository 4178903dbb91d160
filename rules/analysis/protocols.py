"""Context managers and iterators, of classes of the project and of sessions: what Python calls by protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.analysis import attributes, calls, containers, sessions
from rules.analysis.state import Object, Session, State
from rules.analysis.values import (
    NONE,
    UNKNOWN,
    Arguments,
    Coroutine,
    ExternalValue,
    Generator,
    Method,
    Ref,
    Value,
    members,
)
from rules.source.ir import Position

if TYPE_CHECKING:
    from rules.analysis.interpreter import Interpreter


def enter(interp: Interpreter, state: State, manager: Value, position: Position) -> Value:
    if isinstance(manager, Method) and manager.name == "<nullcontext>":
        return manager.receiver
    if (isinstance(manager, Method) and manager.name.startswith("<")) or (
        isinstance(manager, Method) and manager.name == "no_autoflush"
    ):
        receiver = manager.receiver
        if isinstance(receiver, Ref) and isinstance(state.heap.get(receiver.id), Session):
            name = "<no_autoflush>" if manager.name == "no_autoflush" else manager.name
            return sessions.enter_block(state, Method(receiver, name))
        return UNKNOWN
    if isinstance(manager, Ref):
        found = state.heap.get(manager.id)
        if isinstance(found, Session):
            return manager
        if isinstance(found, Object):
            for name in ("__aenter__", "__enter__"):
                method = found.info.find_method(name)
                if method is not None:
                    value = calls.call_function(interp, state, attributes.bound(method, manager), Arguments(), position)
                    return value.value if isinstance(value, Coroutine) else value
            return manager if found.info.externals else UNKNOWN
    return UNKNOWN


def leave(
    interp: Interpreter, state: State, manager: Value, position: Position, *, failed: bool
) -> list[tuple[State, bool]]:
    """The states after a `with` block; True where an exception was swallowed."""
    if isinstance(manager, Method):
        receiver = manager.receiver
        if isinstance(receiver, Ref) and isinstance(state.heap.get(receiver.id), Session):
            name = "<no_autoflush>" if manager.name == "no_autoflush" else manager.name
            sessions.leave_block(interp, state, Method(receiver, name), position, failed=failed)
        return [(state, False)]
    if isinstance(manager, ExternalValue) and manager.name == "contextlib.suppress()":
        return [(state, True)]
    if isinstance(manager, Ref):
        found = state.heap.get(manager.id)
        if isinstance(found, Session):
            sessions.leave_session(interp, state, manager.id, position, failed=failed)
            return [(state, False)]
        if isinstance(found, Object):
            method = found.info.find_method("__aexit__") or found.info.find_method("__exit__")
            if method is not None:
                kind: Value = UNKNOWN if failed else NONE
                given = Arguments((kind, kind, kind))
                target = attributes.bound(method, manager)
                explored = interp.explore(
                    state, lambda branch: calls.call_function(interp, branch, target, given, position)
                )
                return [(path, False) for path, _ in explored]
    return [(state, False)]


def iterator_element(interp: Interpreter, state: State, value: Value, position: Position) -> Value | None:
    """What a project class with `__anext__`, `__next__` or a generator `__iter__` gives; None for anything else."""
    for member in members(value):
        found = state.heap.get(member.id) if isinstance(member, Ref) else None
        if not isinstance(found, Object):
            continue
        for name in ("__aiter__", "__iter__"):
            method = found.info.find_method(name)
            if method is None:
                continue
            iterator = calls.call_function(interp, state, attributes.bound(method, member), Arguments(), position)
            if isinstance(iterator, Generator):
                return containers.element_of(interp, state, iterator, position)
            target = state.heap.get(iterator.id) if isinstance(iterator, Ref) else None
            if isinstance(target, Object):
                step = target.info.find_method("__anext__") or target.info.find_method("__next__")
                if step is not None:
                    result = calls.call_function(interp, state, attributes.bound(step, iterator), Arguments(), position)
                    return result.value if isinstance(result, Coroutine) else result
            return containers.element_of(interp, state, iterator, position)
    return None
