"""What sessions, results and transactions do to the instances in the heap."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from rules.analysis import containers, loading, statements
from rules.analysis.accesses import Cause, Hop, Origin, Place
from rules.analysis.copying import replace
from rules.analysis.frames import DeadPath
from rules.analysis.state import (
    MAYBE,
    Container,
    Instance,
    Loaded,
    LoadPlan,
    Object,
    Session,
    State,
    Status,
    Unloaded,
    reachable,
)
from rules.analysis.values import (
    FALSE,
    NONE,
    REFERRED,
    TRUE,
    UNKNOWN,
    AliasValue,
    Arguments,
    ClassValue,
    Const,
    Coroutine,
    Entity,
    ExternalValue,
    Factory,
    Lazy,
    Method,
    Option,
    Ref,
    Result,
    Statement,
    Tuple,
    Value,
    any_of,
    members,
)
from rules.index.models import Column, Model, Relationship
from rules.source.ir import Position

if TYPE_CHECKING:
    from rules.analysis.interpreter import Interpreter

LAZY = Lazy
OBJECTS_FOR_A_STEP = 16
"""What happens to a session is asked of every object: so many count as one statement."""


# Opening and closing


def open_session(interp: Interpreter, state: State, factory: Factory, position: Position) -> Value:
    number = interp.key("session", interp.frame.key, position)
    known = state.heap.get(number)
    if isinstance(known, Session) and not known.closed:
        number = interp.key("session again", interp.frame.key, position)
    block = "commit+close" if factory.autocommit_block else "close"
    state.heap[number] = Session(
        factory.kind, factory.expire, factory.autoflush, factory=factory.place, block=block, info=factory.info
    )
    return Ref(number)


def close(interp: Interpreter, state: State, number: int, position: Position) -> None:
    effect(interp, state, number, "close", interp.place(position))


# Effects


def effect(interp: Interpreter, state: State, number: int, kind: str, place: Place, **detail: Any) -> None:
    """Applies what an operation does to every instance of a session, and notes it for callers."""
    state.effects = (*state.effects, (number, kind, (place, tuple(sorted(detail.items())))))
    apply_effect(interp, state, number, kind, place, interp.frame.depth, **detail)


def repeat(interp: Interpreter, state: State, effect: tuple[int, str, Any]) -> None:
    """The effect of a remembered call: it happens one frame further in."""
    number, kind, (place, detail) = effect
    state.effects = (*state.effects, effect)
    apply_effect(interp, state, number, kind, place, interp.frame.depth + 1, **dict(detail))


def apply_effect(
    interp: Interpreter, state: State, number: int, kind: str, place: Place, depth: int, **detail: Any
) -> None:
    session = state.heap.get(number)
    if not isinstance(session, Session):
        return
    interp.charge(len(state.heap) // OBJECTS_FOR_A_STEP)
    if session.idle:
        if kind == "rollback":
            return
        if kind in _BEGINNING:
            session = state.heap[number] = replace(session, idle=False)
    if kind == "maybe":
        for key, inst in list(state.heap.items()):
            if isinstance(inst, Instance) and inst.session == number and inst.life == "persistent":
                state.heap[key] = replace(inst, assumed=True)
        return
    if kind == "query":
        for key in _known(state, number, detail["model"], 0):
            _requeried(interp, state, key, detail["plan"], detail["populate"])
        _may_be_refreshed(state, number, interp.models.loaded_with(detail["model"]))
        _soften_below(interp, state, number, detail["plan"], detail["model"])
        return
    if kind == "refresh":
        for key in _known(state, number, detail["model"], detail["besides"]):
            other = state.instance(key)
            if isinstance(other.expired, Cause) and not other.path:
                # Another query may have given the same object.
                state.heap[key] = replace(other, expired=MAYBE)
        return
    if kind in ("flush", "commit"):
        _flush(interp, state, number, place, depth, kind)
    if kind == "flush":
        return
    cause = Cause(kind, place, home=depth)
    for key, inst in list(state.heap.items()):
        if not isinstance(inst, Instance) or inst.session != number:
            continue
        if kind == "commit":
            state.heap[key] = _committed(inst, session, cause)
        elif kind == "rollback":
            state.heap[key] = _rolled_back(inst, cause)
        elif kind == "expire":
            state.heap[key] = expired(inst, cause) if inst.life == "persistent" else inst
        elif kind in ("close", "expunge"):
            state.heap[key] = (
                _detached(inst, cause)
                if inst.life in ("persistent", "deleted")
                else replace(inst, session=0, life="transient")
            )
        elif kind == "savepoint rollback":
            state.heap[key] = replace(inst, assumed=True) if inst.changed else inst
        elif kind == "update":
            state.heap[key] = _updated_in_bulk(inst, cause, detail)
    if kind == "close" and not session.scoped:
        state.heap[number] = replace(session, closed=True)
    elif kind in ("commit", "rollback"):
        state.heap[number] = replace(session, idle=True)


_BEGINNING = frozenset({"maybe", "query", "flush", "update"})


def begun(state: State, number: int) -> None:
    """A session works in a transaction as soon as it is asked for something, or one of its objects changes."""
    session = state.heap.get(number)
    if isinstance(session, Session) and session.idle:
        state.heap[number] = replace(session, idle=False)


def _committed(inst: Instance, session: Session, cause: Cause) -> Instance:
    inst = replace(inst, committed=True)
    if inst.life == "deleted":
        return replace(inst, session=0, life="transient")
    if inst.life != "persistent" or session.expire is False or inst.sync:
        return inst
    if session.expire is None:
        # What was never loaded, or unloaded by the flush, fails whether or not the commit expired it.
        return replace(inst, expired=inst.expired or MAYBE)
    return expired(inst, cause)


def _rolled_back(inst: Instance, cause: Cause) -> Instance:
    if inst.life == "pending" or not inst.committed:
        return replace(inst, life="transient", session=0)
    return replace(expired(inst, cause), null_keys=loading.null_keys(inst, assigned=False))


def _detached(inst: Instance, cause: Cause) -> Instance:
    """Nothing is found in an identity map any more."""
    attributes = {
        name: status
        for name, status in inst.attributes.items()
        if not (isinstance(status, Loaded) and status.by_identity)
    }
    return replace(inst, session=0, detached=cause, attributes=attributes)


def expired(inst: Instance, cause: Cause) -> Instance:
    """Every attribute is unloaded; relationships that were loaded are remembered as lost."""
    lost = {name for name, status in inst.attributes.items() if isinstance(status, Loaded)}
    if inst.selected:
        lost |= {name for name, (step, _) in inst.plan.steps.items() if step.strategy in loading.EAGER}
        lost |= {r.name for r in inst.model.relationships if r.lazy in loading.MAPPED_EAGER}
    if isinstance(inst.expired, Cause):
        return inst if not inst.attributes else replace(inst, attributes={}, lost=inst.lost | lost)
    return replace(
        inst,
        expired=cause,
        attributes={},
        lost=inst.lost | lost,
        changed=frozenset(),
        selected=inst.selected,
        null_keys=loading.null_keys(inst),
    )


def _flush(interp: Interpreter, state: State, number: int, place: Place, depth: int, kind: str) -> None:
    for key, inst in list(state.heap.items()):
        if not isinstance(inst, Instance) or inst.session != number:
            continue
        if inst.life == "pending":
            state.heap[key] = _inserted(inst, place, depth)
        elif inst.life == "persistent" and inst.changed:
            state.heap[key] = _updated(inst, place, depth)


def _inserted(inst: Instance, place: Place, depth: int) -> Instance:
    attributes = dict(inst.attributes)
    for name, status in inst.attributes.items():
        if (
            isinstance(status, Loaded)
            and status.value == ExternalValue("sql")
            and inst.model.eager_defaults is not True
        ):
            attributes[name] = Unloaded(Cause("flush", place, "an SQL expression was assigned", home=depth))
    return replace(inst, life="persistent", attributes=attributes, changed=frozenset())


def _fetched(inst: Instance) -> Instance:
    """An UPDATE needs the primary key: an expired object is read again first, as an expired attribute would be."""
    if not isinstance(inst.expired, Cause):
        return inst
    attributes = dict(inst.attributes)
    for relationship in inst.model.relationships:
        again = relationship.lazy in loading.MAPPED_EAGER or relationship.name in inst.plan.steps or inst.plan.wildcard
        lost = Unloaded(inst.expired, lost=relationship.name in inst.lost)
        attributes.setdefault(relationship.name, MAYBE if again else lost)
    return replace(inst, attributes=attributes, expired=None)


def _updated(inst: Instance, place: Place, depth: int) -> Instance:
    inst = _fetched(inst)
    if inst.model.eager_defaults is True or inst.sync:
        return replace(inst, changed=frozenset())
    attributes = dict(inst.attributes)
    written = {name for name in inst.changed if isinstance(inst.model.attributes.get(name), Column | Relationship)}
    if not written:
        return replace(inst, changed=frozenset())
    for column in inst.model.columns:
        status = attributes.get(column.name)
        explicit = column.name in inst.changed and isinstance(status, Loaded) and status.value != ExternalValue("sql")
        sql = column.name in inst.changed and isinstance(status, Loaded) and status.value == ExternalValue("sql")
        generated = (
            (column.server_onupdate or column.expression)
            and not explicit
            and _same_table(inst.model, column.name, written)
        )
        if (generated or sql) and not isinstance(status, Unloaded):
            note = "an SQL expression was assigned" if sql else "the database computes it"
            attributes[column.name] = Unloaded(Cause("flush", place, note, home=depth))
    return replace(inst, attributes=attributes, changed=frozenset())


def _same_table(model: Model, name: str, written: set[str]) -> bool:
    if not model.joined:
        return True
    return any((name in model.own) == (other in model.own) for other in written)


def _updated_in_bulk(inst: Instance, cause: Cause, detail: dict[str, Any]) -> Instance:
    model: Model = detail["model"]
    if not inst.model.is_a(model) or inst.life != "persistent":
        return inst
    attributes = dict(inst.attributes)
    values = dict(detail["values"])
    for column in inst.model.columns:
        if values.get(column.name) == "sql" or (column.server_onupdate and column.name not in values):
            attributes[column.name] = Unloaded(replace(cause, note="an UPDATE statement changed it in the database"))
        elif column.name in values:
            attributes[column.name] = (
                MAYBE if isinstance(inst.expired, Cause) else attributes.get(column.name, Loaded(UNKNOWN))
            )
    return replace(inst, attributes=attributes)


def _is_changed(state: State, number: int) -> bool:
    """Whether a session holds what a flush would write."""
    return any(
        isinstance(inst, Instance) and inst.session == number and (inst.life == "pending" or inst.changed)
        for inst in state.heap.values()
    )


def autoflush(interp: Interpreter, state: State, number: int, place: Place) -> None:
    session = state.heap.get(number)
    if isinstance(session, Session) and session.autoflush and not session.no_autoflush and _is_changed(state, number):
        effect(interp, state, number, "flush", place)


# Attaching


def join_session(interp: Interpreter, state: State, number: int, session: int, life: str = "pending") -> None:
    inst = state.heap.get(number)
    if not isinstance(inst, Instance) or inst.session == session or not session:
        return
    begun(state, session)
    attached = state.heap.get(session)
    sync = isinstance(attached, Session) and attached.kind == "sync"
    if inst.life in ("transient", "pending"):
        state.heap[number] = replace(inst, session=session, life="pending", sync=sync)
    else:
        state.heap[number] = replace(inst, session=session, detached=None, sync=sync)
    _cascade(interp, state, number)


def cascade(interp: Interpreter, state: State, number: int) -> None:
    """What hangs on an object of a session is added to that session (save-update)."""
    inst = state.heap.get(number)
    if isinstance(inst, Instance) and inst.session:
        _cascade(interp, state, number)
    elif isinstance(inst, Instance) and inst.life == "transient":
        for status in inst.attributes.values():
            if isinstance(status, Loaded):
                for member in members(status.value):
                    other = state.heap.get(member.id) if isinstance(member, Ref) else None
                    if isinstance(other, Instance) and other.session and other.life == "pending":
                        join_session(interp, state, number, other.session)


def _cascade(interp: Interpreter, state: State, number: int) -> None:
    inst = state.instance(number)
    for name, status in inst.attributes.items():
        if not isinstance(status, Loaded) or not isinstance(inst.model.attributes.get(name), Relationship):
            continue
        for member in members(status.value):
            if not isinstance(member, Ref):
                continue
            found = state.heap.get(member.id)
            if isinstance(found, Container):
                for element in members(found.element) if found.element is not None else ():
                    if isinstance(element, Ref):
                        join_session(interp, state, element.id, inst.session)
            elif isinstance(found, Instance) and found.life == "transient":
                join_session(interp, state, member.id, inst.session)


# Calling methods of a session

_AWAITED = frozenset(
    {
        "execute",
        "scalars",
        "scalar",
        "stream",
        "stream_scalars",
        "get",
        "get_one",
        "commit",
        "rollback",
        "flush",
        "refresh",
        "merge",
        "delete",
        "close",
        "remove",
        "run_sync",
        "exec",
        "connection",
        "aclose",
        "invalidate",
        "close_all",
    }
)


_ASKING = frozenset(
    {
        "execute",
        "exec",
        "scalars",
        "scalar",
        "stream",
        "stream_scalars",
        "get",
        "get_one",
        "query",
        "refresh",
        "merge",
        "delete",
        "begin",
        "begin_nested",
        "run_sync",
        "connection",
    }
)


def call(interp: Interpreter, state: State, number: int, name: str, arguments: Arguments, position: Position) -> Value:
    """`session.name(...)`."""
    session = state.heap[number]
    assert isinstance(session, Session)
    value = _call(interp, state, number, session, name, arguments, position)
    if session.kind == "async" and name in _AWAITED and not interp.frame.greenlet:
        return Coroutine(value)
    return value


def _call(
    interp: Interpreter,
    state: State,
    number: int,
    session: Session,
    name: str,
    arguments: Arguments,
    position: Position,
) -> Value:
    place = interp.place(position)
    first = arguments.get(0)
    if session.idle and name in _ASKING:
        begun(state, number)
    match name:
        case "execute" | "exec" | "scalars" | "scalar" | "stream" | "stream_scalars":
            statement = first if first is not None else arguments.keyword("statement")
            return execute(interp, state, number, statement, name, arguments, position)
        case "get" | "get_one":
            return _get(interp, state, number, session, name, arguments, position)
        case "query":
            found = statements.select(interp, state, arguments, position)
            return replace(found, session=number, kind="query") if isinstance(found, Statement) else UNKNOWN
        case "add" | "add_all":
            _add(interp, state, number, first, name, position)
        case "commit" | "rollback" | "flush":
            effect(interp, state, number, name, place)
        case "expire_all":
            effect(interp, state, number, "expire", place)
        case "expunge_all" | "remove" | "close" | "aclose" | "invalidate" | "reset":
            effect(interp, state, number, "expunge" if name == "expunge_all" else "close", place)
        case "expire":
            _expire(interp, state, first, arguments, place)
        case "expunge":
            for inst_id in _instances(state, first):
                _expunge(state, inst_id, Cause("expunge", place, home=interp.frame.depth))
        case "refresh":
            autoflush(interp, state, number, place)
            for inst_id in _instances(state, first):
                refresh(interp, state, inst_id, arguments, place)
                effect(interp, state, number, "refresh", place, model=state.instance(inst_id).model, besides=inst_id)
        case "merge":
            return _merge(interp, state, number, first, arguments, position)
        case "delete":
            for inst_id in _instances(state, first):
                inst = state.instance(inst_id)
                state.heap[inst_id] = replace(inst, life="deleted")
        case "begin":
            return Method(Ref(number), "<begin>")
        case "begin_nested":
            return Method(Ref(number), "<begin_nested>")
        case "run_sync":
            return _run_sync(interp, state, number, arguments, position)
        case "__aenter__" | "__enter__":
            return Ref(number)
        case "__call__":
            return Ref(number)
        case "in_transaction" | "in_nested_transaction" | "is_modified" | "get_bind":
            return UNKNOWN
    return NONE if name in ("add", "add_all") else UNKNOWN


def _instances(state: State, value: Value | None) -> list[int]:
    if value is None:
        return []
    return [m.id for m in members(value) if isinstance(m, Ref) and isinstance(state.heap.get(m.id), Instance)]


def _add(interp: Interpreter, state: State, number: int, value: Value | None, name: str, position: Position) -> None:
    if value is None:
        return
    if name == "add_all":
        value = containers.element_of(interp, state, value, position)
    for inst_id in _instances(state, value):
        join_session(interp, state, inst_id, number)


def _run_sync(interp: Interpreter, state: State, number: int, arguments: Arguments, position: Position) -> Value:
    from rules.analysis import calls

    if not arguments.positional:
        return UNKNOWN
    given = replace(arguments, positional=(Ref(number), *arguments.positional[1:]))
    outer = interp.frame.greenlet
    interp.frame.greenlet = True
    try:
        return any_of(calls.call_value(interp, state, f, given, position) for f in members(arguments.positional[0]))
    finally:
        interp.frame.greenlet = outer


# Executing


def execute(
    interp: Interpreter,
    state: State,
    number: int,
    statement: Value | None,
    name: str,
    arguments: Arguments,
    position: Position,
) -> Value:
    autoflush(interp, state, number, interp.place(position))
    results: list[Value] = []
    for member in members(statement) if statement is not None else ():
        if isinstance(member, Statement):
            results.append(_execute(interp, state, number, member, name, arguments, position))
        elif isinstance(member, Method) and isinstance(member.receiver, Lazy):
            results.append(UNKNOWN)
        else:
            results.append(UNKNOWN)
            vague(interp, state, number)
    return any_of(results) if results else UNKNOWN


def vague(interp: Interpreter, state: State, number: int) -> None:
    """A statement that could not be read may have refreshed what was expired."""
    for key, inst in list(state.heap.items()):
        if isinstance(inst, Instance) and inst.session == number and isinstance(inst.expired, Cause):
            state.heap[key] = inst


def _execute(
    interp: Interpreter,
    state: State,
    number: int,
    statement: Statement,
    name: str,
    arguments: Arguments,
    position: Position,
) -> Value:
    from rules.analysis.values import Statement as Built

    assert isinstance(statement, Built)
    if statement.dml is not None and statement.kind == "update" and statement.synchronize:
        bulk_by_key = len(arguments.positional) > 1
        if not bulk_by_key:
            effect(
                interp, state, number, "update", interp.place(position), model=statement.dml, values=statement.values
            )
    if not statement.entities:
        return Result(statement, number, "rows", interp.place(position))
    options = arguments.keyword("execution_options")
    if options is not None and (containers.known_items(state, options) or {}).get("synchronize_session") == FALSE:
        statement = replace(statement, synchronize=False)
    if options is not None and _asks_populate(state, options):
        statement = replace(statement, populate_existing=True)
    if _wrong_root(statement):
        raise DeadPath
    key = interp.key("result", interp.frame.key, position, name)
    rows = tuple([interp.key("entity", key, index) for index in range(len(statement.entities))])
    allocate(interp, state, statement, number, rows, position)
    result = Result(statement, number, "rows", interp.place(position), rows)
    scalars = replace(result, shape="scalars")
    if name in ("scalars", "stream_scalars"):
        return scalars
    if name == "scalar":
        return any_of((row(interp, state, scalars), NONE))
    if name == "exec" and len(statement.entities) == 1:
        return scalars
    return result


def _wrong_root(statement: Statement) -> bool:
    """An option for an entity that is not selected raises ArgumentError."""
    models = [entity.model for entity in statement.entities]
    if any(model is None for model in models):
        return False
    for option in statement.options:
        owner = option.steps[0].model if option.steps else None
        if owner is not None and not any(
            model.is_a(owner) or owner.is_a(model) for model in models if model is not None
        ):
            return True
    return False


def _asks_populate(state: State, options: Value) -> bool:
    known = containers.known_items(state, options)
    return bool(known) and known.get("populate_existing") == TRUE  # type: ignore[union-attr]


def allocate(
    interp: Interpreter, state: State, statement: Statement, number: int, rows: Sequence[int], position: Position
) -> None:
    """Makes the instances that a statement's rows hold, under these ids, and notes what the
    query does to those already known."""
    session = state.heap.get(number)
    sync = isinstance(session, Session) and session.kind == "sync" and not interp.frame.greenlet
    at = interp.place(position)
    for fresh, entity in zip(rows, statement.entities, strict=True):
        if entity.model is None or entity.attribute:
            continue
        plan = loading.plan_of(statement.options, entity.model, unknown=statement.unknown_options)
        state.heap.pop(fresh, None)
        others = _known(state, number, entity.model, fresh)
        kind = "select" if statement.kind in ("select", "query") else "returning"
        inst = Instance(
            entity.model,
            Origin(kind, statement.place, statement.direct, at=at),
            number,
            plan=plan,
            models=(id(entity.model),),
            root=entity.model,
            home=interp.frame.depth,
            sync=sync,
            null_keys=statement.null_keys,
            compared=statement.compared,
        )
        if not statement.populate_existing:
            inst = meeting(interp, state, inst, others)
        effect(interp, state, number, "query", at, model=entity.model, plan=plan, populate=statement.populate_existing)
        state.heap[fresh] = inst


def _known(state: State, number: int, model: Model, besides: int) -> list[int]:
    return [
        key
        for key, inst in state.heap.items()
        if isinstance(inst, Instance)
        and key != besides
        and inst.session == number
        and number
        and inst.ghost is None
        and inst.life == "persistent"
        and (inst.model.is_a(model) or model.is_a(inst.model))
    ]


def meeting(interp: Interpreter, state: State, inst: Instance, others: list[int]) -> Instance:
    """An identity that the session already holds keeps what it has loaded: that is unknown for the new variable."""
    if not others:
        return inst
    attributes = dict(inst.attributes)
    held = _held(interp, state)
    elsewhere = loading.provided(state) if REFERRED in inst.compared else {}
    perhaps = Unloaded(Cause("query", inst.origin.place, loading.PERHAPS_KNOWN))
    for key in others:
        other = state.heap[key]
        if not isinstance(other, Instance) or _of_one_query(other, inst) or key not in held:
            continue
        for relationship in inst.model.relationships:
            step = other.plan.steps.get(relationship.name)
            loaded = isinstance(other.attributes.get(relationship.name), Loaded) or (
                step is not None and step[0].strategy in loading.EAGER
            )
            mine = inst.plan.steps.get(relationship.name)
            if (
                mine is not None
                and mine[0].strategy in loading.EAGER
                and (step is None or loading.covers(mine[1], step[1]))
            ):
                continue  # loaded either way; what hangs below it is met when it is wanted
            if loaded and attributes.get(relationship.name) in (None, perhaps):
                attributes[relationship.name] = perhaps if Ref(key) in elsewhere else MAYBE
    return replace(inst, attributes=attributes)


def _of_one_query(one: Instance, other: Instance) -> bool:
    """Whether the same query gave both, with the same options: a helper may have been asked for more or for less."""
    return one.origin == other.origin and one.plan == other.plan


def met_below(interp: Interpreter, state: State, inst: Instance, owner: Instance) -> Instance:
    """What `meeting` says of an instance that a query loads below its rows."""
    if not inst.model.relationships:
        return inst
    others = [
        key
        for key in _known(state, inst.session, inst.model, 0)
        if (other := state.instance(key)).origin != owner.origin
        and (other.plan.steps or any(isinstance(status, Loaded) for status in other.attributes.values()))
    ]
    return meeting(interp, state, inst, others) if others else inst


def _held(interp: Interpreter, state: State) -> set[int]:
    """The objects that variables of running functions keep alive; the identity map itself is weak."""
    values = [value for frame in interp.frames() for value in state.variables.get(frame.id, {}).values()]
    return set(reachable(state, values))


def _requeried(interp: Interpreter, state: State, key: int, plan: LoadPlan, populate: bool) -> None:
    """A query that may return a known identity refreshes it when expired, and loads what its options name."""
    other = state.heap[key]
    assert isinstance(other, Instance)
    attributes = dict(other.attributes)
    for name, (step, tail) in plan.steps.items():
        if step.strategy not in loading.EAGER:
            continue
        status = attributes.get(name)
        if not isinstance(status, Loaded):
            # What was loaded by a plan stands for objects that are made when they are read: they are loaded further.
            if tail or not _has_loaded(other, name):
                attributes[name] = MAYBE
        elif tail:
            _requeried_below(interp, state, key, status.value, name, tail)
    for name, status in list(attributes.items()):
        if isinstance(status, Unloaded):
            column = isinstance(other.model.attributes.get(name), Column)
            if (column and status.cause.kind != "defer") or populate:
                attributes[name] = MAYBE
        elif populate and isinstance(status, Loaded) and isinstance(other.model.attributes.get(name), Relationship):
            attributes[name] = MAYBE
    if isinstance(other.expired, Cause) and not other.selected:
        # The refresh may have run the mapped eager loads, which an INSERT never runs.
        for relationship in other.model.relationships:
            if relationship.lazy in loading.MAPPED_EAGER:
                attributes.setdefault(relationship.name, MAYBE)
    state.heap[key] = replace(other, attributes=attributes, expired=MAYBE if other.expired is not None else None)


def _requeried_below(
    interp: Interpreter, state: State, key: int, value: Value, name: str, tail: tuple[Option, ...]
) -> None:
    """The same for what a known object refers to already."""
    inst = state.heap[key]
    attribute = inst.model.attributes.get(name) if isinstance(inst, Instance) else None
    target = interp.models.of(attribute.target_class) if isinstance(attribute, Relationship) else None
    if target is None:
        return
    plan = loading.plan_of(tail, target)
    for number in reachable(state, [value]):
        found = state.heap.get(number)
        if isinstance(found, Instance) and found.model is target and number != key:
            _requeried(interp, state, number, plan, False)


def _has_loaded(inst: Instance, name: str) -> bool:
    """Whether the instance's own query loaded a relationship, and nothing took it away."""
    step = inst.plan.steps.get(name)
    return (
        inst.selected
        and step is not None
        and step[0].strategy in loading.EAGER
        and inst.expired is None
        and name not in inst.attributes
    )


