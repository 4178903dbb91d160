"""Where objects leave the code: Pydantic, FastAPI responses, JSON encoders and templates read their attributes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from rules.analysis import attributes, containers, loading, templates
from rules.analysis.state import Container, HeapObject, Instance, Object, Session, State, reachable
from rules.analysis.values import (
    NONE,
    UNKNOWN,
    Arguments,
    ClassValue,
    Const,
    Coroutine,
    FunctionValue,
    Ref,
    Tuple,
    Value,
    any_of,
    members,
)
from rules.index.program import ClassInfo, External, FunctionInfo, Module, Variable
from rules.source import ir
from rules.source.ir import Node, Position, last_name

if TYPE_CHECKING:
    from rules.analysis.interpreter import Interpreter

HTTP_METHODS = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "api_route", "route", "trace"})
_PYDANTIC = frozenset(
    {
        "pydantic.BaseModel",
        "pydantic.generics.GenericModel",
        "sqlmodel.SQLModel",
        "pydantic.RootModel",
        "pydantic_settings.BaseSettings",
    }
)
MAX_SCHEMA_DEPTH = 6


def kind_of(info: ClassInfo) -> str:
    """`pydantic`, `data` for dataclasses and their like, or '' for a class that runs its `__init__`."""
    if info.externals & _PYDANTIC or any(
        name.startswith(("pydantic.", "sqlmodel.", "fastapi_users.schemas", "fastapi_camelcase"))
        for name in info.externals
    ):
        return "pydantic"
    if any(last_name(node) in ("dataclass", "define", "frozen", "attrs") for node in info.facts.decorators):
        return "data"
    if info.externals & {"typing.NamedTuple", "typing.TypedDict", "enum.Enum", "enum.StrEnum"}:
        return "data"
    return ""


# Schemas


def fields_of(info: ClassInfo) -> Iterator[tuple[str, ClassInfo, Node, Node | None]]:
    """(name, class that declares it, annotation, default) of a schema's fields, the nearest declaration of each."""
    seen: set[str] = set()
    for ancestor in info.mro:
        for name, (annotation, value) in ancestor.assignments.items():
            if annotation is None or name in seen or name.startswith("_") or name == "model_config":
                continue
            seen.add(name)
            if annotation[0] == ir.SUB and last_name(annotation[2]) == "ClassVar":
                continue
            yield name, ancestor, annotation, value


def reads_attributes(info: ClassInfo) -> bool:
    """Whether the schema's configuration lets it read objects: from_attributes, orm_mode."""
    for ancestor in info.mro:
        config = ancestor.assignments.get("model_config", (None, None))[1]
        if config is not None:
            pairs = (
                config[4]
                if config[0] == ir.CALL
                else [(k[2], v) for k, v in config[2] if k is not None and k[0] == ir.CONST]
                if config[0] == ir.DICT
                else []
            )
            for name, value in pairs:
                if name == "from_attributes" and value[0] == ir.CONST:
                    return bool(value[2])
        nested = ancestor.nested.get("Config")
        if nested is not None:
            for name in ("orm_mode", "from_attributes"):
                value = nested.assignments.get(name, (None, None))[1]
                if value is not None and value[0] == ir.CONST:
                    return bool(value[2])
    return False


def _attribute_name(interp: Interpreter, name: str, value: Node | None, annotation: Node) -> str:
    """The attribute that a field reads: its validation alias, or its own name."""
    calls = [value] if value is not None and value[0] == ir.CALL else []
    if annotation[0] == ir.SUB and last_name(annotation[2]) == "Annotated" and annotation[3][0] == ir.TUPLE:
        calls.extend(part for part in annotation[3][2][1:] if part[0] == ir.CALL)
    for call in calls:
        if last_name(call) != "Field":
            continue
        given = dict(call[4])
        for key in ("validation_alias", "alias"):
            alias = given.get(key)
            if alias is not None:
                return str(alias[2]) if alias[0] == ir.CONST else ""
    return name


def validate(
    interp: Interpreter,
    state: State,
    info: ClassInfo,
    value: Value,
    position: Position,
    bindings: dict[str, tuple[Module, Node]],
    depth: int = 0,
) -> None:
    """Reads of every instance in `value` what a schema's fields read."""
    if depth > MAX_SCHEMA_DEPTH:
        return
    for member in members(value):
        if not isinstance(member, Ref) or not isinstance(state.heap.get(member.id), Instance):
            continue
        if _replaced(interp, state, info, member, position):
            continue
        for name, owner, annotation, default in fields_of(info):
            attribute = _attribute_name(interp, name, default, annotation)
            if not attribute:
                continue
            inst = state.instance(member.id)
            if attribute not in inst.model.attributes and inst.model.info.find_method(attribute) is None:
                continue
            found = attributes._read(
                interp, state, member, attribute, (ir.ATTR, position, (ir.NAME, position, ""), attribute)
            )
            before = _field_validator(interp, owner, name)
            if before is not None:
                given = (
                    Arguments((ClassValue(info), found or UNKNOWN))
                    if before.is_class_method
                    else Arguments((found or UNKNOWN,))
                )
                from rules.analysis import calls

                calls.call_value(interp, state, FunctionValue(before, raw=True), given, position)
                continue
            if found is not None:
                merged = {**bindings, **{key: pair for key, pair in info.type_arguments.items() if key not in bindings}}
                descend(interp, state, owner.module, annotation, found, position, merged, depth + 1)


