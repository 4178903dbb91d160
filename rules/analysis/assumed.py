"""Objects that nobody saw being made: what their `__init__` does to them where nothing is known of its arguments.

It is found out once for each class, and done again wherever an object of the class is assumed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rules.analysis import containers
from rules.analysis.copying import replace
from rules.analysis.frames import RAISE, Frame, OutOfBudget
from rules.analysis.recording import Recording
from rules.analysis.state import HeapObject, Instance, Object, State, reachable, remapped
from rules.analysis.values import Arguments, FunctionValue, Ref, Value
from rules.index.program import ClassInfo, FunctionInfo

if TYPE_CHECKING:
    from rules.analysis.interpreter import Interpreter


@dataclass(frozen=True, slots=True)
class Assumption:
    """What `__init__` made of an object in an empty state."""

    number: int
    """Of the object."""
    made: Mapping[int, HeapObject]
    shared: frozenset[int]
    """Those of it that variables of modules hold: they are the same for everybody."""
    variables: Mapping[Any, Value]
    """Variables of modules that were looked at."""
    recording: Recording


def make(interp: Interpreter, state: State, number: int, info: ClassInfo, init: FunctionInfo) -> None:
    """Puts an object of the class into the heap, under its number, with what it holds."""
    key = (id(info), interp.assuming)
    if key not in interp.assumptions:
        interp.assumptions[key] = None
        interp.assumptions[key] = _assumption(interp, info, init)
    known = interp.assumptions[key]
    if known is None:
        _run(interp, state, number, info, init)
    else:
        _repeat(interp, state, number, known)


def _run(interp: Interpreter, state: State, number: int, info: ClassInfo, init: FunctionInfo) -> None:
    from rules.analysis import calls

    state.heap[number] = Object(info, {}, assumed=True, opaque=True)
    exits = calls.run_function(interp, state, FunctionValue(init, Ref(number)), Arguments(), None, root=True)
    ends = [way.state for way in exits if way.kind != RAISE]
    if ends:
        state.become(ends[0])
    containers.outlived(state, Ref(number))


def _assumption(interp: Interpreter, info: ClassInfo, init: FunctionInfo) -> Assumption | None:
    """None where more than the object was changed, or more was looked at than the class."""
    state = State()
    number = interp.key("assumed", id(info))
    frame = Frame(interp.new_frame_id(), interp.key("assumed"), info.module, None, 0, 1, None, None)
    recording = Recording(interp.new_frame_id())
    nested, interp.nested = interp.nested, {}
    with interp.apart(frame, recording):
        try:
            _run(interp, state, number, info, init)
        except OutOfBudget:
            return None
        finally:
            inside, interp.nested = interp.nested, nested
    variables = state.variables.pop(0)
    if inside or state.effects or state.variables or any(key[0] == "provided" for key in variables):
        return None
    made = {one: state.heap[one] for one in reachable(state, [Ref(number), *variables.values()])}
    del state.heap[number]  # a variable may know the object by now: what is behind it is not the variable's
    return Assumption(number, made, frozenset(reachable(state, variables.values())), variables, recording)


def _repeat(interp: Interpreter, state: State, number: int, known: Assumption) -> None:
    """Objects that are held by what was assumed in the same function are the same: repositories share a session."""
    context, home = interp.frame.key, interp.frame.depth

    def actual(one: int) -> int:
        if one == known.number:
            return number
        return one if one in known.shared else interp.key("assumed", context, one)

    for one, found in known.made.items():
        place = actual(one)
        if place not in state.heap:
            copy = remapped(found, actual)
            state.heap[place] = replace(copy, home=home) if isinstance(copy, Instance) else copy
    for name, value in known.variables.items():
        if state.get(0, name) is None:
            state.set(0, name, value)
    interp.pay_again(known.recording)
    interp.repeat(known.recording)
