"""Statements and expressions: the part of the analysis that knows Python and nothing of SQLAlchemy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from rules.analysis import (
    attributes,
    calls,
    containers,
    contexts,
    externals,
    guards,
    hops,
    loading,
    promises,
    protocols,
    sessions,
)
from rules.analysis.accesses import Access, AccessKey, Hop, Links, Place
from rules.analysis.assumed import Assumption
from rules.analysis.copying import replace
from rules.analysis.frames import (
    BREAK,
    CONTINUE,
    NEXT,
    RAISE,
    RETURN,
    UNCUT,
    Cut,
    DeadPath,
    Emitted,
    Exit,
    Frame,
    Oracle,
    OutOfBudget,
)
from rules.analysis.provided import Provision
from rules.analysis.recording import MAX_TRACES, Recording, merge
from rules.analysis.records import Record
from rules.analysis.relevance import Relevance
from rules.analysis.settings import Settings
from rules.analysis.state import (
    MAYBE,
    PARENT,
    Container,
    Instance,
    Object,
    Session,
    State,
    differ_in_options,
    join,
    joinable,
)
from rules.analysis.state import _join_instances as join_instances
from rules.analysis.values import (
    FALSE,
    NONE,
    TRUE,
    UNKNOWN,
    AnyOf,
    Arguments,
    AttributeNames,
    ClassValue,
    Condition,
    Const,
    Coroutine,
    ExternalValue,
    FunctionValue,
    Generator,
    Method,
    ModuleValue,
    Ref,
    Statement,
    Tuple,
    Value,
    any_of,
    members,
    truth,
    tuple_of,
)
from rules.index.models import ModelIndex
from rules.index.program import ClassInfo, External, FunctionInfo, Module, Program, Variable
from rules.source import ir
from rules.source.facts import Class, Function
from rules.source.ir import Block, Node, Position

MAX_PATHS = 4
"""Paths that are followed apart at one point of a function."""
MAX_CHOICES = 4
MAX_DEPTH = 24
MAX_STEPS = 4_000
"""Statements that are interpreted for one entry point."""
MAX_REMEMBERED = 4_000
"""Calls that are remembered from one entry point to the next: about 10 kB each."""
MAX_UNROLLED = 48
MAX_TEXT = 2_000
"""Characters of a text that is put together."""
MAX_SNAPSHOTS = 12
MAX_ENTRIES = 3
"""Paths on which the body of a `with` over a generator is followed."""


_OF_AN_ENTRY_POINT = (
    "frame",
    "root",
    "steps",
    "handled",
    "hushed",
    "cut_at",
    "plain_handlers",
    "direct_entity",
    "awaiting",
    "contexts",
    "paid_for",
    "consulted",
    "met",
    "emitted",
    "looks",
    "_snapshots",
    "_oracle",
)
"""What an interpreter knows of the entry point that it interprets."""


class Interpreter:
    """Interprets functions of one program; collects accesses and what it could not resolve."""

    def __init__(self, program: Program, models: ModelIndex, settings: Settings, relevance: Relevance) -> None:
        self.relevance = relevance
        self.program = program
        self.models = models
        self.settings = settings
        self.accesses: dict[AccessKey, Access] = {}
        """Of all entry points that were run."""
        self.met: dict[AccessKey, Access] = {}
        """Of the entry point that is interpreted."""
        self.recording = Recording()
        self.unknown: Counter[str] = Counter()
        self.reads = 0
        self.visited: set[Place] = set()
        """Functions that some context has run."""
        self.runs: Counter[FunctionInfo] = Counter()
        """How often each function's body was interpreted."""
        self.nested: dict[int, tuple[FunctionValue, State, Frame]] = {}
        self.memo: dict[Any, tuple[contexts.Summary, ...]] = {}
        self.met_again: set[int] = set()
        """Identities of the remembered calls that were met again since others were forgotten."""
        self.provisions: dict[Value, list[Provision]] = {}
        self.assumptions: dict[tuple[int, int], Assumption | None] = {}
        """By class and depth among what is assumed; None where an assumption is not the same each time."""
        self.consulted: set[Any] = set()
        """Provided values that were used since the provision that is being recorded began."""
        self.steps = 0
        self.paid_for: set[int] = set()
        """Numbers of the remembered calls whose steps this entry point has counted."""
        self._keys: dict[Any, int] = {}
        self._forgotten_keys = 0
        self._marks: dict[Any, int] = {}
        self._last_mark = 0
        self._oracle = Oracle(())
        self._snapshots: list[list[State]] = []
        self._splits: dict[int, bool] = {}
        self.seen_within: dict[int, Const] = {}
        """Names that functions within a function mention, by the identity of its facts."""
        self.passing: dict[int, bool] = {}
        """Generators that let errors pass, by the identity of their facts."""
        self.names_in: dict[int, tuple[Node, frozenset[str]]] = {}
        """Expressions, with the names that they mention, by their identities."""
        self._nested_infos: dict[int, Any] = {}
        self.frame: Frame = None  # type: ignore[assignment]
        self._frames = 0
        self.plain_handlers = False
        """Whether the innermost `try` catches nothing that a database could raise."""
        self.handled = 0
        """Depth of `try` blocks whose handlers name the error that a failing read raises."""
        self.hushed = 0
        """Depth of `try` blocks whose handlers take any error and tell nobody."""
        self.direct_entity = False
        """Whether the call being evaluated names its entity by its class."""
        self.rebased: set[int] = set()
        """Ids that remembered exits refer to and that every recall replaces by new ones."""
        self.assuming = 0
        self.contexts: Counter[Any] = Counter()
        """How many calling contexts of a function this entry point has, by function and what kinds of things it got."""
        self.cut_at = UNCUT
        """Since the call began that is to be remembered."""
        self.awaiting: Position | None = None
        """The place of the expression that is awaited."""
        self.root = 0
        """Identity of the entry point that is interpreted."""
        self.emitted: list[Emitted] = []
        """For every call that is to be remembered: the accesses that it met."""
        self.looks: list[dict[Any, tuple[attributes.Look, int]]] = []
        """For every call that is to be remembered: what it looked for among held objects, and where that was found."""

    # What is found out

    def begin_root(self, number: int) -> None:
        """Nothing but calls and dependencies that it may meet again is left of the entry point before."""
        if len(self.memo) > MAX_REMEMBERED:
            self._forget()
        self.root = number
        self.cut_at = UNCUT
        self.steps = 0
        self.contexts.clear()
        self.paid_for.clear()
        self.met = {}
        self.nested.clear()
        self.frame = None  # type: ignore[assignment]
        self._snapshots = []
        self.handled = 0
        self.hushed = 0

    def _forget(self) -> None:
        """Calls that were not met again since are interpreted where they are. No number is given to two things."""
        kept: dict[Any, tuple[contexts.Summary, ...]] = {}
        for key, remembered in reversed(self.memo.items()):
            if len(kept) == MAX_REMEMBERED // 2:
                break
            again = tuple([known for known in remembered if id(known) in self.met_again])
            if again:
                kept[key] = again
        marks = {number: parts for parts, number in self._marks.items()}
        self._forgotten_keys += len(self._keys)
        self.release()
        self.memo.update(reversed(kept.items()))
        self._marks = {marks[number]: number for key in kept for number in contexts.marks(key) if number in marks}
        for remembered in kept.values():
            for known in remembered:
                self.rebased.update(known.made())

    def release(self) -> None:
        """Lets go of what was only remembered, which is most of what there is. Nothing of it refers to itself, so that
        no search for garbage is needed."""
        self.memo.clear()
        self.met_again.clear()
        self._marks.clear()
        self.provisions.clear()
        self.assumptions.clear()
        self.rebased.clear()
        self._keys.clear()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """What is found out in here is told again, in its order; calls that were seen stay remembered."""
        kept = self.visited.copy(), self.accesses, self.reads, self.unknown.copy()
        self.accesses = {}
        try:
            yield
        finally:
            self.visited, self.accesses, self.reads, self.unknown = kept

    def include(self, record: Record) -> None:
        """Adds what an entry point found out to what those before it did."""
        self.visited |= record.visited
        self.reads += record.reads
        self.unknown.update(record.unknown)
        for access in record.accesses:
            merge(self.accesses, access)

    def record(self, recording: Recording) -> Recording:
        """From now on what is found out goes there; gives where it went so far."""
        outer, self.recording = self.recording, recording
        self.program.consulted = recording.consulted
        return outer

    def recorded(self, outer: Recording) -> None:
        """The end of a `record`: `outer` gets what was found out, and what comes."""
        inner = self.recording
        self.record(outer)
        outer.include(inner)
        outer.accesses.update(inner.accesses)

    @contextmanager
    def apart(self, frame: Frame, recording: Recording) -> Iterator[None]:
        """What runs in here belongs to no entry point: it goes the same way whichever of them is run first."""
        kept = {name: getattr(self, name) for name in _OF_AN_ENTRY_POINT}
        self.frame, self.root = frame, -frame.id
        self.steps, self.handled, self.hushed, self.cut_at = 0, 0, 0, UNCUT
        self.plain_handlers, self.direct_entity, self.awaiting = False, False, None
        self.contexts, self.paid_for, self.consulted = Counter(), set(), set()
        self.met, self.emitted, self.looks, self._snapshots = {}, [], [], []
        outer = self.record(recording)
        try:
            yield
        finally:
            self.record(outer)
            for name, value in kept.items():
                setattr(self, name, value)

    def repeat(self, recording: Recording) -> None:
        """Tells again what something found out that need not be run again."""
        self.recording.include(recording)
        for access in recording.accesses.values():
            self.recording.accesses[access.key] = merge(self.met, access)
        for key, links in recording.needs:
            if key in self.met:
                self.met[key].needs.add(links)

    def emit(self, access: Access, number: int, tail: tuple[Hop, ...] = ()) -> None:
        """Tells the calls that are to be remembered of a read that failed: of as many ways to it as are kept."""
        for emitted in self.emitted:
            ways = emitted.setdefault((access, number), [])
            if len(ways) < MAX_TRACES:
                ways.append((self.frame, tail))

    def need(self, access: Access, links: Links) -> None:
        """Notes what is read below the value that a failing read would have given."""
        met = merge(self.met, access)
        self.recording.accesses[access.key] = met
        self.recording.needs[access.key, links] = None
        met.needs.add(links)

    # Identities

    def key(self, *parts: Any) -> int:
        """A small number for a combination of things: the same combination gives the same number."""
        found = self._keys.get(parts)
        if found is None:
            found = self._keys[parts] = self._forgotten_keys + len(self._keys) + 1
        return found

    def mark(self, *parts: Any) -> int:
        """As `key`, for what objects are: those stay known that remembered calls were given."""
        found = self._marks.get(parts)
        if found is None:
            self._last_mark += 1
            found = self._marks[parts] = self._last_mark
        return found

    def new_frame_id(self) -> int:
        self._frames += 1
        return self._frames

    def place(self, position: Position) -> Place:
        return (self.frame.path, position)

    def cut(self, frames: Sequence[Frame] = ()) -> None:
        """Something is not followed because these are running, or because of all that the entry point has done."""
        self.cut_at = min(self.cut_at, (frames[-1].depth, frames[-1].id) if frames else (0, 0))

    def cut_again(self, cut: Cut) -> None:
        """A call is told again in which something was not followed: for the same reason, if that is still running."""
        self.cut([frame for frame in self.frames() if (frame.depth, frame.id) == cut])

    def running(self, function: FunctionInfo) -> list[Frame]:
        """The frames of a function that has not returned yet, the innermost first."""
        return [frame for frame in self.frames() if frame.function is function]

    def frames(self) -> Iterator[Frame]:
        frame: Frame | None = self.frame
        while frame is not None:
            yield frame
            frame = frame.caller

    # Paths

    def choose(self, count: int) -> int:
        return self._oracle.choose(count) if count > 1 else 0

    def explore(self, state: State, action: Callable[[State], Any]) -> list[tuple[State, Any]]:
        """Runs `action` for every combination of alternatives it meets, each on a copy of `state`."""
        outer = self._oracle
        pending: list[tuple[int, ...]] = [()]
        results: list[tuple[State, Any]] = []
        runs = 0
        while pending and runs < MAX_CHOICES:
            prefix = pending.pop()
            oracle = self._oracle = Oracle(prefix)
            branch = state.fork()
            runs += 1
            frame = self.frame
            try:
                results.append((branch, action(branch)))
            except DeadPath:
                pass
            finally:
                self._oracle = outer
                self.frame = frame
            for number in range(len(prefix), len(oracle.made)):
                taken = tuple(choice for choice, _ in oracle.made[:number])
                pending.extend((*taken, other) for other in range(1, oracle.made[number][1]))
        return results

    def merged(self, states: Sequence[State]) -> list[State]:
        """The same paths, those treated as one that differ in nothing that matters."""
        if len(states) < 2:
            return list(states)
        frame = self.frame.id
        kept: list[State] = []
        for state in states:
            for number, other in enumerate(kept):
                if joinable(other, state, frame, held=True):
                    kept[number] = join(other, state, frame)
                    break
            else:
                kept.append(state)
        while len(kept) > MAX_PATHS:
            last = kept.pop()
            kept[-1] = join(kept[-1], last, frame)
        return kept

    def joined(self, states: Sequence[State]) -> list[State]:
        """At most one state, which stands for all of them."""
        result: State | None = None
        for state in states:
            result = state if result is None else join(result, state, self.frame.id)
        return [] if result is None else [result]

    def splits(self, node: Node) -> bool:
        """Whether evaluating the node can meet alternatives."""
        found = self._splits.get(id(node))
        if found is None:
            found = self._splits[id(node)] = ir.contains(node, _SPLITTING)
        return found

    # Blocks and statements

    def block(self, body: Block, state: State) -> list[Exit]:
        """Runs statements on one path; gives every way out."""
        live = [state]
        exits: list[Exit] = []
        for statement in body:
            after: list[State] = []
            for path in live:
                for way in self.statement(statement, path):
                    if way.kind == NEXT:
                        after.append(way.state)
                    else:
                        exits.append(way)
            live = self.merged(after) if len(after) > 1 else after
            if not live:
                break
        exits.extend(Exit(NEXT, path) for path in live)
        return exits

    def charge(self, steps: int) -> None:
        """Counts work against the budget of the entry point; raises `OutOfBudget`."""
        self.recording.steps += steps
        self.steps += steps
        if self.steps > MAX_STEPS:
            raise OutOfBudget

    def pay_again(self, recording: Recording) -> None:
        """Counts a remembered call, which another entry point ran, as if this one had."""
        if recording.number not in self.paid_for:
            for one in recording.whole(self.paid_for):
                self.paid_for.add(one.number)
                self.contexts[one.kind] += 1
                self.contexts[one.function] += 1
                self.steps += one.steps
        self.charge(0)

    def statement(self, node: Node, state: State) -> list[Exit]:
        self.charge(1)
        kind = node[0]
        if self._snapshots and self.splits(node) and not self._cannot_be_caught(node):
            self.snapshot(state)
        run = _STATEMENTS[kind]
        if kind in _SIMPLE:
            if not self.splits(node):
                try:
                    return run(self, node, state)
                except DeadPath:
                    return []
            found = self.explore(state, lambda branch: run(self, node, branch))
            exits = [way for _, ways in found for way in ways]
            if len(exits) > 1 and all(way.kind == NEXT for way in exits):
                return [Exit(NEXT, path) for path in self.merged([way.state for way in exits])]
            return exits
        return run(self, node, state)

    def _cannot_be_caught(self, node: Node) -> bool:
        """Whether the handlers do not expect what a statement may raise, or it raises nothing."""
        return _calls_session(node, _LOCAL) or (self.plain_handlers and _calls_session(node, _ENDING))

    def snapshot(self, state: State) -> None:
        """An exception may come here: a `try` around it goes on from this state."""
        snapshots = self._snapshots[-1]
        if len(snapshots) >= MAX_SNAPSHOTS:
            snapshots.pop()
        snapshots.append(state.fork())

    def _assign(self, node: Node, state: State) -> list[Exit]:
        value = self.evaluate(node[3], state)
        for target in node[2]:
            self.bind(target, value, state, node[3])
        return [Exit(NEXT, state)]

    def _augment(self, node: Node, state: State) -> list[Exit]:
        target, operation, operand = node[2], node[3], node[4]
        old = self.evaluate(target, state)
        added = self.evaluate(operand, state)
        if operation in ("Add", "BitOr") and containers.extend(self, state, old, added):
            if target[0] == ir.ATTR:
                attributes.mutated(self, state, self.evaluate(target[2], state), target[3])
            return [Exit(NEXT, state)]
        self.bind(target, self.binary(operation, old, added), state, None)
        return [Exit(NEXT, state)]

    def _annotate(self, node: Node, state: State) -> list[Exit]:
        target, annotation, expression = node[2], node[3], node[4]
        if expression is None:
            return [Exit(NEXT, state)]
        value = self.evaluate(expression, state)
        if value == UNKNOWN:
            value = promises.assume(self, state, annotation, self.frame.module, ("local", node[1]), typed=True)
        self.bind(target, value, state, expression)
        return [Exit(NEXT, state)]

    def _expression(self, node: Node, state: State) -> list[Exit]:
        self.evaluate(node[2], state)
        return [Exit(NEXT, state)]

    def _return(self, node: Node, state: State) -> list[Exit]:
        value = NONE if node[2] is None else self.evaluate(node[2], state)
        calls.returned(self, state, value, node)
        return [Exit(RETURN, state, value)]

    def _raise(self, node: Node, state: State) -> list[Exit]:
        if node[2] is not None:
            self.evaluate(node[2], state)
        return [Exit(RAISE, state)]

    def _assert(self, node: Node, state: State) -> list[Exit]:
        return [Exit(NEXT, path) for path, verdict in self.branches(node[2], state) if verdict]

    def _if(self, node: Node, state: State) -> list[Exit]:
        exits: list[Exit] = []
        for path, verdict in self.branches(node[2], state):
            body = node[3] if verdict else node[4]
            exits.extend(self.block(body, path) if body else [Exit(NEXT, path)])
        return exits

    def branches(self, test: Node, state: State) -> list[tuple[State, bool]]:
        """The paths through a condition, each with its verdict and with what the verdict tells about variables."""
        kind = test[0]
        if kind == ir.NOT:
            return [(path, not verdict) for path, verdict in self.branches(test[2], state)]
        if kind == ir.BOOL:
            wanted = test[2] == "and"
            decided: list[tuple[State, bool]] = []
            open_paths = [state]
            for part in test[3]:
                going: list[State] = []
                for path in open_paths:
                    for after, verdict in self.branches(part, path):
                        (going if verdict is wanted else []).append(after)
                        if verdict is not wanted:
                            decided.append((after, verdict))
                open_paths = self.merged(going) if len(going) > 1 else going
            decided_states = self.merged([path for path, _ in decided]) if len(decided) > 1 else [p for p, _ in decided]
            clause = guards.clause_of(test[3], self.frame.id, not wanted)
            if clause and len(decided_states) < len(decided):
                for path in decided_states:
                    path.assert_one_of(clause)
            return [(path, wanted) for path in open_paths] + [(path, not wanted) for path in decided_states]
        found: list[tuple[State, bool]] = []
        text = guards.text_of(test, self.frame.id)
        for path, value in self.explore(state, lambda branch: self.evaluate(test, branch)):
            known = truth(value)
            if known is None:
                known = containers.truth(path, value)
            if known is None and text:
                known = path.decided(text)
            for verdict in (True, False):
                if known is not None and known is not verdict:
                    continue
                branch = path.fork()
                if not guards.refine(self, branch, test, value, verdict):
                    continue
                if known is None and text:
                    branch.decide(text, verdict)
                found.append((branch, verdict))
        return found

    def _for(self, node: Node, state: State) -> list[Exit]:
        target, iterable, body, otherwise, position = node[2], node[3], node[4], node[5], node[1]
        exits: list[Exit] = []
        for path, value in self.explore(state, lambda branch: self.evaluate(iterable, branch)):
            exits.extend(self._loop(target, value, body, otherwise, position, path))
        return exits

    def _loop(
        self, target: Node, value: Value, body: Block, otherwise: Block, position: Position, state: State
    ) -> list[Exit]:
        if isinstance(value, Coroutine):
            value = value.value
        exits: list[Exit] = []
        broken: list[State] = []

        def run(paths: Sequence[State], element: Value, *, one: bool = False) -> list[State]:
            after: list[State] = []
            for path in paths:
                branch = path.fork()
                copied = element if one else self._materialise(branch, element, position)
                try:
                    self.bind(target, copied, branch, None)
                except DeadPath:
                    continue
                for way in self.block(body, branch):
                    if way.kind in (NEXT, CONTINUE):
                        if not one:
                            self._processed(way.state, element, position)
                        after.append(way.state)
                    elif way.kind == BREAK:
                        if not one:
                            self._leave(way.state, element, position, complete=False)
                        broken.append(way.state)
                    else:
                        exits.append(way)
            return self.merged(after)

        generator = next((m for m in members(value) if isinstance(m, Generator)), None)
        if generator is not None:
            return self._loop_over_generator(target, generator, body, otherwise, position, state)
        custom = protocols.iterator_element(self, state, value, position)
        known = None if custom is not None else containers.known_elements(state, value)
        if known is not None and len(known) <= MAX_UNROLLED:
            paths = [state]
            for element in known:
                paths = run(paths, element, one=True)
        else:
            element = custom if custom is not None else containers.element_of(self, state, value, position)
            first = run([state], element)
            second = run(first, element) if first else []
            self._without_elements(state, element, position, [*second, *first])
            paths = self.merged([state, *first, *second])
            for path in paths:
                self._leave(path, element, position, complete=True)
        if otherwise:
            ways = [way for path in paths for way in self.block(otherwise, path)]
            exits.extend(way for way in ways if way.kind != NEXT)
            paths = [way.state for way in ways if way.kind == NEXT]
        exits.extend(Exit(NEXT, path) for path in self.merged([*paths, *broken]))
        return exits

    def _materialise(self, state: State, element: Value, position: Position) -> Value:
        """A copy of the instance that stands for all elements: what happens to one does not happen to the others."""
        if isinstance(element, Ref) and isinstance(state.heap.get(element.id), Instance):
            number = self.key("element", self.frame.key, position, element.id)
            state.heap[number] = state.heap[element.id]
            return Ref(number)
        if isinstance(element, Tuple):
            return replace(element, items=tuple([self._materialise(state, item, position) for item in element.items]))
        if isinstance(element, AnyOf):
            return any_of([self._materialise(state, item, position) for item in element.members])
        return element

    def _element_ids(self, state: State, element: Value) -> Iterator[int]:
        for member in members(element):
            if isinstance(member, Ref) and isinstance(state.heap.get(member.id), Instance):
                yield member.id
            elif isinstance(member, Tuple):
                for item in member.items:
                    yield from self._element_ids(state, item)

    def _processed(self, state: State, element: Value, position: Position) -> None:
        for number in self._element_ids(state, element):
            copy = state.heap.get(self.key("element", self.frame.key, position, number))
            done = self.key("done", self.frame.key, position, number)
            if isinstance(copy, Instance):
                known = state.heap.get(done)
                state.heap[done] = (
                    join_instances(known, copy) if isinstance(known, Instance) and known.model is copy.model else copy
                )

    def _leave(self, state: State, element: Value, position: Position, *, complete: bool) -> None:
        for number in self._element_ids(state, element):
            done = state.heap.get(self.key("done", self.frame.key, position, number))
            rest = state.heap[number]
            if isinstance(done, Instance) and isinstance(rest, Instance):
                state.heap[number] = done if complete or done.model is not rest.model else join_instances(done, rest)

    def _without_elements(self, state: State, element: Value, position: Position, ended: Sequence[State]) -> None:
        """The path on which a loop never ran: there are no elements, they count as the loop leaves them."""
        for number in self._element_ids(state, element):
            done = self.key("done", self.frame.key, position, number)
            found = next((path.heap[done] for path in ended if done in path.heap), None)
            if found is not None:
                state.heap[done] = found

    def _loop_over_generator(
        self, target: Node, generator: Generator, body: Block, otherwise: Block, position: Position, state: State
    ) -> list[Exit]:
        exits: list[Exit] = []
        broken: list[State] = []
        frame = self.frame

        def each(path: State, value: Value) -> list[State]:
            inner, self.frame = self.frame, frame
            after: list[State] = []
            try:
                self.bind(target, value, path, None)
                for way in self.block(body, path):
                    if way.kind in (NEXT, CONTINUE):
                        after.append(way.state)
                    elif way.kind == BREAK:
                        broken.append(way.state)
                    else:
                        exits.append(way)
            except DeadPath:
                pass
            finally:
                self.frame = inner
            return after

        ended = calls.run_generator(self, state.fork(), generator, position, each)
        paths = self.merged([state, *ended])
        if otherwise:
            ways = [way for path in paths for way in self.block(otherwise, path)]
            exits.extend(way for way in ways if way.kind != NEXT)
            paths = [way.state for way in ways if way.kind == NEXT]
        exits.extend(Exit(NEXT, path) for path in self.merged([*paths, *broken]))
        return exits

    def _while(self, node: Node, state: State) -> list[Exit]:
        test, body, otherwise = node[2], node[3], node[4]
        exits: list[Exit] = []
        done: list[State] = []
        broken: list[State] = []
        paths = [state]
        for _ in range(2):
            after: list[State] = []
            for path in paths:
                for branch, verdict in self.branches(test, path):
                    branch.conditions = {}
                    if not verdict:
                        done.append(branch)
                        continue
                    for way in self.block(body, branch):
                        if way.kind in (NEXT, CONTINUE):
                            way.state.conditions = {}
                            after.append(way.state)
                        elif way.kind == BREAK:
                            broken.append(way.state)
                        else:
                            exits.append(way)
            paths = self.merged(after)
            if not paths:
                break
        if not (test[0] == ir.CONST and test[2]):
            done.extend(branch for path in paths for branch, verdict in self.branches(test, path) if not verdict)
        done = self.merged(done)
        if otherwise:
            ways = [way for path in done for way in self.block(otherwise, path)]
            exits.extend(way for way in ways if way.kind != NEXT)
            done = [way.state for way in ways if way.kind == NEXT]
        exits.extend(Exit(NEXT, path) for path in self.merged([*done, *broken]))
        return exits

    def _try(self, node: Node, state: State) -> list[Exit]:
        body, handlers, otherwise, final = node[2], node[3], node[4], node[5]
        snapshots: list[State] = []
        caught = any(externals.catches_failing_read(self, kind, state) for kind, _, _ in handlers)
        outer = self.plain_handlers
        if handlers:
            self._snapshots.append(snapshots)
            self.plain_handlers = all(_catches_plain_errors(kind) for kind, _, _ in handlers)
        hushed = any(externals.hushes(kind, handler) for kind, _, handler in handlers)
        self.handled += caught
        self.hushed += hushed
        try:
            ways = self.block(body, state.fork())
        finally:
            self.handled -= caught
            self.hushed -= hushed
            self.plain_handlers = outer
            if handlers:
                self._snapshots.pop()
        exits: list[Exit] = []
        for way in ways:
            if way.kind == NEXT and otherwise:
                exits.extend(self.block(otherwise, way.state))
            elif way.kind != RAISE or not handlers:
                exits.append(way)
        if handlers:
            raised = [way.state for way in ways if way.kind == RAISE]
            entries = self.joined([*snapshots, *raised])
            # An `else` has gone on with the paths on which nothing failed.
            went_well = [way.state for way in ways if way.kind == NEXT and not otherwise]
            loaded = cache(lambda: loading.loaded_since(self, state, went_well))
            for _, name, handler in handlers:
                for entry in entries:
                    path = entry.fork()
                    if name:
                        path.set(self.frame.id, name, UNKNOWN)
                    for way in self.block(handler, path):
                        if way.kind == NEXT:
                            # What the failure kept from being loaded is not the first trouble of whoever reads it.
                            heap = way.state.heap
                            heap.update({n: one for n, one in loaded().items() if heap.get(n) is state.heap.get(n)})
                        exits.append(way)
        if final:
            through: list[Exit] = []
            for way in exits:
                for last in self.block(final, way.state):
                    through.append(replace(way, state=last.state) if last.kind == NEXT else last)
            exits = through
        return exits

    def _with(self, node: Node, state: State) -> list[Exit]:
        return self._enter(node[2], node[3], node[1], state)

    def _enter(
        self, items: Sequence[tuple[Node, Node | None]], body: Block, position: Position, state: State
    ) -> list[Exit]:
        if not items:
            return self.block(body, state)
        (expression, target), rest = items[0], items[1:]
        exits: list[Exit] = []
        for path, value in self.explore(state, lambda branch: self.evaluate(expression, branch)):
            manager = members(value)[0] if members(value) else UNKNOWN
            if isinstance(manager, Coroutine):
                manager = manager.value
            exits.extend(self._managed(manager, target, rest, body, expression[1], path))
        return exits

    def _managed(
        self, manager: Value, target: Node | None, rest: Sequence[Any], body: Block, position: Position, state: State
    ) -> list[Exit]:
        if isinstance(manager, Generator):
            return self._managed_generator(manager, target, rest, body, position, state)
        exits: list[Exit] = []
        for path, entered in self.explore(state, lambda branch: protocols.enter(self, branch, manager, position)):
            if target is not None:
                try:
                    self.bind(target, entered, path, None)
                except DeadPath:
                    continue
            before = len(self._snapshots[-1]) if self._snapshots else 0
            ways = self._enter(rest, body, position, path)
            self._leave_snapshots(before, manager, position)
            for way in ways:
                for after, swallowed in protocols.leave(self, way.state, manager, position, failed=way.kind == RAISE):
                    exits.append(Exit(NEXT, after) if swallowed and way.kind == RAISE else replace(way, state=after))
        return exits

    def _leave_snapshots(self, first: int, manager: Value, position: Position) -> None:
        """An exception from inside a `with` block leaves the block before a handler sees it."""
        if not self._snapshots:
            return
        inside = _ends(self._snapshots[-1][first:])
        del self._snapshots[-1][first:]
        for state in inside:
            self._snapshots[-1].extend(
                after for after, _ in protocols.leave(self, state, manager, position, failed=True)
            )

    def _managed_generator(
        self,
        manager: Generator,
        target: Node | None,
        rest: Sequence[Any],
        body: Block,
        position: Position,
        state: State,
    ) -> list[Exit]:
        exits: list[Exit] = []
        frame = self.frame
        pending: dict[int, Exit] = {}
        entered: list[State] = []

        def each(path: State, value: Value) -> list[State]:
            # A path that differs from one that has been followed in nothing that matters tells nothing new.
            if len(entered) >= MAX_ENTRIES or any(joinable(known, path, frame.id, held=True) for known in entered):
                return []
            entered.append(path.fork())
            inner, self.frame = self.frame, frame
            after: list[State] = []
            try:
                if target is not None:
                    self.bind(target, hops.carried_out(path, value, position, inner), path, None)
                for way in self._enter(rest, body, position, path):
                    if way.kind == RAISE:
                        exits.append(way)
                    else:
                        token = self.key("resume", len(pending), position, self.frame.id)
                        pending[token] = way
                        way.state.set(frame.id, "<way>", Const(token))
                        after.append(way.state)
            except DeadPath:
                pass
            finally:
                self.frame = inner
            return after

        for ended in calls.run_generator(self, state.fork(), manager, position, each):
            token = ended.get(frame.id, "<way>")
            way = pending.get(token.value) if isinstance(token, Const) else None
            ended.unset(frame.id, "<way>")
            exits.append(replace(way, state=ended) if way is not None else Exit(NEXT, ended))
        return exits

    def _match(self, node: Node, state: State) -> list[Exit]:
        exits: list[Exit] = []
        for path, value in self.explore(state, lambda branch: self.evaluate(node[2], branch)):
            complete = False
            for pattern, guard, body in node[3]:
                branch = path.fork()
                try:
                    if not guards.matches(self, branch, pattern, value, node[2][1]):
                        continue
                except DeadPath:
                    continue
                paths = [branch] if guard is None else [p for p, verdict in self.branches(guard, branch) if verdict]
                for matched in paths:
                    exits.extend(self.block(body, matched))
                if pattern[0] == "bind" and pattern[2] is None and guard is None:
                    complete = True
                    break
            if not complete:
                exits.append(Exit(NEXT, path))
        return exits

    def _function(self, node: Node, state: State) -> list[Exit]:
        function: Function = node[2]
        info = self._nested_info(function)
        value = FunctionValue(info, closure=self.frame.id)
        state.set(self.frame.id, function.name, value)
        if function.is_async:
            self.nested[id(info)] = (value, state.fork(), self.frame)
        return [Exit(NEXT, state)]

    def _nested_info(self, function: Function) -> FunctionInfo:
        found = self._nested_infos.get(id(function))
        if found is None:
            found = self._nested_infos[id(function)] = FunctionInfo(function, self.frame.module)
        assert isinstance(found, FunctionInfo)
        return found

    def _class(self, node: Node, state: State) -> list[Exit]:
        found: Class = node[2]
        info = self._nested_infos.get(id(found))
        if info is None:
            info = self._nested_infos[id(found)] = ClassInfo(found, self.frame.module)
        state.set(self.frame.id, found.name, ClassValue(info))
        return [Exit(NEXT, state)]

    def _import(self, node: Node, state: State) -> list[Exit]:
        from rules.source.facts import Import

        for name, module, attribute, root in node[2]:
            symbol = self.program.imported_later(self.frame.module, Import(module, attribute, root))
            state.set(self.frame.id, name, self.symbol_value(symbol, state))
        return [Exit(NEXT, state)]

    def _delete(self, node: Node, state: State) -> list[Exit]:
        for target in node[2]:
            if target[0] == ir.NAME:
                state.unset(self.frame.id, target[2])
            elif target[0] == ir.ATTR:
                attributes.write(self, state, self.evaluate(target[2], state), target[3], NONE, target, None)
            else:
                self.evaluate(target, state)
        return [Exit(NEXT, state)]

    # Binding

    def bind(self, target: Node, value: Value, state: State, source: Node | None) -> None:
        kind = target[0]
        if kind == ir.NAME:
            state.forget_conditions(f"{self.frame.id}:{target[2]}")
            state.set(self.scope_of(state, target[2]), target[2], value)
        elif kind in (ir.TUPLE, ir.LIST):
            self._unpack(target[2], value, state, target[1])
        elif kind == ir.ATTR:
            owner = self.evaluate(target[2], state)
            attributes.write(self, state, owner, target[3], value, target, source)
        elif kind == ir.SUB:
            owner = self.evaluate(target[2], state)
            if state.conditions and (text := guards.text_of(target[2], self.frame.id)):
                state.forget_conditions(text)
            containers.store(self, state, owner, self.evaluate(target[3], state), value)
        elif kind == ir.STAR:
            self.bind(target[2], containers.new(self, state, "list", value, target[1]), state, None)

    def scope_of(self, state: State, name: str) -> int:
        """The frame that a plain assignment binds in: this one, or the one a comprehension belongs to."""
        return self.frame.id

    def _unpack(self, targets: Sequence[Node], value: Value, state: State, position: Position) -> None:
        star = next((number for number, target in enumerate(targets) if target[0] == ir.STAR), None)
        parts: list[list[Value]] = [[] for _ in targets]
        for member in members(value):
            known = containers.known_elements(state, member)
            if known is not None and star is None and len(known) == len(targets):
                for number, item in enumerate(known):
                    parts[number].append(item)
            elif known is not None and star is not None and len(known) >= len(targets) - 1:
                behind = len(targets) - star - 1
                middle = known[star : len(known) - behind]
                for number in range(star):
                    parts[number].append(known[number])
                parts[star].append(any_of(middle) if middle else UNKNOWN)
                for number in range(behind):
                    parts[len(targets) - 1 - number].append(known[len(known) - 1 - number])
            elif isinstance(member, Const) and member.value is None:
                continue
            else:
                element = containers.element_of(self, state, member, position)
                for part in parts:
                    part.append(element)
        for target, found in zip(targets, parts, strict=True):
            self.bind(target, any_of(found) if found else UNKNOWN, state, None)

    # Expressions

    def evaluate(self, node: Node, state: State) -> Value:
        return _EXPRESSIONS[node[0]](self, node, state)

    def _name(self, node: Node, state: State) -> Value:
        return self.variable(node[2], state)

    def variable(self, name: str, state: State) -> Value:
        frame: int = self.frame.id
        found = state.get(frame, name)
        if found is not None:
            return found
        parent = self.frame.parent
        while parent:
            found = state.get(parent, name)
            if found is not None:
                return found
            up = state.get(parent, PARENT)
            parent = up.value if isinstance(up, Const) else 0
        return self.global_value(self.frame.module, name, state)

    def global_value(self, module: Module, name: str, state: State) -> Value:
        symbol = self.program.lookup(module, name)
        if symbol is None:
            return ExternalValue(f"builtins.{name}") if name in containers.BUILTINS else UNKNOWN
        return self.symbol_value(symbol, state)

    def symbol_value(self, symbol: Any, state: State) -> Value:
        if isinstance(symbol, ClassInfo):
            return ClassValue(symbol)
        if isinstance(symbol, FunctionInfo):
            return FunctionValue(symbol)
        if isinstance(symbol, Module):
            return ModuleValue(symbol)
        if isinstance(symbol, External):
            return ExternalValue(symbol.name)
        if isinstance(symbol, Variable):
            return self._global_variable(symbol, state)
        return UNKNOWN

    def _global_variable(self, variable: Variable, state: State) -> Value:
        key = (variable.module.path, variable.name)
        found = state.get(0, key)
        if found is not None:
            return found
        state.set(0, key, UNKNOWN)  # a definition that refers to itself
        values: list[Value] = []
        for statement in variable.statements[-3:]:
            value = self._module_level(variable, statement, state)
            if value is not None:
                values.append(value)
        useful = [v for v in values if v not in (NONE, UNKNOWN)]
        result = any_of(useful) if useful else (values[-1] if values else UNKNOWN)
        containers.outlived(state, result)
        state.set(0, key, result)
        return result

    def _module_level(self, variable: Variable, statement: Node, state: State) -> Value | None:
        outer = self.frame
        self.frame = Frame(
            self.new_frame_id(),
            self.key("module", variable.module.path),
            variable.module,
            None,
            0,
            (outer.depth if outer else 0) + 1,
            None,
            None,
        )
        try:
            if statement[0] == ir.ASSIGN:
                value = self.evaluate(statement[3], state)
                for target in statement[2]:
                    if target[0] == ir.NAME and target[2] == variable.name:
                        return value
                    if target[0] in (ir.TUPLE, ir.LIST):
                        self.bind(target, value, state, None)
                        return state.get(self.frame.id, variable.name)
            elif statement[0] == ir.ANNOTATE:
                if statement[4] is not None:
                    value = self.evaluate(statement[4], state)
                    if value not in (UNKNOWN, NONE):
                        return value
                return promises.assume(
                    self, state, statement[3], variable.module, ("global", variable.name), typed=True
                )
            return None
        except DeadPath:
            return None
        finally:
            self.frame = outer

    def _const(self, node: Node, state: State) -> Value:
        value = node[2]
        if value is None:
            return NONE
        if isinstance(value, str | int | float | bytes):
            return Const(value)
        return UNKNOWN

    def _attribute(self, node: Node, state: State) -> Value:
        owner = self.evaluate(node[2], state)
        return attributes.read(self, state, owner, node[3], node)

    def _call(self, node: Node, state: State) -> Value:
        return calls.evaluate_call(self, node, state)

    def _subscript(self, node: Node, state: State) -> Value:
        owner = self.evaluate(node[2], state)
        if any(isinstance(member, ClassValue) for member in members(owner)):
            found = next(member for member in members(owner) if isinstance(member, ClassValue))
            given = node[3][2] if node[3][0] == ir.TUPLE else (node[3],)
            return replace(found, arguments=tuple((self.frame.module, argument) for argument in given))
        index = self.evaluate(node[3], state)
        if node[3][0] == ir.SLICE:
            return any_of(containers.sliced(self, state, member, node[1]) for member in members(owner))
        return any_of(containers.item(self, state, member, index, node[1]) for member in members(owner))

    def _bool(self, node: Node, state: State) -> Value:
        results: list[Value] = []
        wanted = node[2] == "and"
        for number, part in enumerate(node[3]):
            if number == len(node[3]) - 1:
                results.append(self.evaluate(part, state))
                break
            value = self.evaluate(part, state)
            known = truth(value)
            if known is None:
                known = containers.truth(state, value)
            if known is not None and known is not wanted:
                return any_of([*results, value])
            if known is None:
                if wanted:
                    results.extend(m for m in members(value) if _truth_of(m) is not True and not isinstance(m, Ref))
                else:
                    results.extend(m for m in members(value) if _truth_of(m) is not False)
                if not guards.refine(self, state, part, value, wanted):
                    return any_of(results)
        if not wanted and len(results) > 1:
            results = _preferring_fallback(state, results)
        return any_of(results)

    def _not(self, node: Node, state: State) -> Value:
        value = self.evaluate(node[2], state)
        if isinstance(value, Condition):
            return replace(value, positive=not value.positive)
        known = truth(value)
        return UNKNOWN if known is None else (FALSE if known else TRUE)

    def _compare(self, node: Node, state: State) -> Value:
        left = self.evaluate(node[2], state)
        rights = [self.evaluate(part, state) for part in node[4]]
        if len(rights) != 1:
            return UNKNOWN
        return guards.compare(self, state, node, left, node[3][0], rights[0])

    def _conditional(self, node: Node, state: State) -> Value:
        paths = self.branches(node[2], state)
        if not paths:
            raise DeadPath
        outcomes: list[tuple[State, Value]] = []
        for path, verdict in paths:
            try:
                outcomes.append((path, self.evaluate(node[3] if verdict else node[4], path)))
            except DeadPath:
                continue
        if not outcomes:
            raise DeadPath
        return self.settle(state, outcomes)

    def settle(self, state: State, outcomes: list[tuple[State, Value]]) -> Value:
        """Continues `state` as one of several outcomes, of which those that can be joined are."""
        kept = self.alternatives(outcomes) if len(outcomes) > 1 else outcomes
        path, value = kept[self.choose(len(kept))]
        state.become(path)
        return value

    def alternatives(self, outcomes: Iterable[tuple[State, Value]]) -> list[tuple[State, Value]]:
        """Several outcomes of one call: those that can be joined are."""
        kept: list[tuple[State, Value]] = []
        frame = self.frame.id
        for path, value in outcomes:
            for number, (other, known) in enumerate(kept):
                if joinable(other, path, frame) and _values_joinable(other, known, path, value):
                    kept[number] = (join(other, path, frame), any_of((known, value)))
                    break
            else:
                kept.append((path, value))
        return kept

    def _list(self, node: Node, state: State) -> Value:
        return containers.literal(self, state, "list", self._items(node[2], state), node[1])

    def _set(self, node: Node, state: State) -> Value:
        return containers.literal(self, state, "set", self._items(node[2], state), node[1])

    def _tuple(self, node: Node, state: State) -> Value:
        items = self._items(node[2], state)
        if items is None or any(spread for spread, _ in items):
            parts: list[Value] = []
            for spread, value in items or ():
                known = containers.known_elements(state, value) if spread else [value]
                if known is None:
                    element = containers.element_of(self, state, value, node[1])
                    return Tuple((any_of([*parts, element]),), repeated=True)
                parts.extend(known)
            return containers.spread_tuple(parts)
        return tuple_of([value for _, value in items])

    def _items(self, nodes: Sequence[Node], state: State) -> list[tuple[bool, Value]]:
        return [
            (True, self.evaluate(item[2], state)) if item[0] == ir.STAR else (False, self.evaluate(item, state))
            for item in nodes
        ]

    def _dict(self, node: Node, state: State) -> Value:
        items: dict[Any, Value] | None = {}
        values: list[Value] = []
        keys: list[Value] = []
        for key, part in node[2]:
            value = self.evaluate(part, state)
            if key is None:
                known = containers.known_items(state, value)
                if known is None or items is None:
                    items = None
                    values.append(containers.value_of(self, state, value, node[1]))
                else:
                    items.update(known)
                    values.extend(known.values())
                continue
            name = self.evaluate(key, state)
            keys.append(name)
            values.append(value)
            if items is not None and isinstance(name, Const):
                items[name.value] = value
            else:
                items = None
        number = self.key("dict", self.frame.key, node[1])
        state.heap[number] = Container(
            "dict", any_of(values) if values else None, items, any_of(keys) if keys else None
        )
        return Ref(number)

    def _comprehension(self, node: Node, state: State) -> Value:
        kind = node[2]
        elements: list[Value] = []
        self._comprehend(node, 0, state, elements)
        found = any_of(elements) if elements else None
        number = self.key(kind, self.frame.key, node[1])
        if kind == "dict":
            pairs = [member for member in members(found) if isinstance(member, Tuple)] if found else []
            values = any_of(pair.items[1] for pair in pairs) if pairs else None
            keys = any_of(pair.items[0] for pair in pairs) if pairs else None
            state.heap[number] = Container("dict", values, None, keys)
        else:
            state.heap[number] = Container("list" if kind == "gen" else kind, found)
        return Ref(number)

    def _comprehend(self, node: Node, number: int, path: State, elements: list[Value]) -> None:
        """Runs the loops of a comprehension from a number on; adds what its element is to `elements`."""
        position, element, loops = node[1], node[3], node[4]
        if number == len(loops):
            elements.append(self.evaluate(element, path))
            return
        target, iterable, conditions, _ = loops[number]
        value = self.evaluate(iterable, path)
        if isinstance(value, Coroutine):
            value = value.value
        generator = next((m for m in members(value) if isinstance(m, Generator)), None)
        if generator is not None:
            frame = self.frame

            def each(inner_state: State, item: Value) -> list[State]:
                inner, self.frame = self.frame, frame
                try:
                    self.bind(target, item, inner_state, None)
                    self._comprehend(node, number + 1, inner_state, elements)
                except DeadPath:
                    pass
                finally:
                    self.frame = inner
                return [inner_state]

            ended = calls.run_generator(self, path.fork(), generator, position, each)
            if ended:
                path.become(self.merged([path.fork(), *ended])[-1])
            return
        known = containers.known_elements(path, value)
        if known is not None and len(known) <= MAX_UNROLLED:
            items: list[Value] = list(known)
        else:
            items = [containers.element_of(self, path, value, position)]
        for item in items:
            self.bind(target, item, path, None)
            inside = [path]
            for condition in conditions:
                inside = [p for q in inside for p, verdict in self.branches(condition, q) if verdict]
            for branch in inside:
                self._comprehend(node, number + 1, branch, elements)
                if branch is not path:
                    path.heap = branch.heap
                    path.effects = branch.effects
                    path._own = set()

    def _lambda(self, node: Node, state: State) -> Value:
        return FunctionValue(self._nested_info(node[2]), closure=self.frame.id)

    def _await(self, node: Node, state: State) -> Value:
        outer, self.awaiting = self.awaiting, node[2][1]
        try:
            value = self.evaluate(node[2], state)
        finally:
            self.awaiting = outer
        return any_of(self.awaited(state, member, node[1]) for member in members(value))

    def awaited(self, state: State, value: Value, position: Position) -> Value:
        if isinstance(value, Coroutine):
            return value.value
        if isinstance(value, Ref) and isinstance(state.heap.get(value.id), Session):
            return value  # `await session_factory()` and its like
        if isinstance(value, sessions.LAZY) and value.kind == "awaitable":
            return attributes.load_awaited(self, state, value, position)
        return UNKNOWN

    def _yield(self, node: Node, state: State) -> Value:
        value = NONE if node[2] is None else self.evaluate(node[2], state)
        if self.frame.on_yield is None:
            return UNKNOWN
        paths = self.frame.on_yield(state.fork(), value)
        if not paths:
            raise DeadPath
        paths = self.merged(paths)
        state.become(paths[self.choose(len(paths))])
        return UNKNOWN

    def _yield_from(self, node: Node, state: State) -> Value:
        value = self.evaluate(node[2], state)
        if self.frame.on_yield is None:
            return UNKNOWN
        if isinstance(value, Generator):
            paths = calls.run_generator(self, state.fork(), value, node[1], self.frame.on_yield)
        else:
            paths = self.frame.on_yield(state.fork(), containers.element_of(self, state, value, node[1]))
        if not paths:
            raise DeadPath
        paths = self.merged(paths)
        state.become(paths[self.choose(len(paths))])
        return UNKNOWN

    def _format(self, node: Node, state: State) -> Value:
        for part, conversion in node[2]:
            value = self.evaluate(part, state)
            attributes.formatted(self, state, value, part, "__repr__" if conversion in ("r", "a") else "__str__")
        return UNKNOWN

    def _star(self, node: Node, state: State) -> Value:
        return self.evaluate(node[2], state)

    def _walrus(self, node: Node, state: State) -> Value:
        value = self.evaluate(node[3], state)
        self.bind((ir.NAME, node[1], node[2]), value, state, node[3])
        return value

    def _binary(self, node: Node, state: State) -> Value:
        left = self.evaluate(node[2], state)
        right = self.evaluate(node[4], state)
        if node[3] == "Mod" and (not isinstance(left, Ref)):
            for value in right.items if isinstance(right, Tuple) else (right,):
                attributes.formatted(self, state, value, node[4], "__str__")
            return UNKNOWN
        combined = containers.concatenated(self, state, node[3], left, right, node[1])
        return combined if combined is not None else self.binary(node[3], left, right)

    @staticmethod
    def binary(operation: str, left: Value, right: Value) -> Value:
        if isinstance(left, Const) and isinstance(right, Const) and operation == "Add":
            if isinstance(left.value, str) and isinstance(right.value, str):
                long = len(left.value) + len(right.value) > MAX_TEXT
                return UNKNOWN if long else Const(left.value + right.value)
            if type(left.value) is int and type(right.value) is int:
                return Const(left.value + right.value)
        return UNKNOWN

    def _other(self, node: Node, state: State) -> Value:
        for part in node[2]:
            self.evaluate(part, state)
        return UNKNOWN