def _field_validator(interp: Interpreter, owner: ClassInfo, name: str) -> FunctionInfo | None:
    """A validator that sees the raw value before the field's own type does."""
    for method in owner.methods.values():
        for decorator in method.facts.decorators:
            if decorator[0] != ir.CALL or last_name(decorator) not in ("field_validator", "validator"):
                continue
            names = {argument[2] for argument in decorator[3] if argument[0] == ir.CONST}
            early = any(
                key in ("mode", "pre") and given[0] == ir.CONST and given[2] in ("before", "wrap", "plain", True)
                for key, given in decorator[4]
            )
            if early and (name in names or "*" in names):
                return method
    return None


def _replaced(interp: Interpreter, state: State, info: ClassInfo, member: Ref, position: Position) -> bool:
    """Whether a `model_validator(mode="before")` gives the schema something else than the instance."""
    for ancestor in info.mro:
        for method in ancestor.methods.values():
            for decorator in method.facts.decorators:
                if decorator[0] == ir.CALL and last_name(decorator) in ("model_validator", "root_validator"):
                    early = any(
                        given[0] == ir.CONST and given[2] in ("before", "wrap", True) for _, given in decorator[4]
                    )
                    if not early:
                        continue
                    from rules.analysis import calls

                    given = Arguments((ClassValue(info), member)) if method.is_class_method else Arguments((member,))
                    result = calls.call_value(interp, state, FunctionValue(method, raw=True), given, position)
                    return not any(found == member for found in members(result))
    return False


def descend(
    interp: Interpreter,
    state: State,
    module: Module,
    annotation: Node,
    value: Value,
    position: Position,
    bindings: dict[str, tuple[Module, Node]],
    depth: int = 0,
) -> None:
    """Validates what an annotation names: a schema, a list of schemas, a union of them, a type parameter."""
    if depth > MAX_SCHEMA_DEPTH:
        return
    value = any_of(m.value if isinstance(m, Coroutine) else m for m in members(value))
    if annotation[0] == ir.BINARY:
        for part in (annotation[2], annotation[4]):
            descend(interp, state, module, part, value, position, bindings, depth)
        return
    if annotation[0] == ir.SUB:
        outer = last_name(annotation[2])
        parts: tuple[Node, ...] = annotation[3][2] if annotation[3][0] == ir.TUPLE else (annotation[3],)
        if outer in ("Optional", "Union", "Annotated", "SerializeAsAny"):
            for part in parts if outer == "Union" else parts[:1]:
                descend(interp, state, module, part, value, position, bindings, depth)
            return
        symbol = interp.program.resolve(module, annotation[2])
        if isinstance(symbol, ClassInfo):
            inner = dict(
                zip(symbol.type_parameters, ((module, _bound(part, bindings)) for part in parts), strict=False)
            )
            _validate_or_fill(interp, state, symbol, value, position, {**bindings, **inner}, depth)
            return
        if outer in ("dict", "Dict", "Mapping") and len(parts) == 2:
            for member in members(value):
                descend(
                    interp,
                    state,
                    module,
                    parts[1],
                    containers.value_of(interp, state, member, position),
                    position,
                    bindings,
                    depth + 1,
                )
            return
        element = elements(interp, state, value, position)
        if element is not None:
            descend(interp, state, module, parts[0], element, position, bindings, depth + 1)
        return
    if annotation[0] == ir.NAME and annotation[2] in bindings:
        owner, node = bindings[annotation[2]]
        if node != annotation:
            descend(interp, state, owner, node, value, position, {}, depth + 1)
        return
    symbol = interp.program.resolve(module, annotation)
    if isinstance(symbol, Variable):
        for statement in symbol.statements:
            if statement[0] == ir.ASSIGN:
                descend(interp, state, symbol.module, statement[3], value, position, bindings, depth + 1)
        return
    if isinstance(symbol, ClassInfo):
        _validate_or_fill(interp, state, symbol, value, position, bindings, depth)


def _bound(node: Node, bindings: dict[str, tuple[Module, Node]]) -> Node:
    return bindings[node[2]][1] if node[0] == ir.NAME and node[2] in bindings else node


