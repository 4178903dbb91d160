"""Runs the analysis of a program: which functions are entry points, in which order, and what they let us see."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence, Set
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from rules.analysis import calls, promises
from rules.analysis.accesses import Access, Place
from rules.analysis.frames import DeadPath, OutOfBudget
from rules.analysis.interpreter import Interpreter
from rules.analysis.recording import Recording
from rules.analysis.records import Record
from rules.analysis.relevance import Relevance
from rules.analysis.remembered import Remembered
from rules.analysis.settings import Settings, VersionOf, unknown_version
from rules.analysis.state import State
from rules.analysis.values import Arguments, ExternalValue, FunctionValue, Ref
from rules.cache.kept import Kept, Tried
from rules.forking import may_fork, shares, spread
from rules.index.consulted import Consulted
from rules.index.models import ModelIndex
from rules.index.prints import Prints
from rules.index.program import ClassInfo, External, FunctionInfo, Program, described
from rules.index.templates import Templates
from rules.library.testing import is_test_code
from rules.source import ir
from rules.source.ir import last_name
from rules.source.layout import Layout


@dataclass(frozen=True, slots=True)
class Analysis:
    """What the engine found out: the rules' input."""

    program: Program
    models: ModelIndex
    accesses: tuple[Access, ...]
    reads: int
    unknown: Counter[str]
    settings: Settings


@dataclass(frozen=True, slots=True)
class Reuse:
    """What spares work and changes no result."""

    memory: Kept | Tried
    """What entry points find out, as far as earlier runs have told."""
    blob_of: Callable[[str], str]
    """The blob id of a path, '' where there is no such file."""
    layout_before: Callable[[str, str], Layout | None]
    """The layout of a path with a blob id, where it is still known."""
    processes: int = 1
    loading: Set[str] = frozenset()
    """Paths in which edits since then only have more loaded: that changes nothing where no read failed."""


def analyse_program(
    program: Program,
    models: ModelIndex,
    templates: Templates | None = None,
    version_of: VersionOf = unknown_version,
    reuse: Reuse | None = None,
) -> Analysis:
    interp = interpret(program, models, templates, version_of, reuse)
    interp.release()
    return Analysis(program, models, tuple(interp.accesses.values()), interp.reads, interp.unknown, interp.settings)


def interpret(
    program: Program,
    models: ModelIndex,
    templates: Templates | None = None,
    version_of: VersionOf = unknown_version,
    reuse: Reuse | None = None,
) -> Interpreter:
    """Runs every entry point; what was found out stays in the interpreter."""
    expires, flushes = _factory_settings(program)
    settings = Settings(
        expires,
        version_of,
        _set_listeners(program, models),
        templates,
        flushes,
    )
    relevance = Relevance(program, models)
    interp = Interpreter(program, models, settings, relevance)
    if len(models):
        groups = [[one for one in group if relevance.matters(one)] for group in _entry_points(program)]
        if reuse is None:
            for function in itertools.chain(*groups):
                if function.place not in interp.visited:
                    interp.include(run_root(interp, function))
        else:
            general = (expires, flushes, _described_listeners(models, settings))
            prints = Prints(program, models, templates, reuse.blob_of, relevance.mark, version_of, general)
            remembered = Remembered(reuse.memory, program, prints, reuse.layout_before, loading=reuse.loading)
            _run_with_memory(interp, groups, remembered, reuse.processes)
    return interp


def _described_listeners(models: ModelIndex, settings: Settings) -> object:
    names = {id(model): described(model.info) for model in models}
    return sorted(
        (names[number], attribute, function.place)
        for (number, attribute), found in settings.set_listeners.items()
        for function in found
    )


def _run_with_memory(
    interp: Interpreter, groups: Sequence[Sequence[FunctionInfo]], remembered: Remembered, processes: int
) -> None:
    """In their order, whatever is known of them already and whoever runs them."""
    unknown = set(remembered.look_up([function for group in groups for function in group]))
    for group in groups:
        left = [one for one in group if one in unknown and one.place not in interp.visited]
        if processes > 1 and left:
            # Most of what is not known need not be: something that is known has run it.
            ran = set[Place]().union(*(remembered.ran(one) for one in group))
            left = [one for one in left if one.place not in ran]
            remembered.add(_run_in_processes(interp, left, remembered, processes))
        for function in group:
            if function.place in interp.visited:
                continue
            record = remembered.find(function, interp.visited)
            if record is None:
                record = run_root(interp, function)
                remembered.keep(function, record)
            elif interp.settings.templates is not None:
                interp.settings.templates.load(record.consulted.paths)
            interp.include(record)
    remembered.close()


WORTH_A_PROCESS = 1_500
"""Lines of entry points for each process: about half a second."""