def _values_joinable(left: State, one: Value, right: State, two: Value) -> bool:
    """Alternatives of a value stay apart only where they are flags, or a list of options and none."""
    flags = [v for v in (one, two) if isinstance(v, Const) and isinstance(v.value, bool)]
    return one == two or (len(flags) < 2 and not differ_in_options(left, one, right, two))


def _truth_of(value: Value) -> bool | None:
    return truth(value)


def _preferring_fallback(state: State, results: list[Value]) -> list[Value]:
    """`a or b` with two instances: which of them it is depends on the data, so only what the fallback lacks is told."""
    last = [m for m in members(results[-1]) if isinstance(m, Ref)]
    models = {state.heap[m.id].model for m in last if isinstance(state.heap.get(m.id), Instance)}  # type: ignore[union-attr]
    kept: list[Value] = []
    for value in results[:-1]:
        for member in members(value):
            found = state.heap.get(member.id) if isinstance(member, Ref) else None
            if not (isinstance(found, Instance) and found.model in models):
                kept.append(member)
    return [*kept, results[-1]]


_SPLITTING = frozenset({ir.CALL, ir.IF, ir.BOOL, ir.YIELD, ir.YIELD_FROM, ir.AWAIT, ir.COMP})
_PLAIN_ERRORS = frozenset(
    {
        "ValueError",
        "TypeError",
        "KeyError",
        "IndexError",
        "LookupError",
        "AttributeError",
        "ArithmeticError",
        "ZeroDivisionError",
        "UnicodeError",
        "ImportError",
        "StopIteration",
        "StopAsyncIteration",
        "ValidationError",
        "JSONDecodeError",
    }
)