def _may_be_refreshed(state: State, number: int, models: Collection[Model]) -> None:
    """A query loads objects of some models beside its rows: expired ones may be among them."""
    if not models:
        return
    for key, inst in list(state.heap.items()):
        if (
            isinstance(inst, Instance)
            and inst.session == number
            and isinstance(inst.expired, Cause)
            and inst.ghost is None
            and any(inst.model.is_a(model) or model.is_a(inst.model) for model in models)
        ):
            state.heap[key] = replace(inst, expired=MAYBE)


def _soften_below(interp: Interpreter, state: State, number: int, plan: LoadPlan, model: Model, depth: int = 0) -> None:
    """Objects that a query loads below its entities may be known already, too."""
    if depth > 4:
        return
    for name, (step, tail) in plan.steps.items():
        attribute = model.attributes.get(name)
        if step.strategy not in loading.EAGER or not isinstance(attribute, Relationship):
            continue
        target = interp.models.of(attribute.target_class)
        if target is None:
            continue
        below = loading.plan_of(tail, target)
        _may_be_refreshed(state, number, (target,))
        for key in _known(state, number, target, 0):
            inst = state.heap[key]
            if isinstance(inst, Instance) and not inst.path:
                _requeried(interp, state, key, below, False)
        _soften_below(interp, state, number, below, target, depth + 1)