def _run_in_processes(
    interp: Interpreter, roots: Sequence[FunctionInfo], remembered: Remembered, processes: int
) -> Iterable[tuple[bytes, bytes]]:
    """Keys and records of many entry points, run in shares. Files stay whole: what is in one has much in common."""
    weights: Counter[str] = Counter()
    for function in roots:
        first, _, last, _ = function.facts.position
        weights[function.module.path] += last - first + 1
    processes = min(processes, weights.total() // WORTH_A_PROCESS, len(weights))
    if processes <= 1 or not may_fork():
        return []
    paths = list(weights)
    parts: list[list[FunctionInfo]] = []
    for share in shares(list(weights.values()), processes):
        own = {paths[number] for number in share}
        parts.append([function for function in roots if function.module.path in own])

    def run(part: Sequence[FunctionInfo]) -> list[bytes]:
        told: list[bytes] = []
        for function in part:
            if function.place in interp.visited:
                continue
            record = run_root(interp, function)
            interp.include(record)
            told.extend(remembered.packed(function, record))
        return told

    with interp.aside():
        told = [one for found in spread(run, parts) for one in found or ()]
    return zip(told[::2], told[1::2], strict=True)


def run_root(interp: Interpreter, function: FunctionInfo) -> Record:
    """Interprets one function as if the world called it, then the nested ones that nothing called."""
    interp.begin_root(id(function.facts))
    outer = interp.record(Recording())
    state = State()

    def whole() -> None:
        bound = None
        if function.owner is not None and not function.is_static:
            bound = _self_of(interp, state, function)
        calls.run_function(interp, state, FunctionValue(function, bound, raw=True), Arguments(), None, root=True)

    _bounded(interp, whole)
    left_out: set[Place] = set()
    while interp.nested:
        key = next(iter(interp.nested))
        value, inner_state, interp.frame = interp.nested.pop(key)
        if any(value.function.place in one.visited for one in interp.recording.whole()):
            continue
        if value.function.place in interp.visited:
            left_out.add(value.function.place)
            continue
        interp.steps = 0
        target = FunctionValue(value.function, None, value.closure, raw=True)
        _bounded(interp, partial(calls.run_function, interp, inner_state, target, Arguments(), None, root=True))
    parts = list(interp.recording.whole())
    interp.record(outer)
    consulted, unknown = Consulted(), Counter[str]()
    for part in parts:
        consulted.include(part.consulted)
        unknown.update(part.unknown)
    loaded = set[tuple[object, ...]]().union(*(part.loaded for part in parts))
    return Record(
        consulted,
        frozenset(left_out),
        frozenset[Place]().union(*(part.visited for part in parts)),
        tuple([_sure(access, loaded) for access in interp.met.values()]),
        sum(part.reads for part in parts),
        unknown,
    )


def _bounded(interp: Interpreter, work: Callable[[], object]) -> None:
    try:
        work()
    except OutOfBudget:
        interp.recording.unknown["budget"] += 1
    except RecursionError:
        interp.recording.unknown["recursion"] += 1
    except DeadPath:
        pass


def _sure(access: Access, loaded: Collection[tuple[object, ...]]) -> Access:
    """As it is told: where another path of the entry point has the attribute loaded, it is less sure."""
    if access.confidence == "high" and access.path_key in loaded:
        return replace(access, confidence="medium")
    return access


def _self_of(interp: Interpreter, state: State, function: FunctionInfo) -> Any:
    from rules.analysis.frames import Frame
    from rules.analysis.values import ClassValue

    assert function.owner is not None
    if function.is_class_method:
        return ClassValue(function.owner)
    interp.frame = Frame(
        interp.new_frame_id(), interp.key("root", id(function.facts)), function.module, None, 0, 0, None, None
    )
    value = promises.assume_instance(interp, state, function.owner, ("self", id(function.facts)))
    interp.frame = None  # type: ignore[assignment]
    return value if isinstance(value, Ref) else None


def _entry_points(program: Program) -> tuple[list[FunctionInfo], list[FunctionInfo]]:
    """Functions in the order in which they are tried: those that nothing calls by name, and then the others, of which
    most have been run by then.

    Tests are none: what fails there fails when they are run. A project of nothing but tests is code like any other.
    """
    everything = list(program.functions())
    functions = [f for f in everything if not is_test_code(f.module.path)] or everything
    named = frozenset[str]().union(*(function.facts.mentions for function in functions))
    roots = [f for f in functions if f.facts.is_async or _runs_a_loop(f) or f.facts.nests_async]
    roots.sort(key=lambda one: (one.module.path, one.facts.position))
    return [one for one in roots if one.name not in named], [one for one in roots if one.name in named]


_RUNNING = frozenset({"run", "run_until_complete", "async_to_sync"})


def _runs_a_loop(function: FunctionInfo) -> bool:
    return not _RUNNING.isdisjoint(function.facts.mentions)


def _factory_settings(program: Program) -> tuple[bool | None, bool]:
    """`expire_on_commit` of all session factories, None where they differ, and whether all flush before queries."""
    settings = [one for module in program.modules.values() for one in module.facts.sessions]
    expiring = {expires for expires, _ in settings}
    return (expiring.pop() if len(expiring) == 1 else None), all(flushes is not False for _, flushes in settings)


def _set_listeners(program: Program, models: ModelIndex) -> dict[tuple[int, str], tuple[FunctionInfo, ...]]:
    found: dict[tuple[int, str], tuple[FunctionInfo, ...]] = {}
    for function in program.functions():
        for decorator in function.facts.decorators:
            if decorator[0] == ir.CALL and last_name(decorator) == "listens_for" and len(decorator[3]) >= 2:
                target, name = decorator[3][0], decorator[3][1]
                if name[0] == ir.CONST and name[2] in ("set", "append", "remove") and target[0] == ir.ATTR:
                    symbol = program.resolve(function.module, target[2])
                    model = models.of(symbol) if isinstance(symbol, ClassInfo) else None
                    if model is not None:
                        key = (id(model), target[3])
                        found[key] = (*found.get(key, ()), function)
    return found


__all__ = ["Analysis", "External", "ExternalValue", "VersionOf", "analyse_program", "run_root"]