def _catches_plain_errors(kind: Node | None) -> bool:
    """Whether an `except` clause names only errors of Python itself."""
    if kind is None:
        return False
    names = kind[2] if kind[0] == ir.TUPLE else (kind,)
    return all(item[0] in (ir.NAME, ir.ATTR) and item[-1] in _PLAIN_ERRORS for item in names)


_ENDING = frozenset({"commit", "flush", "rollback"})
"""What these raise comes from the database."""
_LOCAL = frozenset({"expunge_all", "expire_all"})
"""These ask nobody, and do not fail."""


def _calls_session(node: Node, names: frozenset[str]) -> bool:
    """`await session.commit()`, `session.expunge_all()`: a statement that is such a call and nothing else."""
    if node[0] != ir.EXPR:
        return False
    call = node[2][2] if node[2][0] == ir.AWAIT else node[2]
    return call[0] == ir.CALL and call[2][0] == ir.ATTR and call[2][3] in names


def _ends(states: list[State]) -> list[State]:
    """The first and the last of the paths on which an exception may have come."""
    return states if len(states) <= 2 else [states[0], states[-1]]


_SIMPLE = frozenset(
    {ir.ASSIGN, ir.AUGMENT, ir.ANNOTATE, ir.EXPR, ir.RETURN, ir.RAISE, ir.DELETE, ir.FUNCTION, ir.CLASS, ir.IMPORT}
)