def _validate_or_fill(
    interp: Interpreter,
    state: State,
    info: ClassInfo,
    value: Value,
    position: Position,
    bindings: dict[str, tuple[Module, Node]],
    depth: int,
) -> None:
    if kind_of(info) == "pydantic" and interp.models.of(info) is None:
        validate(interp, state, info, value, position, bindings, depth)
        for member in members(value):
            items = containers.known_items(state, member)
            if items is not None:
                for name, owner, annotation, _ in fields_of(info):
                    if name in items:
                        descend(interp, state, owner.module, annotation, items[name], position, bindings, depth + 1)


def elements(interp: Interpreter, state: State, value: Value, position: Position) -> Value | None:
    """The elements of the lists among the alternatives of a value."""
    found: list[Value] = []
    for member in members(value):
        if isinstance(member, Tuple):
            found.extend(member.items)
        elif isinstance(member, Ref) and isinstance(state.heap.get(member.id), Container):
            found.append(containers.element_of(interp, state, member, position))
        elif not isinstance(member, Ref | Const):
            element = containers.element_of(interp, state, member, position)
            if element != UNKNOWN:
                found.append(element)
    return any_of(found) if found else None


def constructed(
    interp: Interpreter, state: State, target: ClassValue, arguments: Arguments, position: Position
) -> dict[str, Value] | None:
    """`Schema(field=value)`: nested schemas read the instances they are given. None for a class that is no schema."""
    info = target.info
    kind = kind_of(info)
    if kind != "pydantic":
        return None
    bindings = dict(zip(info.type_parameters, target.arguments, strict=False))
    found = dict(arguments.keywords)
    for name, owner, annotation, _ in fields_of(info):
        if name in found and _has_instances(state, found[name]):
            merged = {**info.type_arguments, **bindings}
            for inner in _schemas_in(interp, owner.module, annotation, merged):
                if not reads_attributes(inner):
                    break
            else:
                descend(interp, state, owner.module, annotation, found[name], position, merged)
    return found


def _has_instances(state: State, value: Value, depth: int = 0) -> bool:
    if depth > 4:
        return False
    for member in members(value):
        if isinstance(member, Tuple) and any(_has_instances(state, item, depth + 1) for item in member.items):
            return True
        found = state.heap.get(member.id) if isinstance(member, Ref) else None
        if isinstance(found, Instance):
            return True
        if (
            isinstance(found, Container)
            and found.element is not None
            and _has_instances(state, found.element, depth + 1)
        ):
            return True
    return False


def _schemas_in(
    interp: Interpreter, module: Module, annotation: Node, bindings: dict[str, tuple[Module, Node]], depth: int = 0
) -> Iterator[ClassInfo]:
    if depth > 8:
        return
    if annotation[0] in (ir.SUB, ir.BINARY):
        parts = (
            annotation[2:]
            if annotation[0] == ir.BINARY
            else [annotation[2], *(annotation[3][2] if annotation[3][0] == ir.TUPLE else [annotation[3]])]
        )
        for part in parts:
            if isinstance(part, tuple):
                yield from _schemas_in(interp, module, part, bindings, depth + 1)
    elif annotation[0] == ir.NAME and annotation[2] in bindings:
        owner, node = bindings[annotation[2]]
        if node != annotation:
            yield from _schemas_in(interp, owner, node, {}, depth + 1)
    elif annotation[0] in (ir.NAME, ir.ATTR):
        symbol = interp.program.resolve(module, annotation)
        if isinstance(symbol, ClassInfo) and kind_of(symbol) == "pydantic":
            yield symbol


def class_method(
    interp: Interpreter, state: State, receiver: ClassValue, name: str, arguments: Arguments, position: Position
) -> Value:
    """A method of a class that the project does not define: `Schema.model_validate(obj)`."""
    info = receiver.info
    first = arguments.get(0, "obj")
    model = interp.models.of(info)
    if name in ("model_validate", "from_orm", "parse_obj", "validate", "model_construct", "construct"):
        if model is not None:
            from rules.analysis import externals

            return externals.construct_model(interp, state, model, Arguments(unknown_keywords=True), position)
        if kind_of(info) == "pydantic" and first is not None:
            asked = arguments.keyword("from_attributes")
            if name == "from_orm" or reads_attributes(info) or asked == Const(True):
                bindings = dict(zip(info.type_parameters, receiver.arguments, strict=False))
                validate(interp, state, info, first, position, bindings)
            elif _has_instances(state, first):
                pass
            number = interp.key("schema", interp.frame.key, position, id(info))
            state.heap[number] = Object(info, {}, opaque=True)
            return Ref(number)
    if name == "__init__" and arguments.positional and isinstance(arguments.positional[0], Ref):
        return NONE
    return UNKNOWN