def met(interp: Interpreter, state: State, number: int) -> None:
    """What `meeting` says of an instance that a remembered call made."""
    inst = state.heap[number]
    if (
        isinstance(inst, Instance)
        and inst.session
        and inst.selected
        and not inst.path
        and inst.ghost is None
        and inst.life == "persistent"
    ):
        others = list(_known(state, inst.session, inst.model, number))
        if others:
            state.heap[number] = meeting(interp, state, inst, others)


def row(interp: Interpreter, state: State, result: Result) -> Value:
    """One row (or scalar) of a result."""
    entities = result.statement.entities
    if not entities:
        return UNKNOWN
    values = [_entity_value(interp, result, index, entity) for index, entity in enumerate(entities)]
    if result.shape == "scalars":
        return values[0]
    return Tuple(tuple(values), tuple(entity.label for entity in entities))


def _entity_value(interp: Interpreter, result: Result, index: int, entity: Entity) -> Value:
    if entity.model is None or entity.attribute:
        return UNKNOWN
    return Ref(result.rows[index]) if index < len(result.rows) else UNKNOWN


def call_result(
    interp: Interpreter, state: State, result: Result, name: str, arguments: Arguments, position: Position
) -> Value:
    """`result.name(...)`."""
    one = row(interp, state, result)
    match name:
        case "scalars":
            index = arguments.get(0)
            if (
                isinstance(index, Const)
                and isinstance(index.value, int)
                and 0 < index.value < len(result.statement.entities)
            ):
                return containers.new(
                    interp,
                    state,
                    "list",
                    _entity_value(interp, result, index.value, result.statement.entities[index.value]),
                    position,
                )
            return replace(result, shape="scalars")
        case "mappings":
            return replace(result, shape="mappings")
        case "unique" | "tuples" | "yield_per" | "columns" | "freeze" | "execution_options" | "t" | "_tuple":
            return result
        case "all" | "fetchall" | "fetchmany" | "__iter__" | "__aiter__":
            return containers.new(interp, state, "list", one, position)
        case "partitions":
            inner = containers.new(interp, state, "list", one, position)
            number = interp.key("partitions", interp.frame.key, position)
            state.heap[number] = Container("list", inner)
            return Ref(number)
        case "one" | "fetchone" | "__next__":
            return one
        case "first" | "one_or_none":
            return any_of((one, NONE))
        case "scalar_one":
            return row(interp, state, replace(result, shape="scalars"))
        case "scalar" | "scalar_one_or_none":
            return any_of((row(interp, state, replace(result, shape="scalars")), NONE))
    return UNKNOWN