_STATEMENTS: dict[str, Callable[[Interpreter, Node, State], list[Exit]]] = {
    ir.ASSIGN: Interpreter._assign,
    ir.AUGMENT: Interpreter._augment,
    ir.ANNOTATE: Interpreter._annotate,
    ir.EXPR: Interpreter._expression,
    ir.RETURN: Interpreter._return,
    ir.IFS: Interpreter._if,
    ir.FOR: Interpreter._for,
    ir.WHILE: Interpreter._while,
    ir.TRY: Interpreter._try,
    ir.WITH: Interpreter._with,
    ir.RAISE: Interpreter._raise,
    ir.ASSERT: Interpreter._assert,
    ir.MATCH: Interpreter._match,
    ir.FUNCTION: Interpreter._function,
    ir.CLASS: Interpreter._class,
    ir.IMPORT: Interpreter._import,
    ir.DELETE: Interpreter._delete,
    ir.BREAK: lambda _, __, state: [Exit(BREAK, state)],
    ir.CONTINUE: lambda _, __, state: [Exit(CONTINUE, state)],
}

_EXPRESSIONS: dict[str, Callable[[Interpreter, Node, State], Value]] = {
    ir.NAME: Interpreter._name,
    ir.CONST: Interpreter._const,
    ir.ATTR: Interpreter._attribute,
    ir.CALL: Interpreter._call,
    ir.SUB: Interpreter._subscript,
    ir.BOOL: Interpreter._bool,
    ir.NOT: Interpreter._not,
    ir.COMPARE: Interpreter._compare,
    ir.IF: Interpreter._conditional,
    ir.LIST: Interpreter._list,
    ir.TUPLE: Interpreter._tuple,
    ir.SET: Interpreter._set,
    ir.DICT: Interpreter._dict,
    ir.COMP: Interpreter._comprehension,
    ir.LAMBDA: Interpreter._lambda,
    ir.AWAIT: Interpreter._await,
    ir.YIELD: Interpreter._yield,
    ir.YIELD_FROM: Interpreter._yield_from,
    ir.FORMAT: Interpreter._format,
    ir.STAR: Interpreter._star,
    ir.WALRUS: Interpreter._walrus,
    ir.BINARY: Interpreter._binary,
    ir.OTHER: Interpreter._other,
    ir.SLICE: Interpreter._other,
}

__all__ = [
    "MAYBE",
    "Arguments",
    "AttributeNames",
    "DeadPath",
    "Exit",
    "Frame",
    "Interpreter",
    "Method",
    "Object",
    "OutOfBudget",
    "Statement",
]
