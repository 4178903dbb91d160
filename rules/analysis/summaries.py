"""What running a program taught about each function: in how many contexts it ran, what calling it gives and does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rules.analysis import contexts
from rules.analysis.accesses import Access
from rules.analysis.frames import RAISE
from rules.analysis.interpreter import Interpreter
from rules.analysis.state import Container, HeapObject, Instance, Loaded, Object, Session, Unloaded
from rules.analysis.values import ClassValue, Const, Coroutine, Ref, Statement, Tuple, Unknown, Value, members
from rules.index.program import FunctionInfo
from rules.source.ir import Position

MAX_DEPTH = 3
"""Objects inside objects that are told of a returned value."""


@dataclass(frozen=True, slots=True)
class Summary:
    """One function that was run. What an entry point gives is not kept: nothing in the project asks for it."""

    path: str
    position: Position
    function: str
    """Dotted within its file."""
    contexts: int
    """How often its body was run: once for each kind of call, and once as an entry point."""
    gives: tuple[str, ...]
    """What its calls return, each once."""
    does: tuple[str, ...]
    """What its calls do to a session that they were given, each once."""
    fails: int
    """Reads of what it was given that fail, in it or below it."""


def summaries_of(interp: Interpreter) -> list[Summary]:
    """Of every function that was run, in the order of their places."""
    remembered: dict[int, list[contexts.Summary]] = {}
    for key, known in interp.memo.items():
        remembered.setdefault(key[0], []).extend(known)
    runs: dict[int, tuple[FunctionInfo, int]] = {}
    for function, count in interp.runs.items():
        runs[id(function.facts)] = (function, count + runs.get(id(function.facts), (function, 0))[1])
    found = [_summary(function, count, remembered.get(number, [])) for number, (function, count) in runs.items()]
    return sorted(found, key=lambda one: (one.path, one.position, one.function))


def _summary(function: FunctionInfo, contexts: int, remembered: Iterable[contexts.Summary]) -> Summary:
    gives: dict[str, None] = {}
    does: dict[str, None] = {}
    fails: set[Access] = set()
    for one in remembered:
        fails.update(access for access, _, _ in one.accesses)
        for way in one.outcomes:
            does.update(dict.fromkeys(effect for _, effect, _ in way.effects))
            gives["raises" if way.kind == RAISE else describe(way.value, dict(way.records))] = None
    facts = function.facts
    return Summary(
        function.module.path, facts.position, facts.qualname, contexts, tuple(gives), tuple(does), len(fails)
    )


def describe(value: Value, heap: Mapping[int, HeapObject], depth: int = MAX_DEPTH) -> str:
    """A value in the words of SQLAlchemy: `persistent User (loaded: posts)`."""
    return " or ".join(dict.fromkeys(_described(member, heap, depth) for member in members(value)))


def _described(value: Value, heap: Mapping[int, HeapObject], depth: int) -> str:
    match value:
        case Unknown():
            return "unknown"
        case Const():
            return repr(value.value)
        case Coroutine():
            return f"awaitable {describe(value.value, heap, depth)}"
        case Tuple():
            items = ", ".join(describe(item, heap, depth - 1) for item in value.items)
            return f"({items}{', ...' if value.repeated else ''})"
        case ClassValue():
            return f"class {value.info.name}"
        case Statement():
            return f"{value.kind} of {', '.join(entity.label for entity in value.entities)}"
        case Ref():
            return _held(heap.get(value.id), heap, depth)
        case _:
            return type(value).__name__.lower()


def _held(found: HeapObject | None, heap: Mapping[int, HeapObject], depth: int) -> str:
    match found:
        case Instance():
            return _instance(found)
        case Session():
            return f"{'closed ' if found.closed else ''}{found.kind} session"
        case Container() if found.element is not None and depth > 0:
            return f"{found.kind} of {describe(found.element, heap, depth - 1)}"
        case Container():
            return found.kind if found.element is not None else f"empty {found.kind}"
        case Object():
            return found.info.name
        case _:
            return "object"


def _instance(found: Instance) -> str:
    """Its state, its model, and what of it is known to be there or not."""
    life = "detached" if found.detached else found.life
    loaded = sorted({*found.plan.steps, *(name for name, held in found.attributes.items() if isinstance(held, Loaded))})
    unloaded = sorted(name for name, held in found.attributes.items() if isinstance(held, Unloaded))
    parts = ["expired"] if found.expired else []
    parts += [f"loaded: {', '.join(loaded)}"] if loaded else []
    parts += [f"unloaded: {', '.join(unloaded)}"] if unloaded else []
    return f"{life} {found.model.name}" + (f" ({'; '.join(parts)})" if parts else "")