# get, refresh, expire, merge


def _get(
    interp: Interpreter,
    state: State,
    number: int,
    session: Session,
    name: str,
    arguments: Arguments,
    position: Position,
) -> Value:
    entity = arguments.get(0, "entity")
    results: list[Value] = []
    options, unknown = statements.options_of(interp, state, arguments.keyword("options"), position)
    populate = arguments.keyword("populate_existing") == TRUE
    for member in members(entity) if entity is not None else ():
        model = (
            interp.models.of(member.info)
            if isinstance(member, ClassValue)
            else member.model
            if isinstance(member, AliasValue)
            else None
        )
        if model is None:
            results.append(UNKNOWN)
            continue
        key = interp.key("get", interp.frame.key, position, id(model))
        state.heap.pop(key, None)
        others = _known(state, number, model, key)
        fresh = not session.assumed and not others
        plan = loading.plan_of(options, model, unknown=unknown or arguments.unknown_keywords)
        direct = statements.names_directly(interp, member, arguments)
        inst = Instance(
            model,
            Origin("get", interp.place(position), direct, known=not fresh),
            number,
            plan=plan,
            models=(id(model),),
            root=model,
            home=interp.frame.depth,
            sync=session.kind == "sync" and not interp.frame.greenlet,
        )
        if not populate:
            inst = meeting(interp, state, inst, others)
        effect(
            interp,
            state,
            number,
            "query",
            interp.place(position),
            model=model,
            plan=plan if populate else LoadPlan(),
            populate=populate,
        )
        state.heap[key] = inst
        results.append(Ref(key))
    if name == "get":
        results.append(NONE)
    return any_of(results) if results else UNKNOWN