def object_method(
    interp: Interpreter, state: State, receiver: Ref, found: Object, name: str, arguments: Arguments, position: Position
) -> Value:
    """A method that an ordinary object inherits from a library."""
    if name in ("model_copy", "copy", "_replace"):
        return receiver
    from rules.analysis import externals

    return externals.unknown_call(interp, state, name, arguments, position)


# JSON


def json_dumps(interp: Interpreter, state: State, value: Value, arguments: Arguments, position: Position) -> Value:
    """`json.dumps(obj, default=...)` and `cls=`: the encoder gets every object in the value."""
    from rules.analysis import calls

    encoder = arguments.keyword("default")
    cls = arguments.keyword("cls")
    if isinstance(cls, ClassValue):
        method = cls.info.find_method("default")
        if method is not None:
            number = interp.key("encoder", interp.frame.key, position)
            state.heap[number] = Object(cls.info, {}, opaque=True)
            encoder = FunctionValue(method, Ref(number))
    if encoder is None:
        return UNKNOWN
    seen: set[int] = set()
    pending = list(members(value))
    while pending and len(seen) < 20:
        member = pending.pop()
        found = state.heap.get(member.id) if isinstance(member, Ref) else None
        if isinstance(found, Instance) and isinstance(member, Ref) and member.id not in seen:
            seen.add(member.id)
            result = calls.call_value(interp, state, encoder, Arguments((member,)), position)
            pending.extend(members(result))
        elif isinstance(found, Container) and isinstance(member, Ref) and member.id not in seen:
            seen.add(member.id)
            pending.extend(members(found.element) if found.element is not None else ())
            pending.extend(item for v in (found.items or {}).values() for item in members(v))
        elif isinstance(member, Tuple):
            pending.extend(m for item in member.items for m in members(item))
    return UNKNOWN


# FastAPI


def returned(interp: Interpreter, state: State, function: FunctionInfo, value: Value, node: Node) -> None:
    """What an endpoint returns: its response model reads it, or its template shows it."""
    if node[2] is not None:
        templates.returned(interp, state, function, value, node[2][1])
    found = response_schema(interp, function)
    if found is None or node[2] is None:
        return
    module, annotation = found
    frame = interp.frame.id
    variables = state.variables.get(frame, {})
    alive = {name: held for name, held in variables.items() if held == value or not _holds_rows(state, held)}
    if len(alive) < len(variables):
        # The response is made when the endpoint has returned: what only its variables held is gone from the session.
        _load_held(interp, state, value, [state.heap[number] for number in reachable(state, variables.values())])
        state.variables[frame] = alive
    descend(interp, state, module, annotation, value, node[2][1], {})
    state.variables[frame] = variables


def _load_held(interp: Interpreter, state: State, value: Value, held: Sequence[HeapObject], depth: int = 0) -> None:
    """What was loaded with a value while the endpoint ran may be objects that it held: they stay what they are."""
    models = {found.model for found in held if isinstance(found, Instance)}
    for member in members(value):
        found = state.heap.get(member.id) if isinstance(member, Ref) else None
        if isinstance(found, Container) and found.element is not None:
            _load_held(interp, state, found.element, held, depth)
        if not isinstance(found, Instance) or not isinstance(member, Ref) or depth > MAX_SCHEMA_DEPTH:
            continue
        if found.life != "persistent" or found.expired is not None or found.ghost is not None:
            continue
        for relationship in found.model.relationships:
            target = interp.models.of(relationship.target_class)
            if (
                target in models
                and relationship.name not in found.attributes
                and loading.planned(interp, found, relationship) == "loaded"
            ):
                below = loading.materialise(interp, state, member.id, relationship)
                _load_held(interp, state, below, held, depth + 1)


def _holds_rows(state: State, value: Value) -> bool:
    for member in members(value):
        found = state.heap.get(member.id) if isinstance(member, Ref) else None
        if isinstance(member, Tuple) or isinstance(found, Instance | Container):
            return True
    return False


def response_schema(interp: Interpreter, function: FunctionInfo) -> tuple[Module, Node] | None:
    """The annotation that a route's result is validated by; None for a function that is no route or has none."""
    for decorator in function.facts.decorators:
        if decorator[0] != ir.CALL or decorator[2][0] != ir.ATTR or decorator[2][3] not in HTTP_METHODS:
            continue
        options = {key: given for key, given in decorator[4] if key}
        if "response_model" in options:
            model = options["response_model"]
            return None if model[0] == ir.CONST else (function.module, model)
        if decorator[2][3] == "route":
            return None
        returns = function.facts.returns
        return (function.module, returns) if returns is not None and returns[0] != ir.CONST else None
    return None


__all__ = ["Any", "External", "Session"]
