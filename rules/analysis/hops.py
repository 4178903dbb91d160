"""The calls that values and causes pass on their way: noted where a call ends, told by a read that fails."""

from __future__ import annotations

from rules.analysis.accesses import Cause, Hop
from rules.analysis.copying import replace
from rules.analysis.frames import Frame
from rules.analysis.state import Instance, State, Unloaded, changed
from rules.analysis.values import Value
from rules.source.ir import Position


def carried_out(
    state: State, value: Value, position: Position, callee: Frame, to: Frame | None = None, since: State | None = None
) -> Value:
    """Notes on what a call gives out, and on causes that happened in it, that they came through this call.

    `since`: the state before the call, in which everything is noted already.
    """
    frame = to or callee.caller
    if frame is not None:
        carry_out(state, frame, callee.function.name if callee.function else "", position, since)
    return value


def carry_out(state: State, frame: Frame, name: str, position: Position, since: State | None = None) -> None:
    depth = frame.depth
    hop: Hop | None = None
    heap = state.heap
    for number in list(heap) if since is None else changed(since.heap, heap):
        found = heap[number]
        if not isinstance(found, Instance):
            continue
        moved: Instance | None = None
        if found.home > depth:
            hop = hop or out_of(name, frame.path, position)
            moved = replace(found, home=depth, via=(*found.via, hop) if len(found.via) < 12 else found.via)
        base = moved or found
        if isinstance(base.expired, Cause) and base.expired.home > depth:
            moved = base = replace(base, expired=_outward(base.expired, depth, frame.path, position, name))
        if any(isinstance(s, Unloaded) and s.cause.home > depth for s in base.attributes.values()):
            moved = replace(
                base,
                attributes={
                    key: replace(s, cause=_outward(s.cause, depth, frame.path, position, name))
                    if isinstance(s, Unloaded) and s.cause.home > depth
                    else s
                    for key, s in base.attributes.items()
                },
            )
        if moved is not None:
            heap[number] = moved


def _outward(cause: Cause, depth: int, path: str, position: Position, name: str) -> Cause:
    hop = Hop((path, position), f"called `{name}`, which does it")
    return replace(cause, home=depth, via=(*cause.via, hop) if len(cause.via) < 12 else cause.via)


def out_of(name: str, path: str, position: Position) -> Hop:
    return Hop((path, position), f"returned by `{name}`")