def refresh(interp: Interpreter, state: State, number: int, arguments: Arguments, place: Place) -> None:
    inst = state.instance(number)
    given = arguments.get(1, "attribute_names")
    cause = Cause("refresh", place, home=interp.frame.depth)
    if given is not None and given != NONE:
        names = [v.value for v in containers.known_elements(state, given) or () if isinstance(v, Const)]
        if not names:
            state.heap[number] = replace(inst, assumed=True, attributes={}, expired=MAYBE if inst.expired else None)
            return
        for name in names:
            _load_named(interp, state, number, name)
        return
    attributes: dict[str, Status] = {}
    lost = set(inst.lost)
    for name, status in inst.attributes.items():
        attribute = inst.model.attributes.get(name)
        if isinstance(attribute, Relationship) and isinstance(status, Loaded):
            lost.add(name)
    refreshed = replace(
        inst,
        null_keys=loading.null_keys(inst),
        expired=None,
        attributes=attributes,
        selected=True,
        changed=frozenset(),
        lost=frozenset(),
        life="persistent",
        models=(loading.REFRESHED, *(one for one in inst.models if one != loading.REFRESHED)),
    )
    for name in lost:
        attribute = inst.model.attributes.get(name)
        if isinstance(attribute, Relationship) and loading.planned(interp, refreshed, attribute) != "loaded":
            before = inst.expired if isinstance(inst.expired, Cause) else cause
            refreshed = refreshed.with_status(name, Unloaded(before, lost=True))
    if not inst.selected:
        refreshed = replace(refreshed, plan=LoadPlan(), models=(loading.REFRESHED, id(inst.model)))
    state.heap[number] = refreshed
    _expire_below(interp, state, inst, cause, refreshed)


