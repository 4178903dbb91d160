"""Building statements and loader options: `select(User).options(selectinload(User.posts))` as values."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rules.analysis import containers
from rules.analysis.accesses import Place
from rules.analysis.copying import replace
from rules.analysis.state import Container, State
from rules.analysis.values import (
    FALSE,
    NONE,
    REFERRED,
    TRUE,
    UNKNOWN,
    AliasValue,
    AnyOf,
    Arguments,
    AttributeValue,
    ClassValue,
    Const,
    Entity,
    ExternalValue,
    LoadStep,
    Method,
    Option,
    Ref,
    Statement,
    Tuple,
    Unknown,
    Value,
    any_of,
    members,
)
from rules.index.models import Column, Model, Plain, Relationship
from rules.source.ir import Position

if TYPE_CHECKING:
    from rules.analysis.interpreter import Interpreter

LOADERS = frozenset(
    {
        "selectinload",
        "joinedload",
        "subqueryload",
        "immediateload",
        "contains_eager",
        "lazyload",
        "noload",
        "raiseload",
        "defaultload",
        "load_only",
        "defer",
        "undefer",
        "undefer_group",
        "eagerload",
        "joinedload_all",
        "subqueryload_all",
        "selectin_polymorphic",
    }
)
COLUMN_LOADERS = frozenset({"load_only", "defer", "undefer", "undefer_group"})


def model_of(interp: Interpreter, value: Value) -> Model | None:
    if isinstance(value, ClassValue):
        return interp.models.of(value.info)
    return value.model if isinstance(value, AliasValue) else None


def names_directly(interp: Interpreter, value: Value, arguments: Arguments) -> bool:
    """Whether the entity is a class written in the call itself, and not what a variable holds."""
    return isinstance(value, ClassValue) and interp.direct_entity


def select(interp: Interpreter, state: State, arguments: Arguments, position: Position) -> Value:
    """`select(...)` and `session.query(...)`."""
    entities: list[Entity] = []
    if arguments.unknown_positional:
        return UNKNOWN
    for value in arguments.positional:
        found = members(value)
        if len(found) > 1:
            return any_of(
                select(
                    interp,
                    state,
                    replace(arguments, positional=tuple(one if v is value else v for v in arguments.positional)),
                    position,
                )
                for one in found
            )
        entities.append(_entity(interp, value))
    direct = interp.direct_entity
    return Statement("select", tuple(entities), interp.place(position), direct=direct)


def _entity(interp: Interpreter, value: Value) -> Entity:
    model = model_of(interp, value)
    if model is not None:
        return Entity(model, model.name)
    if isinstance(value, AttributeValue):
        attribute = value.model.attributes.get(value.name)
        return Entity(value.model, value.name, "column" if isinstance(attribute, Column | Plain) else value.name)
    if isinstance(value, Method) and value.name.startswith("label:"):
        return Entity(None, value.name[6:])
    return Entity(None, "")


def dml(interp: Interpreter, kind: str, arguments: Arguments, position: Position) -> Value:
    first = arguments.get(0)
    model = model_of(interp, first) if first is not None and not isinstance(first, AnyOf) else None
    return Statement(kind, (), interp.place(position), dml=model)


def call(
    interp: Interpreter, state: State, statement: Statement, name: str, arguments: Arguments, position: Position
) -> Value:
    """`statement.name(...)`: always a new statement."""
    match name:
        case "options":
            found, unknown = _options(interp, state, arguments, position)
            return replace(
                statement, options=(*statement.options, *found), unknown_options=statement.unknown_options or unknown
            )
        case "execution_options":
            if arguments.keyword("synchronize_session") == FALSE:
                statement = replace(statement, synchronize=False)
            if arguments.keyword("populate_existing") == TRUE:
                return replace(statement, populate_existing=True)
            return statement
        case "populate_existing":
            return replace(statement, populate_existing=True)
        case "returning":
            entities = tuple(_entity(interp, value) for value in arguments.positional)
            return replace(statement, entities=entities)
        case "values":
            return replace(statement, values=(*statement.values, *_values(interp, state, arguments)))
        case "add_columns" | "column":
            return replace(
                statement, entities=(*statement.entities, *(_entity(interp, v) for v in arguments.positional))
            )
        case "with_only_columns" | "with_entities":
            return replace(statement, entities=tuple(_entity(interp, v) for v in arguments.positional))
        case "where" | "filter":
            return replace(
                statement,
                null_keys=(*statement.null_keys, *_null_keys(arguments)),
                compared=statement.compared.union(_compared(arguments)),
            )
        case "filter_by":
            return replace(statement, compared=statement.compared.union(name for name, _ in arguments.keywords))
        case "join" | "outerjoin" | "select_from" | "join_from" | "having":
            return replace(statement, compared=statement.compared | {"*"})
        case "from_statement":
            return statement
        case "subquery" | "cte" | "scalar_subquery" | "exists" | "alias" | "as_scalar" | "lateral" | "label":
            return ExternalValue("sql")
        case "union" | "union_all" | "intersect" | "except_":
            return replace(statement, entities=tuple(replace(e, model=None) for e in statement.entities))
        case "compile" | "whereclause" | "column_descriptions" | "selected_columns" | "c":
            return UNKNOWN
    if statement.kind == "query" and statement.session:
        return _run_query(interp, state, statement, name, arguments, position)
    return statement


def _run_query(
    interp: Interpreter, state: State, statement: Statement, name: str, arguments: Arguments, position: Position
) -> Value:
    from rules.analysis import sessions

    if name in ("all", "first", "one", "one_or_none", "scalar", "__iter__", "get", "get_one"):
        result = sessions.execute(
            interp,
            state,
            statement.session,
            statement,
            "scalars" if len(statement.entities) == 1 else "execute",
            Arguments(),
            position,
        )
        wanted = "one_or_none" if name == "get" else name
        return any_of(
            sessions.call_result(interp, state, member, wanted, arguments, position)  # type: ignore[arg-type]
            for member in members(result)
            if not isinstance(member, Unknown)
        )
    if name in ("count", "delete", "update"):
        return UNKNOWN
    return statement


def _null_keys(arguments: Arguments) -> Iterable[str]:
    for value in arguments.positional:
        if isinstance(value, Method) and value.name == "is null" and isinstance(value.receiver, AttributeValue):
            yield value.receiver.name


def _compared(arguments: Arguments) -> Iterable[str]:
    if arguments.unknown_positional:
        yield "*"
    for value in arguments.positional:
        known = isinstance(value, Method) and value.name in ("is null", "compared", "referred")
        receiver = value.receiver if isinstance(value, Method) and known else None
        yield receiver.name if isinstance(receiver, AttributeValue) else "*"
        if isinstance(value, Method) and value.name == "referred":
            yield REFERRED


def _values(interp: Interpreter, state: State, arguments: Arguments) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    pairs: list[tuple[str, Value]] = [(name, value) for name, value in arguments.keywords]
    for value in arguments.positional:
        pairs.extend((str(key), item) for key, item in (containers.known_items(state, value) or {}).items())
    for name, value in pairs:
        sql = any(isinstance(m, ExternalValue) and m.name == "sql" for m in members(value))
        found.append((name, "sql" if sql else "known"))
    return found


# Loader options


def options_of(
    interp: Interpreter, state: State, value: Value | None, position: Position
) -> tuple[tuple[Option, ...], bool]:
    """The options in a list given as `options=`, and whether some could not be read."""
    if value is None or value == NONE:
        return (), False
    return _spread(interp, state, value, position)


def _options(
    interp: Interpreter, state: State, arguments: Arguments, position: Position
) -> tuple[tuple[Option, ...], bool]:
    found: list[Option] = []
    unknown = arguments.unknown_positional
    for value in arguments.positional:
        more, vague = _spread(interp, state, value, position)
        found.extend(more)
        unknown = unknown or vague
    return tuple(found), unknown


def _spread(interp: Interpreter, state: State, value: Value, position: Position) -> tuple[tuple[Option, ...], bool]:
    found: list[Option] = []
    unknown = isinstance(value, AnyOf) and len(value.members) > 1
    for member in members(value):
        if isinstance(member, Option):
            found.append(member)
        elif isinstance(member, Tuple):
            for item in member.items:
                more, vague = _spread(interp, state, item, position)
                found.extend(more)
                unknown = unknown or vague or member.repeated
        elif isinstance(member, Ref) and isinstance(state.heap.get(member.id), Container):
            container = state.heap[member.id]
            assert isinstance(container, Container)
            if container.items is not None:
                for item in container.items.values():
                    more, vague = _spread(interp, state, item, position)
                    found.extend(more)
                    unknown = unknown or vague
            elif container.element is not None:
                more, _ = _spread(interp, state, container.element, position)
                found.extend(more)
                # All elements of a list that was filled in turn are options of the statement.
                unknown = unknown or any(not isinstance(m, Option) for m in members(container.element))
        elif isinstance(member, ExternalValue | Method):
            unknown = unknown or not (isinstance(member, ExternalValue) and member.name == "sa.option")
        elif member == NONE:
            unknown = True
        else:
            unknown = True
    return tuple(found), unknown


def loader(interp: Interpreter, state: State, strategy: str, arguments: Arguments, position: Position) -> Value:
    """`selectinload(User.posts, Post.comments)`, `load_only(User.name)`, `selectinload("*")`."""
    steps = _steps(interp, strategy, arguments, interp.place(position))
    if steps is None:
        return Option(())
    return Option(steps)


def chained(
    interp: Interpreter, state: State, option: Option, name: str, arguments: Arguments, position: Position
) -> Value:
    """`option.selectinload(...)`, `option.options(...)`."""
    if name == "options":
        found, unknown = _options(interp, state, arguments, position)
        if not option.steps:
            return Option(found[0].steps) if len(found) == 1 else (Option(()) if not found else AnyOf(tuple(found)))
        if option.steps[-1].strategy in COLUMN_LOADERS:
            above = _level_above(option)
            if above is None:
                return Tuple((option, *found, *([Option(())] if unknown else [])))
            option = above
        last = replace(
            option.steps[-1], children=(*option.steps[-1].children, *found, *([Option(())] if unknown else []))
        )
        return replace(option, steps=(*option.steps[:-1], last))
    if name in LOADERS:
        steps = _steps(interp, name, arguments, interp.place(position), option.root)
        if steps is None:
            return Option(())
        if option.steps and option.steps[-1].strategy in COLUMN_LOADERS:
            above = _level_above(option)
            return replace(above, steps=(*above.steps, *steps)) if above else Tuple((option, Option(steps)))
        return replace(option, steps=(*option.steps, *steps))
    return option


def _level_above(option: Option) -> Option | None:
    """Column options stay at their own level: a chain goes on from the level above, where there is one."""
    *before, last = option.steps
    if not before:
        return None
    parent = replace(before[-1], children=(*before[-1].children, Option((last,))))
    return replace(option, steps=(*before[:-1], parent))


def _steps(
    interp: Interpreter, strategy: str, arguments: Arguments, place: Place, root: Model | None = None
) -> tuple[LoadStep, ...] | None:
    if strategy in COLUMN_LOADERS:
        owner = next((m.model for v in arguments.positional for m in members(v) if isinstance(m, AttributeValue)), root)
        names = tuple(
            m.name if isinstance(m, AttributeValue) else str(m.value)
            for v in arguments.positional
            for m in members(v)
            if isinstance(m, AttributeValue | Const)
        )
        if len(names) < len(arguments.positional):
            return None
        return (LoadStep(owner, "", strategy, columns=names, place=place),)
    if strategy == "selectin_polymorphic":
        return None
    depth = arguments.keyword("recursion_depth")
    number = depth.value if isinstance(depth, Const) and isinstance(depth.value, int) else 0
    found: list[LoadStep] = []
    for value in arguments.positional:
        attribute = _path_attribute(value)
        if isinstance(value, Const) and value.value == "*":
            found.append(LoadStep(root, "*", strategy, place=place))
        elif isinstance(value, Const) and isinstance(value.value, str):
            found.extend(LoadStep(root, name, strategy, place=place) for name in value.value.split("."))
        elif attribute is not None:
            if not isinstance(attribute.model.attributes.get(attribute.name), Relationship):
                return None
            found.append(LoadStep(attribute.model, attribute.name, strategy, number, place))
        else:
            return None
    return tuple(found) or None


def _path_attribute(value: Value) -> AttributeValue | None:
    if isinstance(value, AttributeValue):
        return value
    if (
        isinstance(value, Method)
        and isinstance(value.receiver, AttributeValue)
        and value.name in ("of_type()", "and_()")
    ):
        return value.receiver
    return None


__all__ = ["FALSE", "LOADERS", "call", "chained", "dml", "loader", "model_of", "options_of", "select"]
