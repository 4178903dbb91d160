"""What the libraries do with values: builtins, asyncio, SQLAlchemy's functions and the rest of the standard library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rules.analysis import attributes, containers, loading, sessions, sinks, statements, templates
from rules.analysis.accesses import Origin
from rules.analysis.copying import replace
from rules.analysis.state import MAYBE, Container, Instance, Loaded, Session, State, reachable
from rules.analysis.values import (
    FALSE,
    NONE,
    TRUE,
    UNKNOWN,
    AliasValue,
    AnyOf,
    Arguments,
    AttributeNames,
    ClassValue,
    Const,
    Coroutine,
    Engine,
    ExternalValue,
    Factory,
    FunctionValue,
    Getter,
    InstanceDict,
    LoadStep,
    Method,
    Option,
    Partial,
    Ref,
    Statement,
    Tuple,
    Unknown,
    Value,
    any_of,
    members,
)
from rules.index.models import Column, Model, Relationship
from rules.index.program import ClassInfo
from rules.source import ir
from rules.source.ir import Block, Node, Position
from rules.source.templates import MODULE as TEMPLATE_HELPERS

if TYPE_CHECKING:
    from rules.analysis.interpreter import Interpreter

SQL = ExternalValue("sql")
HELD = frozenset({"AsyncExitStack", "ExitStack", "TypeAdapter", "TaskGroup"})
_CONFIGURED = frozenset({"fastapi_users.FastAPIUsers", "fastapi_users.FastAPIUsers().current_user"})
"""What is called to make something that the project goes on to use by attributes."""
QUERYING = frozenset({"fastapi_users.FastAPIUsers().current_user()"})
"""Dependencies that load an instance by a query of their own."""
_SCHEDULING = frozenset(
    {"create_task", "ensure_future", "wait_for", "shield", "timeout_at", "run", "run_until_complete", "async_to_sync"}
)


def call(
    interp: Interpreter, state: State, name: str, arguments: Arguments, position: Position, node: Node | None
) -> Value:
    """Calls something imported, by its canonical name."""
    package, _, last = name.rpartition(".")
    if package == TEMPLATE_HELPERS:
        return templates.helper(interp, state, last, arguments, position, node)
    if package == "builtins":
        return _builtin(interp, state, last, arguments, position, node)
    if name.startswith("sa.") or name == "sql":
        return _sqlalchemy(interp, state, name.removeprefix("sa."), arguments, position)
    if name in _CONFIGURED:
        return ExternalValue(f"{name}()")
    first = arguments.get(0)
    if last in ("partial", "partialmethod") and first is not None:
        return Partial(first, replace(arguments, positional=arguments.positional[1:]))
    if last in ("attrgetter", "itemgetter"):
        names = tuple(str(v.value) for v in arguments.positional if isinstance(v, Const))
        return Getter(names, items=last == "itemgetter")
    if last == "cast" and len(arguments.positional) >= 2:
        return _cast(interp, state, arguments, position, node)
    if last in ("asynccontextmanager", "contextmanager") and first is not None:
        return first
    if last in ("wraps", "lru_cache", "cache", "update_wrapper"):
        return first if isinstance(first, FunctionValue) and last == "cache" else UNKNOWN
    if last == "nullcontext" and first is not None:
        return Method(first, "<nullcontext>")
    if last in ("closing", "aclosing") and first is not None:
        return first
    if last == "suppress":
        return ExternalValue("contextlib.suppress()")
    if last == "to_thread" and first is not None:
        rest = replace(arguments, positional=arguments.positional[1:])
        return Coroutine(_called(interp, state, first, rest, position))
    if last == "greenlet_spawn" and first is not None:
        outer = interp.frame.greenlet
        interp.frame.greenlet = True
        try:
            return Coroutine(
                _called(interp, state, first, replace(arguments, positional=arguments.positional[1:]), position)
            )
        finally:
            interp.frame.greenlet = outer
    if last == "gather":
        return _gathered(interp, state, arguments, position)
    if last == "as_completed" and first is not None:
        return containers.new(interp, state, "list", containers.element_of(interp, state, first, position), position)
    if last in _SCHEDULING and first is not None:
        return first.value if isinstance(first, Coroutine) and last in ("run", "run_until_complete") else first
    if last in ("Queue", "LifoQueue", "PriorityQueue", "SimpleQueue"):
        return containers.new(interp, state, "queue", None, position)
    if last in ("asdict", "astuple") and first is not None:
        for member in members(first):
            if isinstance(member, Ref):
                attributes.everything(interp, state, member.id, position, "serialise")
        return UNKNOWN
    if last == "dumps" and first is not None:
        return sinks.json_dumps(interp, state, first, arguments, position)
    if last == "jsonable_encoder":
        return UNKNOWN
    if last in ("copy", "deepcopy") and package == "copy" and first is not None:
        return first
    if last == "paginate" and "pagination" in name:
        return UNKNOWN
    if name in ("typing.TypeVar", "typing.NewType"):
        return UNKNOWN
    found = (
        containers.call_builtin(interp, state, last, arguments, position)
        if package in ("itertools", "itertools.chain", "collections", "functools")
        else None
    )
    if found is not None:
        return found
    if last in HELD:
        return ExternalValue(f"{name}()")
    if last in templates.ENVIRONMENTS:
        return templates.environment(interp, name, node)
    return unknown_call(interp, state, last, arguments, position, owner=package, node=node)


def _called(interp: Interpreter, state: State, function: Value, arguments: Arguments, position: Position) -> Value:
    from rules.analysis import calls

    return any_of(calls.call_value(interp, state, member, arguments, position) for member in members(function))


def unknown_call(
    interp: Interpreter,
    state: State,
    name: str,
    arguments: Arguments,
    position: Position,
    *,
    owner: str = "",
    node: Node | None = None,
) -> Value:
    """A call of something that is not known, by the name of the method alone."""
    first = arguments.get(0)
    if name in templates.RENDERERS:
        return templates.called(interp, state, name, arguments, position, owner, node)
    if name in ("create_task", "ensure_future", "start_soon") and isinstance(first, Coroutine):
        return first
    if name in ("enter_async_context", "enter_context") and first is not None:
        from rules.analysis import protocols

        entered = protocols.enter(interp, state, members(first)[0], position)
        return Coroutine(entered) if name == "enter_async_context" else entered
    if name == "run_in_executor" and len(arguments.positional) >= 2:
        rest = Arguments(arguments.positional[2:], arguments.keywords)
        return Coroutine(_called(interp, state, arguments.positional[1], rest, position))
    if name == "gather":
        return _gathered(interp, state, arguments, position)
    if name in ("validate_python",) and owner.startswith("adapter:"):
        return UNKNOWN
    if name == "__init__":
        return NONE
    if name in ("format", "join") and arguments.positional:
        for value in arguments.positional:
            attributes.formatted(interp, state, value, (ir.NAME, position), "__str__")
    interp.recording.unknown["call"] += 1
    if name == "refresh" and position == interp.awaiting:
        _refreshed(interp, state, arguments, position)
    _handed_out(interp, state, name, arguments, position)
    return UNKNOWN


def _refreshed(interp: Interpreter, state: State, arguments: Arguments, position: Position) -> None:
    """`await session.refresh(obj, [...])`, wherever the session came from."""
    from rules.analysis import sessions

    first = arguments.get(0, "instance")
    for member in members(first) if first is not None else ():
        if isinstance(member, Ref) and isinstance(state.heap.get(member.id), Instance):
            sessions.refresh(interp, state, member.id, arguments, interp.place(position))


_LOOKING = frozenset(
    {"debug", "info", "warning", "warn", "error", "exception", "critical", "log", "bind", "append", "add"}
)


def _handed_out(interp: Interpreter, state: State, name: str, arguments: Arguments, position: Position) -> None:
    """What something unknown may do with what it is given: load with a session, or set attributes of a new object."""
    values = [*arguments.positional, *(value for _, value in arguments.keywords)]
    given = [state.heap.get(m.id) for value in values for m in members(value) if isinstance(m, Ref)]
    if position == interp.awaiting and any(isinstance(found, Session) for found in given):
        from rules.analysis import calls

        calls.soften(interp, state, reachable(state, values), position)
    elif name not in _LOOKING:
        for value in values:
            for member in members(value):
                found = state.heap.get(member.id) if isinstance(member, Ref) else None
                if isinstance(found, Instance) and found.life == "transient" and isinstance(member, Ref):
                    state.heap[member.id] = _possibly_given(found)


def _gathered(interp: Interpreter, state: State, arguments: Arguments, position: Position) -> Value:
    if arguments.unknown_positional:
        return UNKNOWN
    values = [v.value if isinstance(v, Coroutine) else v for v in arguments.positional]
    flat: list[Value] = []
    repeated = False
    for value in values:
        if isinstance(value, AnyOf):
            flat.append(any_of(m.value if isinstance(m, Coroutine) else m for m in value.members))
            repeated = True
        else:
            flat.append(value)
    if repeated:
        return Coroutine(containers.new(interp, state, "list", any_of(flat), position))
    return Coroutine(
        Tuple(tuple(flat))
        if len(flat) > 1
        else containers.new(interp, state, "list", flat[0] if flat else None, position)
    )


def _cast(interp: Interpreter, state: State, arguments: Arguments, position: Position, node: Node | None) -> Value:
    from rules.analysis import promises

    value = arguments.positional[1]
    if value == UNKNOWN and node is not None and len(node[3]) >= 2:
        return promises.assume(
            interp, state, node[3][0], interp.frame.module, ("cast", interp.frame.key, position), typed=True
        )
    return value


# Builtins


def _builtin(
    interp: Interpreter, state: State, name: str, arguments: Arguments, position: Position, node: Node | None
) -> Value:
    first = arguments.get(0)
    where: Node = node if node is not None else (ir.NAME, position, name)
    match name:
        case "getattr" | "hasattr" if len(arguments.positional) >= 2:
            value = _getattr(interp, state, arguments, where)
            return value if name == "getattr" else UNKNOWN
        case "setattr" | "delattr" if len(arguments.positional) >= 2:
            _setattr(interp, state, arguments, where)
            return NONE
        case "vars" if first is not None:
            found = [
                InstanceDict(m.id, "dict")
                for m in members(first)
                if isinstance(m, Ref) and isinstance(state.heap.get(m.id), Instance)
            ]
            return any_of(found) if found else UNKNOWN
        case "str" | "repr" | "format" | "print" | "ascii":
            for value in arguments.positional:
                attributes.formatted(
                    interp, state, value, where, "__repr__" if name in ("repr", "ascii") else "__str__"
                )
            return UNKNOWN
        case "isinstance" | "issubclass" | "callable" | "id" | "hash":
            return UNKNOWN
        case "type" if first is not None and len(arguments.positional) == 1:
            return _type(state, first)
    found_value = containers.call_builtin(interp, state, name, arguments, position)
    return found_value if found_value is not None else UNKNOWN


def _type(state: State, value: Value) -> Value:
    found = state.heap.get(value.id) if isinstance(value, Ref) else None
    if isinstance(found, Instance):
        return ClassValue(found.model.info)
    info = getattr(found, "info", None)
    return ClassValue(info) if info is not None else UNKNOWN


def _names(value: Value, model: Model | None) -> list[str] | None:
    """The attribute names that a value can be; None when that is not known."""
    names: list[str] = []
    for member in members(value):
        if isinstance(member, Const) and isinstance(member.value, str):
            names.append(member.value)
        elif isinstance(member, AttributeNames) and not member.trait:
            names.extend(attributes.names_of(member, model or member.model))
        else:
            return None
    return names


def _getattr(interp: Interpreter, state: State, arguments: Arguments, node: Node) -> Value:
    results: list[Value] = []
    default = arguments.get(2)
    for owner in members(arguments.positional[0]):
        found = state.heap.get(owner.id) if isinstance(owner, Ref) else None
        model = found.model if isinstance(found, Instance) else None
        names = _names(arguments.positional[1], model)
        for name in names or ():
            value = attributes._read(interp, state, owner, name, node)
            if value is not None:
                results.append(value)
    if default is not None and (not results or default != NONE):
        results.append(default)
    return any_of(results) if results else UNKNOWN


def _setattr(interp: Interpreter, state: State, arguments: Arguments, node: Node) -> None:
    value = arguments.get(2) or NONE
    names = _names(arguments.positional[1], None)
    for owner in members(arguments.positional[0]):
        if names is not None:
            for name in names:
                attributes.write(interp, state, owner, name, value, node, None)
            continue
        found = state.heap.get(owner.id) if isinstance(owner, Ref) else None
        if isinstance(found, Instance) and isinstance(owner, Ref):
            found = _possibly_given(found)
            state.heap[owner.id] = replace(
                found,
                changed=found.changed
                | {
                    column.name
                    for column in found.model.columns
                    if not column.primary_key and not column.server_onupdate
                },
                change_cause=interp.place(node[1]),
            )


def _possibly_given(inst: Instance) -> Instance:
    """A new object whose attributes something unknown may have set: those that are not known to be set are unknown."""
    if inst.selected:
        return inst
    for relationship in inst.model.relationships:
        if relationship.name not in inst.attributes:
            inst = inst.with_status(relationship.name, MAYBE)
    return inst


def get_with(interp: Interpreter, state: State, getter: Getter, arguments: Arguments, position: Position) -> Value:
    """Calls an attrgetter or itemgetter."""
    results: list[Value] = []
    for name in getter.names:
        value = arguments.get(0) or UNKNOWN
        if getter.items:
            results.append(
                containers.item(interp, state, value, Const(int(name) if name.isdigit() else name), position)
            )
            continue
        for part in name.split("."):
            value = attributes.read(interp, state, value, part, (ir.NAME, position, part))
        results.append(value)
    return results[0] if len(results) == 1 else Tuple(tuple(results))


def string_method(
    interp: Interpreter, state: State, receiver: Const, name: str, arguments: Arguments, position: Position
) -> Value:
    if name in ("format", "join"):
        for value in (*arguments.positional, *(v for _, v in arguments.keywords)):
            if name == "join":
                containers.element_of(interp, state, value, position)
            else:
                attributes.formatted(interp, state, value, (ir.NAME, position), "__str__")
    if name == "split" and isinstance(arguments.get(0), Const) and isinstance(receiver.value, str):
        parts = receiver.value.split(str(arguments.positional[0].value))  # type: ignore[union-attr]
        return Tuple(tuple(Const(part) for part in parts))
    return UNKNOWN


def tuple_method(
    interp: Interpreter, state: State, receiver: Tuple, name: str, arguments: Arguments, position: Position
) -> Value:
    if name in ("_mapping", "_asdict", "_tuple", "tuple", "_t", "t"):
        if name == "_asdict" and receiver.names:
            items = dict(zip(receiver.names, receiver.items, strict=False))
            return containers.new(interp, state, "dict", any_of(receiver.items), position, items)
        return receiver
    if name == "get" and isinstance(arguments.get(0), Const):
        return containers.item(interp, state, receiver, arguments.positional[0], position)
    return UNKNOWN


# SQLAlchemy


def _sqlalchemy(interp: Interpreter, state: State, name: str, arguments: Arguments, position: Position) -> Value:
    first = arguments.get(0)
    if name == "select":
        return statements.select(interp, state, arguments, position)
    if name in ("insert", "update", "delete"):
        return statements.dml(interp, name, arguments, position)
    if name in statements.LOADERS:
        return statements.loader(interp, state, name, arguments, position)
    if name in ("Load",):
        model = statements.model_of(interp, first) if first is not None else None
        return Option((), model)
    if name in ("with_loader_criteria", "with_expression", "selectin_polymorphic"):
        return ExternalValue("sa.option")
    if name in ("aliased", "with_polymorphic") and first is not None:
        model = statements.model_of(interp, first)
        return AliasValue(model) if model is not None else UNKNOWN
    if name in ("async_sessionmaker", "sessionmaker"):
        return _factory(interp, state, name, arguments, position)
    if name in ("async_scoped_session", "scoped_session"):
        return _scoped(interp, state, name, first, position)
    if name in ("AsyncSession", "Session"):
        made = _factory(
            interp, state, "async_sessionmaker" if name == "AsyncSession" else "sessionmaker", arguments, position
        )
        return sessions.open_session(interp, state, made, position) if isinstance(made, Factory) else UNKNOWN
    if name in ("create_async_engine", "async_engine_from_config"):
        return Engine("async")
    if name in ("create_engine", "engine_from_config"):
        return Engine("sync")
    if name in ("inspect", "instance_state") and first is not None:
        return any_of(_inspected(interp, state, member) for member in members(first))
    if name == "set_committed_value" and len(arguments.positional) == 3:
        for member in members(arguments.positional[0]):
            inst = state.heap.get(member.id) if isinstance(member, Ref) else None
            if isinstance(inst, Instance) and isinstance(arguments.positional[1], Const) and isinstance(member, Ref):
                state.heap[member.id] = inst.with_status(
                    str(arguments.positional[1].value), Loaded(arguments.positional[2])
                )
        return NONE
    if name in ("async_object_session", "object_session") and first is not None:
        inst = state.heap.get(first.id) if isinstance(first, Ref) else None
        return Ref(inst.session) if isinstance(inst, Instance) and inst.session else UNKNOWN
    if name in ("make_transient", "make_transient_to_detached"):
        for member in members(first) if first is not None else ():
            inst = state.heap.get(member.id) if isinstance(member, Ref) else None
            if isinstance(inst, Instance) and isinstance(member, Ref):
                state.heap[member.id] = replace(inst, session=0, life="transient", assumed=True)
        return NONE
    if name == "flag_modified" and len(arguments.positional) >= 2 and isinstance(arguments.positional[1], Const):
        for member in members(arguments.positional[0]):
            inst = state.heap.get(member.id) if isinstance(member, Ref) else None
            if isinstance(inst, Instance) and isinstance(member, Ref):
                state.heap[member.id] = replace(inst, changed=inst.changed | {str(arguments.positional[1].value)})
        return NONE
    return SQL


def _factory(interp: Interpreter, state: State, name: str, arguments: Arguments, position: Position) -> Value:
    kind = "async" if name == "async_sessionmaker" else "sync"
    cls = arguments.keyword("class_")
    bind = arguments.get(0, "bind")
    if (
        (isinstance(cls, ExternalValue) and cls.name == "sa.AsyncSession")
        or (isinstance(cls, ClassValue) and "sa.AsyncSession" in cls.info.externals)
        or bind == Engine("async")
    ):
        kind = "async"
    given = arguments.keyword("expire_on_commit")
    expire: bool | None = True
    if isinstance(given, Const):
        expire = bool(given.value)
    elif given is not None or arguments.unknown_keywords:
        expire = None
    flush = arguments.keyword("autoflush")
    info = cls.info if isinstance(cls, ClassValue) else None
    return Factory(kind, expire, flush != FALSE, interp.place(position), info=info)


def _scoped(interp: Interpreter, state: State, name: str, factory: Value | None, position: Position) -> Value:
    made = next((m for m in members(factory) if isinstance(m, Factory)), None) if factory is not None else None
    if made is None:
        kind = "async" if name.startswith("async") else "sync"
        made = Factory(kind, interp.settings.expire_on_commit, interp.settings.autoflush)
    value = sessions.open_session(interp, state, made, position)
    if isinstance(value, Ref):
        session = state.heap[value.id]
        assert isinstance(session, Session)
        state.heap[value.id] = replace(session, scoped=True)
    return value


def _inspected(interp: Interpreter, state: State, value: Value) -> Value:
    if isinstance(value, Ref) and isinstance(state.heap.get(value.id), Instance):
        return InstanceDict(value.id, "state")
    model = statements.model_of(interp, value)
    return AttributeNames(model, "mapper") if model is not None else UNKNOWN


# Assumed sessions and models


def assume(interp: Interpreter, state: State, name: str, key: tuple[Any, ...]) -> Value:
    """What an annotation with an external class promises."""
    last = name.rpartition(".")[2]
    if name in ("sa.AsyncSession", "sa.async_scoped_session") or last == "AsyncSession":
        return assumed_session(interp, state, key, "annotated")
    if name in ("sa.Session", "sa.scoped_session"):
        number = interp.key("assumed sync session", *key)
        state.heap.setdefault(number, Session("sync", None, assumed=True))
        return Ref(number)
    if name == "sa.async_sessionmaker":
        return Factory("async", interp.settings.expire_on_commit, interp.settings.autoflush)
    if name == "sa.sessionmaker":
        return Factory("sync", None)
    if last in HELD | templates.ENVIRONMENTS and last != "TypeAdapter":
        return ExternalValue(f"{name}()")
    return UNKNOWN


def assumed_session(
    interp: Interpreter, state: State, key: tuple[Any, ...], why: str, info: ClassInfo | None = None
) -> Value:
    number = interp.key("assumed session", *key)
    if number not in state.heap:
        state.heap[number] = Session(
            "async",
            interp.settings.expire_on_commit,
            interp.settings.autoflush,
            assumed=True,
            library=why == "library",
            info=info,
        )
    return Ref(number)


def construct_model(interp: Interpreter, state: State, model: Model, arguments: Arguments, position: Position) -> Value:
    """`User(name="x")`: a transient object."""
    number = interp.key("new", interp.frame.key, position, id(model))
    state.heap[number] = Instance(
        model,
        Origin("construct", interp.place(position)),
        life="transient",
        selected=False,
        models=(id(model),),
        root=model,
        home=interp.frame.depth,
        unknown_keywords=arguments.unknown_keywords or arguments.unknown_positional,
        committed=False,
    )
    init = model.info.find_method("__init__")
    if init is not None and not any(frame.function is init for frame in interp.frames()):
        from rules.analysis import calls

        calls.call_function(interp, state, FunctionValue(init, Ref(number)), arguments, position)
    else:
        initialise(interp, state, number, arguments, position)
    return Ref(number)


def initialise(interp: Interpreter, state: State, number: int, arguments: Arguments, position: Position) -> None:
    """What the declarative constructor does with its arguments."""
    inst = state.instance(number)
    if arguments.unknown_keywords:
        state.heap[number] = replace(inst, unknown_keywords=True)
    pairs = list(arguments.keywords)
    if inst.model.as_dataclass and arguments.positional:
        names = [
            a.name
            for a in inst.model.attributes.values()
            if not (isinstance(a, Relationship) and not a.in_init) and not (isinstance(a, Column) and a.primary_key)
        ]
        pairs.extend(zip(names, arguments.positional, strict=False))
    if inst.model.as_dataclass and interp.settings.before_2_1(interp.frame.path):
        for relationship in inst.model.relationships:
            if relationship.default_factory:
                loading.relate(interp, state, number, relationship, Tuple(()))
    for name, value in pairs:
        target = (ir.ATTR, position, (ir.NAME, position, ""), name)
        attributes.write_instance(interp, state, number, name, value, target, None)


def instance_method(
    interp: Interpreter, state: State, receiver: Ref, name: str, arguments: Arguments, position: Position
) -> Value:
    """A method of a mapped object that the project does not define."""
    inst = state.instance(receiver.id)
    if name == "__init__":
        initialise(interp, state, receiver.id, arguments, position)
        return NONE
    if name in ("sqlmodel_update", "update") and inst.model.sqlmodel:
        names = {column.name for column in inst.model.columns if not column.primary_key and not column.server_onupdate}
        state.heap[receiver.id] = replace(inst, changed=inst.changed | names, change_cause=interp.place(position))
        return receiver
    if name in ("model_dump", "dict", "json", "model_dump_json", "copy", "model_copy"):
        return UNKNOWN
    if name in ("to_dict", "as_dict") and inst.model.info.externals:
        return UNKNOWN
    if name in inst.model.attributes:
        attributes.read_instance(interp, state, receiver.id, name, (ir.NAME, position, name))
    return UNKNOWN


_FAILING_READS = frozenset(
    {"SQLAlchemyError", "DetachedInstanceError", "MissingGreenlet", "InvalidRequestError", "StatementError"}
)


def names_failing_read(kind: Node | None) -> bool:
    """Whether an `except` clause names an error that a failing read raises in some version of SQLAlchemy."""
    return kind is not None and not _FAILING_READS.isdisjoint(_caught(kind))


def _caught(kind: Node) -> set[str]:
    """The last names of the errors that an `except` clause names."""
    names = [kind] if kind[0] != ir.TUPLE else list(kind[2])
    return {str(item[-1]) for item in names if item[0] in (ir.NAME, ir.ATTR)}


def catches_failing_read(interp: Interpreter, kind: Node | None, state: State) -> bool:
    """Whether an `except` clause names the error that a failing read raises."""
    if kind is None:
        return False
    caught = {"SQLAlchemyError", "DetachedInstanceError"}
    before_2_1 = interp.settings.before_2_1(interp.frame.path)
    if before_2_1 is not False:
        caught |= {"MissingGreenlet", "InvalidRequestError"}
    if before_2_1 is not True:
        caught.add("StatementError")
    return not caught.isdisjoint(_caught(kind))


_AUDIBLE = frozenset(
    {"warning", "warn", "error", "exception", "critical", "fatal", "log", "print_exc", "capture_exception"}
)


def hushes(kind: Node | None, handler: Block) -> bool:
    """Whether an `except` clause takes any error and goes on without a word: what fails there may fail."""
    if kind is not None and not (kind[0] in (ir.NAME, ir.ATTR) and kind[-1] in ("Exception", "BaseException")):
        return False
    stack: list[object] = [*handler]
    while stack:
        part = stack.pop()
        if type(part) is tuple and part:
            if part[0] == ir.RAISE or (part[0] == ir.ATTR and part[-1] in _AUDIBLE):
                return False
            stack.extend(part)
    return True


__all__ = ["MAYBE", "TRUE", "Container", "LoadStep", "Method", "Statement", "Unknown", "call", "construct_model"]