def _expire_below(
    interp: Interpreter, state: State, inst: Instance, cause: Cause, refreshed: Instance | None = None
) -> None:
    """What an instance cascades to expires with it (`refresh-expire`), unless the refresh loads it again."""
    cause = replace(cause, kind="expire", note="cascade")
    for relationship in inst.model.relationships:
        status = inst.attributes.get(relationship.name)
        if not isinstance(status, Loaded) or status.by_identity or not relationship.cascades("refresh-expire"):
            continue
        if refreshed is not None and loading.planned(interp, refreshed, relationship) == "loaded":
            continue
        for member in members(status.value):
            found = state.heap.get(member.id) if isinstance(member, Ref) else None
            elements = found.element if isinstance(found, Container) else member
            for number in _instances(state, elements):
                below = state.instance(number)
                if below.session == inst.session and below.life == "persistent" and below.expired is None:
                    state.heap[number] = expired(below, cause)
                    _expire_below(interp, state, below, cause)


def _load_named(interp: Interpreter, state: State, number: int, name: object) -> None:
    inst = state.instance(number)
    attribute = inst.model.attributes.get(str(name))
    if isinstance(attribute, Relationship) and _refers_as_before(state, inst, attribute):
        return
    attributes = {key: status for key, status in inst.attributes.items() if key != name}
    state.heap[number] = replace(inst, attributes=attributes)
    if isinstance(attribute, Relationship):
        _load_relationship(interp, state, number, attribute)
    elif attribute is not None:
        state.heap[number] = replace(inst, attributes={**attributes, str(name): Loaded(UNKNOWN)})


