"""Dependencies of entry points (`Depends(...)`): what providing one did is remembered, and done again for the next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rules.analysis.recording import Recording
from rules.analysis.state import HeapObject, State
from rules.analysis.values import Value

if TYPE_CHECKING:
    from rules.analysis.interpreter import Interpreter

MAX_REMEMBERED = 6
"""Ways of providing one dependency that are remembered: they differ in what had been provided before."""

Key = tuple[str, Value]
"""The name of a provided value in frame 0, which holds what lives as long as the request."""


@dataclass(frozen=True, slots=True)
class Provision:
    """What providing one value did to a state."""

    value: Value
    needed: Mapping[Key, Value]
    """Values that had been provided before, and were used."""
    globals: Mapping[Any, Value]
    made: Mapping[int, HeapObject]
    changed: Mapping[int, tuple[HeapObject, HeapObject]]
    """Objects that were there, before and after."""
    variables: Mapping[int, dict[Any, Value]]
    """Frames that stay open: those of generators which have yielded."""
    effects: tuple[tuple[int, str, Any], ...]
    recording: Recording

    def fits(self, state: State) -> bool:
        known = state.variables[0]
        return (
            all(known.get(key) == value for key, value in self.needed.items())
            and not any(key[0] == "provided" and key in known for key in self.globals)
            and all(state.heap.get(number) is before for number, (before, _) in self.changed.items())
        )

    def repeat(self, state: State) -> Value:
        for key, value in self.globals.items():
            if state.get(0, key) is None:
                state.set(0, key, value)
        for number, found in self.made.items():
            state.heap.setdefault(number, found)
        for number, (_, after) in self.changed.items():
            state.heap[number] = after
        for frame, variables in self.variables.items():
            state.variables.setdefault(frame, variables)
        state.effects = (*state.effects, *self.effects)
        return self.value


def once(interp: Interpreter, state: State, provider: Value, provide: Callable[[], Value]) -> Value:
    """Provides a value, by what is remembered where that fits. Only for parameters of entry points themselves:
    there no caller's alternatives are open."""
    if interp.frame.depth != 1:
        return provide()
    remembered = interp.provisions.setdefault(provider, [])
    for provision in remembered:
        if provision.fits(state):
            interp.consulted.update(provision.needed)
            interp.repeat(provision.recording)
            return provision.repeat(state)
    heap, variables, effects = state.heap.copy(), state.variables.copy(), state.effects
    outer, interp.consulted = interp.consulted, set()
    steps, contexts, interp.contexts = interp.steps, interp.contexts, Counter()
    paid_for, interp.paid_for = interp.paid_for, set()
    recording = Recording(interp.new_frame_id())
    around = interp.record(recording)
    try:
        value = provide()
        consulted = interp.consulted
    finally:
        interp.recorded(around)
        interp.consulted, interp.steps, interp.contexts = outer, steps, contexts
        interp.paid_for = paid_for
    if len(remembered) < MAX_REMEMBERED:
        made = _difference(state, value, heap, variables, effects, consulted, recording)
        if made is not None:
            remembered.append(made)
    return value


def _difference(
    state: State,
    value: Value,
    heap: dict[int, HeapObject],
    variables: dict[int, dict[Any, Value]],
    effects: tuple[tuple[int, str, Any], ...],
    consulted: set[Key],
    recording: Recording,
) -> Provision | None:
    """None where more was changed than can be repeated."""
    before = variables[0]
    if state.effects[: len(effects)] != effects:
        return None
    for frame, known in variables.items():
        if frame and state.variables.get(frame) is not known and state.variables.get(frame) != known:
            return None
    now = state.variables[0]
    if any(now.get(key) != known for key, known in before.items()):
        return None
    return Provision(
        value,
        {key: before[key] for key in consulted if key in before},
        {key: found for key, found in now.items() if key not in before},
        {number: found for number, found in state.heap.items() if number not in heap},
        {
            number: (heap[number], found)
            for number, found in state.heap.items()
            if number in heap and heap[number] is not found
        },
        {frame: found for frame, found in state.variables.items() if frame not in variables},
        state.effects[len(effects) :],
        recording,
    )