def _refers_as_before(state: State, inst: Instance, attribute: Relationship) -> bool:
    """Whether reading a reference again leads to the object that it led to before: its key was not written."""
    status = inst.attributes.get(attribute.name)
    if not attribute.many_to_one or not isinstance(status, Loaded) or not isinstance(status.value, Ref):
        return False
    if any(name in inst.attributes for name in attribute.foreign_keys):
        return False
    target = state.heap.get(status.value.id)
    return isinstance(target, Instance) and target.session == inst.session and target.expired is None


def _load_relationship(interp: Interpreter, state: State, number: int, attribute: Relationship) -> None:
    """What `refresh(obj, ["rel"])` loads: one level, and what is mapped eagerly below it."""
    inst = state.instance(number)
    model = interp.models.of(attribute.target_class)
    if inst.session and model is not None:
        _may_be_refreshed(state, inst.session, (model,))
    value = loading.materialise(interp, state, number, attribute)
    for member in members(value):
        target: Any = state.heap.get(member.id) if isinstance(member, Ref) else None
        child_id = member.id if isinstance(member, Ref) else 0
        if isinstance(target, Container) and isinstance(target.element, Ref):
            child_id = target.element.id
            target = state.heap.get(child_id)
        if isinstance(target, Instance):
            state.heap[child_id] = replace(target, path=(*inst.path, (inst.model, attribute.name)), root=inst.root)


def _expire(interp: Interpreter, state: State, value: Value | None, arguments: Arguments, place: Place) -> None:
    cause = Cause("expire", place, home=interp.frame.depth)
    given = arguments.get(1, "attribute_names")
    for number in _instances(state, value):
        inst = state.instance(number)
        if given is None or given == NONE:
            state.heap[number] = expired(inst, cause)
            _expire_below(interp, state, inst, cause)
            continue
        for element in containers.known_elements(state, given) or ():
            if isinstance(element, Const):
                inst = inst.with_status(str(element.value), Unloaded(cause, lost=True))
        state.heap[number] = inst


def _expunge(state: State, number: int, cause: Cause) -> None:
    inst = state.instance(number)
    life = "transient" if inst.life in ("pending", "transient") else inst.life
    state.heap[number] = replace(_detached(inst, cause), life=life)


def _merge(
    interp: Interpreter, state: State, number: int, value: Value | None, arguments: Arguments, position: Position
) -> Value:
    results: list[Value] = []
    for inst_id in _instances(state, value):
        inst = state.instance(inst_id)
        options, unknown = statements.options_of(interp, state, arguments.keyword("options"), position)
        key = interp.key("merge", interp.frame.key, position, inst_id)
        attributes = {
            name: status
            for name, status in inst.attributes.items()
            if isinstance(status, Loaded) and name in inst.model.attributes
        }
        relationships = {name for name, (step, _) in inst.plan.steps.items() if step.strategy in loading.EAGER}
        merged_plan = loading.plan_of(options, inst.model, unknown=unknown) if options or unknown else LoadPlan()
        merged = Instance(
            inst.model,
            Origin("merge", interp.place(position)),
            number,
            plan=merged_plan,
            attributes=attributes,
            models=(id(inst.model),),
            root=inst.model,
            home=interp.frame.depth,
            unknown_keywords=inst.unknown_keywords,
        )
        for name in relationships:
            if name not in attributes:
                merged = merged.with_status(name, MAYBE)
        if inst.assumed:
            merged = replace(merged, assumed=True)
        state.heap[key] = merged
        results.append(Ref(key))
    return any_of(results) if results else UNKNOWN


# Blocks


def enter_block(state: State, manager: Method) -> Value:
    if manager.name == "<no_autoflush>" and isinstance(manager.receiver, Ref):
        session = state.heap[manager.receiver.id]
        assert isinstance(session, Session)
        state.heap[manager.receiver.id] = replace(session, no_autoflush=session.no_autoflush + 1)
    return UNKNOWN


def leave_block(interp: Interpreter, state: State, manager: Method, position: Position, *, failed: bool) -> None:
    if not isinstance(manager.receiver, Ref):
        return
    number = manager.receiver.id
    place = interp.place(position)
    if manager.name == "<begin>":
        effect(interp, state, number, "rollback" if failed else "commit", place)
    elif manager.name == "<begin_nested>":
        effect(interp, state, number, "savepoint rollback" if failed else "flush", place)
    elif manager.name == "<no_autoflush>":
        session = state.heap[number]
        if isinstance(session, Session):
            state.heap[number] = replace(session, no_autoflush=max(session.no_autoflush - 1, 0))


def leave_session(interp: Interpreter, state: State, number: int, position: Position, *, failed: bool) -> None:
    session = state.heap.get(number)
    if not isinstance(session, Session):
        return
    if session.block.startswith("commit"):
        effect(interp, state, number, "rollback" if failed else "commit", interp.place(position))
    effect(interp, state, number, "close", interp.place(position))


__all__ = ["FALSE", "Hop", "Object", "call", "call_result", "effect", "execute", "open_session", "refresh", "row"]
