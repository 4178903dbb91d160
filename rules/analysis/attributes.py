"""Reading and writing attributes: what needs I/O, what was loaded, and what a read that fails tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rules.analysis import loading
from rules.analysis.accesses import Access, Cause, Hop, Place, RefreshSite
from rules.analysis.copying import replace
from rules.analysis.recording import add_trace, merge
from rules.analysis.state import MAYBE, Container, Instance, Loaded, LoadPlan, Maybe, Object, Session, State, Unloaded
from rules.analysis.values import (
    NONE,
    UNKNOWN,
    AliasValue,
    AnyOf,
    Arguments,
    AttributeNames,
    AttributeValue,
    ClassValue,
    Condition,
    Const,
    Coroutine,
    ExternalValue,
    FunctionValue,
    InstanceDict,
    Lazy,
    Method,
    ModuleValue,
    Ref,
    Super,
    Tuple,
    Unknown,
    Value,
    any_of,
    is_plain,
    members,
)
from rules.index.models import Column, Model, Plain, Proxy, Relationship
from rules.index.program import ClassInfo, FunctionInfo
from rules.library.names import canonical
from rules.source import ir
from rules.source.ir import Node, Position

if TYPE_CHECKING:
    from rules.analysis.frames import Frame
    from rules.analysis.interpreter import Interpreter

MAX_BELOW = 4
"""Steps of loader options that are followed below an object that is held."""
MAX_WITHIN = 2
"""Ordinary objects, one in another, in which an object is looked for that may be referred to."""
SQL = ExternalValue("sql")
"""An SQL expression: what is assigned to an attribute, the database computes."""


def read(interp: Interpreter, state: State, owner: Value, name: str, node: Node) -> Value:
    """`owner.name`; `node` is the expression, for its place."""
    found = [_read(interp, state, member, name, node) for member in members(owner)]
    useful = [value for value in found if value is not None]
    return any_of(useful) if useful else UNKNOWN


def _read(interp: Interpreter, state: State, owner: Value, name: str, node: Node) -> Value | None:
    if isinstance(owner, Ref):
        found = state.heap.get(owner.id)
        if isinstance(found, Instance):
            return read_instance(interp, state, owner.id, name, node)
        if isinstance(found, Object):
            return _read_object(interp, state, owner, found, name, node)
        method = found.info.find_method(name) if isinstance(found, Session) and found.info is not None else None
        if method is not None and method.is_property:
            return _property(interp, state, method, owner, node)
        if method is not None:
            return bound(method, owner)
        if (
            isinstance(found, Container)
            and found.kind == "dict"
            and found.items is not None
            and name in found.items
            and name not in _DICT_METHODS
        ):
            return found.items[name]
        return Method(owner, name)
    if isinstance(owner, Unknown):
        return UNKNOWN
    if isinstance(owner, Const):
        return None if owner.value is None else Method(owner, name)
    if isinstance(owner, ClassValue):
        return read_class(interp, state, owner, name, node)
    if isinstance(owner, ModuleValue):
        symbol = interp.program.member(owner.module, name, interp.frame.module)
        return interp.symbol_value(symbol, state)
    if isinstance(owner, ExternalValue):
        return ExternalValue(canonical(f"{owner.name}.{name}")) if owner != SQL else SQL
    if isinstance(owner, AliasValue):
        return AttributeValue(owner.model, name) if name in owner.model.attributes else UNKNOWN
    if isinstance(owner, Tuple) and name in owner.names:
        return owner.items[owner.names.index(name)]
    if isinstance(owner, Super):
        return _read_super(interp, owner, name)
    if isinstance(owner, InstanceDict):
        return _read_inspection(state, owner, name)
    if isinstance(owner, AttributeNames):
        if owner.single:
            return owner if name in _NAMING else replace(owner, trait=f"{owner.trait}.{name}".lstrip("."))
        if name in ("attrs", "column_attrs", "relationships", "columns", "c", "all_orm_descriptors"):
            return AttributeNames(owner.model, name)
        return owner
    if isinstance(owner, Lazy) and owner.kind == "awaitable":
        return Lazy("awaitable", owner.instance, name) if not owner.name else UNKNOWN
    return Method(owner, name)


_DICT_METHODS = frozenset(dir(dict))
_NAMING = frozenset({"key", "name", "class_attribute", "property", "prop", "expression"})
"""What leads from a mapper's property, or a table's column, to the attribute's name."""


def names_of(given: AttributeNames, model: Model) -> list[str]:
    """The attributes of a model that an iterable of names, or one of them, can mean."""
    if given.which in ("columns", "column_attrs", "c"):
        names = [column.name for column in model.columns if not column.expression]
    elif given.which == "relationships":
        names = [relationship.name for relationship in model.relationships]
    else:
        names = list(model.attributes)
    return names if given.among is None else [name for name in names if name in given.among]


# Classes and ordinary objects


def bound(function: FunctionInfo, instance: Value) -> FunctionValue:
    return FunctionValue(function, None if function.is_static else instance)


def read_class(interp: Interpreter, state: State, owner: ClassValue, name: str, node: Node) -> Value:
    info = owner.info
    model = interp.models.of(info)
    if model is not None:
        if name in model.attributes:
            return AttributeValue(model, name)
        if name in ("__table__", "__mapper__"):
            return AttributeNames(model, "columns" if name == "__table__" else "mapper")
    method = info.find_method(name)
    if method is not None:
        if method.is_class_method:
            return FunctionValue(method, owner)
        if method.is_property:
            return SQL if "hybrid_property" in method.decorator_names else UNKNOWN
        return FunctionValue(method)
    if name == "__name__":
        return Const(info.name)
    for ancestor in info.mro:
        if name in ancestor.nested:
            return ClassValue(ancestor.nested[name])
    value = class_attribute(interp, state, info, name, owner)
    return value if value is not None else Method(owner, name)


def class_attribute(
    interp: Interpreter, state: State, info: ClassInfo, name: str, self_value: Value | None
) -> Value | None:
    """The value that a class body gives a name, or what its annotation promises; None when it has none."""
    found = info.find_assignment(name)
    if found is None:
        return None
    owner, annotation, expression = found
    from rules.analysis import calls, promises

    if expression is not None:
        return calls.evaluate_in(interp, state, owner.module, expression, owner)
    if annotation is not None:
        return promises.assume(
            interp, state, annotation, owner.module, ("class", id(info), name), typed=True, binding=info
        )
    return None


def _field(interp: Interpreter, state: State, found: Object, name: str, owner: Ref) -> Value | None:
    """A class attribute. Of an object that nobody saw being made, the default of a field proves nothing."""
    from rules.analysis import promises

    assigned = found.info.find_assignment(name) if found.assumed else None
    if assigned is not None:
        info, annotation, default = assigned
        if annotation is not None and default is not None and default[0] == ir.CONST:
            key = ("field", owner.id, name)
            return promises.assume(interp, state, annotation, info.module, key, typed=True, binding=found.info)
    return class_attribute(interp, state, found.info, name, owner)


def _property(interp: Interpreter, state: State, method: FunctionInfo, owner: Ref, node: Node) -> Value:
    from rules.analysis import calls

    return calls.call_value(interp, state, FunctionValue(method, owner), Arguments(), node[1], kind="property")


def _read_object(interp: Interpreter, state: State, owner: Ref, found: Object, name: str, node: Node) -> Value:
    from rules.analysis import calls

    if name in found.attributes:
        return found.attributes[name]
    method = found.info.find_method(name)
    if method is not None:
        if method.is_property:
            return _property(interp, state, method, owner, node)
        return FunctionValue(method, ClassValue(found.info)) if method.is_class_method else bound(method, owner)
    if name == "__class__":
        return ClassValue(found.info)
    if name == "__dict__":
        return UNKNOWN
    for ancestor in found.info.mro:
        if name in ancestor.nested:
            return ClassValue(ancestor.nested[name])
    value = _field(interp, state, found, name, owner)
    if value is not None:
        if isinstance(value, Ref) or found.assumed:
            current = state.heap.get(owner.id)
            if isinstance(current, Object):
                state.heap[owner.id] = replace(current, attributes={**current.attributes, name: value})
        return value
    getattr_method = found.info.find_method("__getattr__")
    if getattr_method is not None:
        return calls.call_value(interp, state, bound(getattr_method, owner), Arguments((Const(name),)), node[1])
    if found.info.externals:
        return Method(owner, name)
    return UNKNOWN


def _read_super(interp: Interpreter, owner: Super, name: str) -> Value:
    target = owner.instance
    order = owner.info.mro[1:]
    for info in order:
        if name in info.methods:
            method = info.methods[name]
            return FunctionValue(method, target) if not method.is_static else FunctionValue(method)
    return Method(owner, name)


def _read_inspection(state: State, owner: InstanceDict, name: str) -> Value:
    found = state.heap.get(owner.instance)
    if owner.view == "attrs" and isinstance(found, Instance) and name in found.model.attributes:
        return InstanceDict(owner.instance, "attr", name)
    if name == "loaded_value":
        return replace(owner, view=name)
    if name in ("unloaded", "dict", "attrs", "identity", "key", "expired_attributes"):
        return InstanceDict(owner.instance, "unloaded" if name == "unloaded" else name)
    if name in ("mapper", "relationships", "column_attrs", "columns") and isinstance(found, Instance):
        return AttributeNames(found.model, name)
    return (
        Method(owner, name)
        if name in ("get", "items", "keys", "values", "copy", "pop")
        else InstanceDict(owner.instance, name)
    )


def from_dict(interp: Interpreter, state: State, owner: InstanceDict, key: object) -> Value:
    """`obj.__dict__["rel"]`: what is there, and never more."""
    found = state.heap.get(owner.instance)
    if owner.view == "attrs" and isinstance(key, str):
        return InstanceDict(owner.instance, "attr", key)
    if isinstance(found, Instance) and isinstance(key, str):
        status = found.attributes.get(key)
        if isinstance(status, Loaded):
            return status.value
    return UNKNOWN


# Mapped instances


def read_instance(
    interp: Interpreter, state: State, number: int, name: str, node: Node, operation: str = "read"
) -> Value:

    inst = state.instance(number)
    attribute = inst.model.attributes.get(name)
    if attribute is None:
        if name == "__dict__":
            return InstanceDict(number, "dict")
        if name == "awaitable_attrs":
            return Lazy("awaitable", number)
        if name in ("__table__", "__mapper__"):
            return AttributeNames(inst.model, "columns" if name == "__table__" else "mapper")
        if name == "__class__":
            return ClassValue(inst.model.info)
        method = inst.model.info.find_method(name)
        if method is not None:
            if method.is_property:
                return _property(interp, state, method, Ref(number), node)
            return (
                FunctionValue(method, ClassValue(inst.model.info))
                if method.is_class_method
                else bound(method, Ref(number))
            )
        for heir in _heirs(interp, inst.model):
            if name in heir.attributes:
                return UNKNOWN
        value = class_attribute(interp, state, inst.model.info, name, None)
        if name in inst.attributes:
            status = inst.attributes[name]
            return status.value if isinstance(status, Loaded) else UNKNOWN
        return value if value is not None else Method(Ref(number), name)
    interp.recording.reads += 1
    if isinstance(attribute, Relationship):
        return _read_relationship(interp, state, number, inst, attribute, node, operation)
    if isinstance(attribute, Proxy):
        return _read_proxy(interp, state, number, attribute, node)
    if isinstance(attribute, Plain):
        return _read_column(interp, state, number, inst, Column(name), node, operation)
    return _read_column(interp, state, number, inst, attribute, node, operation)


def _heirs(interp: Interpreter, model: Model) -> list[Model]:
    return [found for info in model.info.subclasses if (found := interp.models.of(info)) is not None]


def _read_proxy(interp: Interpreter, state: State, number: int, proxy: Proxy, node: Node) -> Value:
    value = read_instance(interp, state, number, proxy.relationship, node)
    results: list[Value] = []
    for member in members(value):
        found = state.heap.get(member.id) if isinstance(member, Ref) else None
        if isinstance(found, Container):
            for element in members(found.element) if found.element is not None else ():
                if isinstance(element, Ref) and isinstance(state.heap.get(element.id), Instance):
                    results.append(read_instance(interp, state, element.id, proxy.attribute, node))
            if results:
                key = interp.key("proxy", number, proxy.name)
                state.heap[key] = Container("list", any_of(results))
                return Ref(key)
        elif isinstance(found, Instance):
            results.append(read_instance(interp, state, member.id, proxy.attribute, node))  # type: ignore[union-attr]
    return any_of(results) if results else UNKNOWN


def _read_column(
    interp: Interpreter, state: State, number: int, inst: Instance, column: Column, node: Node, operation: str
) -> Value:
    status = inst.attributes.get(column.name)
    if isinstance(status, Loaded):
        return status.value if not isinstance(status.value, ExternalValue) else UNKNOWN
    if isinstance(status, Maybe) or inst.ghost is not None or inst.sync:
        return UNKNOWN
    if isinstance(status, Unloaded):
        return fail(interp, state, number, inst, column, status.cause, node, operation, lost=status.lost)
    if inst.life in ("transient", "pending"):
        return UNKNOWN if column.primary_key or column.has_default or inst.unknown_keywords else NONE
    if isinstance(inst.expired, Cause):
        return fail(interp, state, number, inst, column, inst.expired, node, operation, lost=True)
    if inst.expired is not None or inst.assumed:
        return UNKNOWN
    cause = loading.column_cause(interp, inst, column)
    if cause is not None:
        return fail(interp, state, number, inst, column, cause, node, operation, lost=False)
    return UNKNOWN


def _read_relationship(
    interp: Interpreter,
    state: State,
    number: int,
    inst: Instance,
    relationship: Relationship,
    node: Node,
    operation: str,
) -> Value:
    name = relationship.name
    status = inst.attributes.get(name)
    if isinstance(status, Loaded):
        if status.by_identity:
            state.heap[number] = inst.with_status(name, Loaded(status.value))
        return status.value
    if isinstance(status, Maybe) or inst.sync:
        return loading.silent(interp, state, number, inst, relationship)
    if relationship.lazy in ("dynamic", "write_only"):
        return Lazy(relationship.lazy, number, name)
    if inst.life in ("transient", "pending"):
        if relationship.collection:
            return loading.empty_collection(interp, state, number, relationship)
        return NONE
    gone = isinstance(status, Unloaded) or (inst.ghost is None and isinstance(inst.expired, Cause))
    if gone and relationship.lazy == "noload":
        return _empty(relationship)
    if isinstance(status, Unloaded):
        hit, sure = _identity_hit(interp, state, number, inst, relationship)
        if hit is not None:
            return hit
        cause = status.cause
        sure = sure and cause.note != loading.PERHAPS_KNOWN
        return fail(interp, state, number, inst, relationship, cause, node, operation, lost=status.lost, sure=sure)
    if inst.ghost is None and isinstance(inst.expired, Cause):
        return fail(interp, state, number, inst, relationship, inst.expired, node, operation, lost=True)
    if inst.assumed:
        return loading.silent(interp, state, number, inst, relationship)
    verdict = loading.planned(interp, inst, relationship)
    if verdict == "loaded" and inst.expired is not None:
        return loading.silent(interp, state, number, inst, relationship)
    if verdict == "loaded":
        interp.recording.loaded.add(_read_key(interp, inst, name, node))
        return loading.materialise(interp, state, number, relationship)
    if verdict in ("silent", "raise"):
        return loading.silent(interp, state, number, inst, relationship) if verdict == "silent" else UNKNOWN
    if verdict == "empty":
        return _empty(relationship)
    hit, sure = _identity_hit(interp, state, number, inst, relationship)
    if hit is not None:
        return hit
    if inst.ghost is not None:
        interp.need(inst.ghost, (*inst.path[len(inst.ghost.path) + 1 :], (inst.model, name)))
        return loading.materialise(interp, state, number, relationship, ghost=inst.ghost)
    stopped = inst.selected and relationship.lazy in loading.MAPPED_EAGER and name not in inst.plan.steps
    cause = Cause("query" if inst.selected else "construct", inst.origin.place, "cycle" if stopped else "")
    return fail(interp, state, number, inst, relationship, cause, node, operation, lost=name in inst.lost, sure=sure)


def _empty(relationship: Relationship) -> Value:
    """What `noload` shows: as mapped, whatever becomes of the instance."""
    return Tuple(()) if relationship.collection else NONE


def _read_key(interp: Interpreter, inst: Instance, name: str, node: Node) -> tuple[object, ...]:
    """What tells that a read is loaded on one path and unloaded on another of the same query."""
    return (interp.place(node[1]), name, inst.origin.place)


def _identity_hit(
    interp: Interpreter, state: State, number: int, inst: Instance, relationship: Relationship
) -> tuple[Value | None, bool]:
    """A many-to-one that needs no SQL: its key is NULL, or its target is held alive in the same session.

    And whether it is sure that there is none: something is held that might be the target, but nothing says that it is.
    """
    if not relationship.many_to_one:
        return None, True
    keys = relationship.foreign_keys
    if keys and any(_is_null(inst, key) for key in keys):
        return NONE, True
    if not inst.session or not relationship.to_primary_key:
        return None, True
    target = interp.models.of(relationship.target_class)
    if target is None or inst.ghost is not None:
        return None, True
    found = _sought(interp, state, Look(number, inst, target, _may_be_provided(inst, relationship), _is_any_row(inst)))
    if found.value is not None:
        state.heap[number] = inst.with_status(relationship.name, Loaded(found.value))
    return found.value, found.sure


def _may_be_provided(inst: Instance, relationship: Relationship) -> bool:
    """Whether something says that the target may be what a dependency gave, such as the user who asks.

    The query or the code compared the key, or set it, or it is not known how the instance was found.
    """
    keys = relationship.foreign_keys
    found = inst.origin.kind in ("select", "get") and not inst.path and not inst.assumed
    return (
        not found or not keys or "*" in inst.compared or any(k in inst.compared or k in inst.attributes for k in keys)
    )


def _is_any_row(inst: Instance) -> bool:
    return inst.origin.kind == "select" and not (inst.path or inst.assumed or inst.compared or inst.attributes)


@dataclass(frozen=True, slots=True)
class Look:
    """A look for what an instance refers to, among the objects that running functions hold."""

    number: int
    instance: Instance
    target: Model
    provided: bool
    """What a dependency gave counts, too."""
    any_row: bool = False
    """The instance stands for every row of a table: not all of them refer to what somebody gave."""


@dataclass(frozen=True, slots=True)
class Held:
    """What a look has found."""

    value: Value | None = None
    depth: int = 0
    """Of the frame that holds it: 0 for what was provided, and for nothing."""
    sure: bool = True


def _sought(interp: Interpreter, state: State, look: Look) -> Held:
    found = look_up(interp, state, look)
    for looks in interp.looks:
        looks.setdefault((look.number, id(look.target)), (look, found.depth))
    return found


def looked_up_alike(interp: Interpreter, state: State, look: Look, before: tuple[bool, bool]) -> bool:
    """Whether a remembered call, made from here, would find what it found where it was run."""
    return verdict(_sought(interp, state, look)) == before


def verdict(found: Held) -> tuple[bool, bool]:
    return found.value is not None, found.sure


def look_up(interp: Interpreter, state: State, look: Look) -> Held:
    """What may be the target, among the variables of running functions and what was provided to them."""
    number, inst, target = look.number, look.instance, look.target
    sure = True
    provided = loading.provided(state)
    for frame in interp.frames():
        for name, value in state.variables.get(frame.id, {}).items():
            if name == "<way>" or (isinstance(value, AnyOf) and Ref(number) in value.members):
                continue  # of alternatives, only one is there
            for member in members(value):
                if member in provided and not look.provided:
                    continue
                if _may_be(interp, state, member, inst, number, target):
                    if look.any_row and _is_given(state, member):
                        sure = False
                        continue
                    return Held(_as_target(state, member), frame.depth)
    for member in provided:
        # What a dependency gave stays alive until the request is answered.
        if _may_be(interp, state, member, inst, number, target):
            if look.provided:
                return Held(_as_target(state, member))
            sure = False
    return Held(sure=sure)


def _is_given(state: State, member: Value) -> bool:
    """Whether it is what a caller gives of whom nothing is known."""
    found = state.heap.get(member.id) if isinstance(member, Ref) else None
    return isinstance(found, Instance) and found.assumed and found.origin.kind == "parameter"


def _as_target(state: State, member: Value) -> Value:
    return member if isinstance(member, Ref) and isinstance(state.heap.get(member.id), Instance) else UNKNOWN


def _may_be(
    interp: Interpreter, state: State, value: Value, inst: Instance, number: int, target: Model, depth: int = 0
) -> bool:
    """Whether a variable holds an object that can be the target of a many-to-one of `inst`."""
    if isinstance(value, Tuple):
        return any(
            _may_be(interp, state, member, inst, number, target, depth)
            for item in value.items
            for member in members(item)
        )
    if not isinstance(value, Ref) or value.id == number:
        return False
    found = state.heap.get(value.id)
    if isinstance(found, Container):
        if found.element is None:
            return False
        return any(
            isinstance(member, Ref) and _may_be(interp, state, member, inst, number, target, depth)
            for member in members(found.element)
            if not (isinstance(member, Ref) and isinstance(state.heap.get(member.id), Container))
        )
    if isinstance(found, Object):
        return depth < MAX_WITHIN and any(
            _may_be(interp, state, member, inst, number, target, depth + 1)
            for held in found.attributes.values()
            if not is_plain(held)
            for member in members(held)
        )
    if not isinstance(found, Instance):
        return False
    if (
        found.session != inst.session
        or found.life != "persistent"
        or found.ghost is not None
        or isinstance(found.expired, Cause)
    ):
        return False
    if found.model.is_a(target) or target.is_a(found.model):
        return not (found.model is inst.model and found.origin == inst.origin and found.path == inst.path)
    if found.origin == inst.origin:
        return False
    return _loaded_below(interp, found.model, found.plan, target) or (
        found.selected and _mapped_below(interp, found.model, target)
    )


def _mapped_below(interp: Interpreter, model: Model, target: Model) -> bool:
    return any(found.is_a(target) or target.is_a(found) for found in interp.models.loaded_with(model))


def _loaded_below(interp: Interpreter, model: Model, plan: LoadPlan, target: Model, depth: int = 0) -> bool:
    """Whether the options of a query load objects of a model below its rows."""
    for name, (step, tail) in plan.steps.items():
        attribute = model.attributes.get(name)
        if step.strategy not in loading.EAGER or not isinstance(attribute, Relationship):
            continue
        found = interp.models.of(attribute.target_class)
        if found is None:
            continue
        if found.is_a(target) or target.is_a(found) or _mapped_below(interp, found, target):
            return True
        if tail and depth < MAX_BELOW and _loaded_below(interp, found, loading.plan_of(tail, found), target, depth + 1):
            return True
    return False


def _is_null(inst: Instance, key: str) -> bool:
    status = inst.attributes.get(key)
    if isinstance(status, Loaded):
        return status.value == NONE
    if key in inst.null_keys:
        return True
    return status is None and inst.expired is None and key in loading.null_keys(inst)


# A read that fails


def fail(
    interp: Interpreter,
    state: State,
    number: int,
    inst: Instance,
    attribute: Column | Relationship,
    cause: Cause,
    node: Node,
    operation: str,
    *,
    lost: bool,
    sure: bool = True,
) -> Value:
    """Records the read; gives what the program would have got, so that what hangs below it is seen too."""
    frame = interp.frame
    relationship = isinstance(attribute, Relationship)
    if inst.ghost is not None or frame.greenlet or interp.handled:
        if frame.greenlet and cause is inst.expired:
            _read_again(interp, state, number, node[1])
            inst = state.instance(number)
        if relationship:
            return loading.materialise(interp, state, number, attribute, ghost=inst.ghost)  # type: ignore[arg-type]
        if inst.ghost is None and not interp.handled:
            state.heap[number] = inst.with_status(attribute.name, Loaded(UNKNOWN))
        return UNKNOWN
    detached = inst.session == 0 and inst.life == "persistent"
    manner = (interp.hushed > 0, sure)
    key = (
        frame.path,
        node[1],
        operation,
        id(inst.model),
        attribute.name,
        inst.origin.place,
        cause.kind,
        cause.place,
        inst.path,
        detached,
        manner,
    )
    access = interp.met.get(key)
    if access is None:
        access = Access(
            interp.place(node[1]),
            frame.function.facts.qualname if frame.function else "<module>",
            inst.model,
            attribute.name,
            relationship,
            relationship and attribute.collection,  # type: ignore[union-attr]
            inst.origin,
            cause,
            detached,
            lost,
            inst.path,
            [],
            _confidence(interp, state, inst, cause, attribute) if sure else "medium",
            operation,
            option_place=inst.option,
            refresh=_refresh_site(interp, state, number, inst, node),
            can_await=frame.is_async,
            root=inst.root or inst.model,
            factory=_factory(state, inst),
            manner=manner,
            path_key=_read_key(interp, inst, attribute.name, node),
            key=key,
        )
        interp.met[key] = access
    interp.recording.accesses[key] = access
    add_trace(access, _trace(interp, inst, cause, node))
    interp.emit(access, number)
    if relationship:
        return loading.materialise(interp, state, number, attribute, ghost=access)  # type: ignore[arg-type]
    return UNKNOWN


def _factory(state: State, inst: Instance) -> Place | None:
    session = state.heap.get(inst.session)
    return session.factory if isinstance(session, Session) else None


def met_again(
    interp: Interpreter,
    state: State,
    access: Access,
    number: int,
    below: tuple[Hop, ...],
    position: Position,
    name: str,
) -> None:
    """A remembered call, made from here, meets the same read: its way leads through this call."""
    inst = state.heap.get(number)
    if not isinstance(inst, Instance):
        return
    met = merge(interp.met, replace(access, traces=[], needs=set()), own=True)
    interp.recording.accesses[access.key] = met
    tail = (Hop(interp.place(position), f"passed to `{name}`"), *below)
    add_trace(met, (*_trace(interp, inst, access.cause, (ir.NAME, position)), *tail))
    interp.emit(met, number, tail)


def hops_below(frame: Frame, callee: Frame) -> tuple[Hop, ...]:
    """The calls from the start of `callee` to `frame`, outermost first."""
    hops: list[Hop] = []
    current: Frame | None = frame
    while current is not None and current is not callee:
        if current.caller is not None and current.call is not None:
            name = current.function.name if current.function else ""
            what = "read through the property" if current.function and current.function.is_property else "passed to"
            hops.append(Hop((current.caller.path, current.call), f"{what} `{name}`"))
        current = current.caller
    return tuple(reversed(hops))


def _confidence(
    interp: Interpreter, state: State, inst: Instance, cause: Cause, attribute: Column | Relationship
) -> str:
    if (
        cause.kind == "construct"
        and inst.model.as_dataclass
        and isinstance(attribute, Relationship)
        and attribute.default_factory
        and interp.settings.before_2_1(interp.frame.path) is None
    ):
        return "low"  # before 2.1 the factory's value counts as loaded
    session = state.heap.get(inst.session)
    if interp.hushed:
        return "medium"
    if inst.origin.kind == "parameter" or inst.unknown_keywords:
        return "medium"
    if inst.assumed and cause.kind not in ("commit", "rollback", "expire"):
        return "medium"
    if isinstance(session, Session) and session.assumed and cause.kind in ("commit", "close"):
        return "medium"
    return "high"


def _trace(interp: Interpreter, inst: Instance, cause: Cause, node: Node) -> tuple[Hop, ...]:
    """The hops from the cause to the read: out of the functions that gave the value, then into those that got it."""
    hops: list[Hop] = []
    if cause.kind in ("query", "construct", "defer") or cause.place == inst.origin.place:
        if inst.origin.at is not None and inst.origin.at != inst.origin.place:
            hops.append(Hop(inst.origin.at, "executed here"))
        hops.extend(inst.via)
        home = inst.home
    else:
        hops.extend(cause.via)
        home = cause.home
    down: list[Hop] = []
    for frame in interp.frames():
        if frame.depth <= home or frame.call is None or frame.caller is None:
            break
        name = frame.function.name if frame.function else ""
        what = "read through the property" if frame.function and frame.function.is_property else "passed to"
        down.append(Hop((frame.caller.path, frame.call), f"{what} `{name}`"))
    hops.extend(reversed(down))
    return tuple(hops)


def _refresh_site(interp: Interpreter, state: State, number: int, inst: Instance, node: Node) -> RefreshSite | None:
    """The nearest frame, from the read outwards, that can await and has a name for both session and instance."""
    if not inst.session:
        return None
    position: Position = node[1]
    for frame in interp.frames():
        if frame.is_async:
            session = _name_of(state, frame, inst.session)
            instance = _instance_name(interp, state, frame, number, inst)
            if session and instance:
                return RefreshSite(session, instance, (frame.path, position))
        if frame.call is None:
            return None
        position = frame.call
    return None


def _name_of(state: State, frame: Frame, number: int) -> str:
    variables = state.variables.get(frame.id, {})
    for name, value in variables.items():
        if isinstance(name, str) and value == Ref(number):
            return name
    for name, value in variables.items():
        found = state.heap.get(value.id) if isinstance(value, Ref) and isinstance(name, str) else None
        if isinstance(found, Object):
            for attribute, held in found.attributes.items():
                if held == Ref(number) and not attribute.startswith("__"):
                    return f"{name}.{attribute}"
    return ""


def _instance_name(interp: Interpreter, state: State, frame: Frame, number: int, inst: Instance) -> str:
    for name, value in state.variables.get(frame.id, {}).items():
        if isinstance(name, str) and name.isidentifier() and value == Ref(number):
            return name
    return ""


# Lazy values


def use_lazy(interp: Interpreter, state: State, lazy: Lazy, position: Position) -> Value:
    """Iterating, counting or otherwise running a dynamic relationship."""
    inst = state.heap.get(lazy.instance)
    if lazy.kind != "dynamic" or not isinstance(inst, Instance):
        return UNKNOWN
    if inst.life in ("transient", "pending") or inst.sync:
        return UNKNOWN
    attribute = inst.model.attributes[lazy.name]
    assert isinstance(attribute, Relationship)
    if interp.frame.greenlet:
        return UNKNOWN
    fail(
        interp,
        state,
        lazy.instance,
        inst,
        attribute,
        Cause("query", inst.origin.place),
        (ir.NAME, position),
        "iterate",
        lost=False,
    )
    return UNKNOWN


def _read_again(interp: Interpreter, state: State, number: int, position: Position) -> None:
    """What I/O does to an expired instance: its row is read, and all that is loaded with it."""
    from rules.analysis import sessions

    inst = state.instance(number)
    if isinstance(inst.expired, Cause) and inst.ghost is None:
        sessions.refresh(interp, state, number, Arguments(), interp.place(position))
        again = state.instance(number)
        state.heap[number] = replace(again, attributes={**again.attributes, **inst.attributes}, changed=inst.changed)


def load_awaited(interp: Interpreter, state: State, lazy: Lazy, position: Position) -> Value:
    """`await obj.awaitable_attrs.name`: loads it, for later plain reads too."""
    inst = state.heap.get(lazy.instance)
    if not isinstance(inst, Instance) or not lazy.name:
        return UNKNOWN
    attribute = inst.model.attributes.get(lazy.name)
    outer = interp.frame.greenlet
    interp.frame.greenlet = True
    try:
        if isinstance(attribute, Relationship):
            status = inst.attributes.get(lazy.name)
            if isinstance(status, Loaded):
                return status.value
            _read_again(interp, state, lazy.instance, position)
            return loading.materialise(interp, state, lazy.instance, attribute, fresh_path=True)
        return read_instance(interp, state, lazy.instance, lazy.name, (ir.NAME, position, lazy.name))
    finally:
        interp.frame.greenlet = outer


# Writing


def write(
    interp: Interpreter, state: State, owner: Value, name: str, value: Value, target: Node, source: Node | None
) -> None:
    """`owner.name = value`."""
    for member in members(owner):
        if not isinstance(member, Ref):
            continue
        found = state.heap.get(member.id)
        if isinstance(found, Object):
            text = target[2]
            if text and text[0] == ir.NAME:
                state.forget_conditions(f"{interp.frame.id}:{text[2]}.{name}")
            setter = found.info.find_method(name)
            if setter is not None and setter.is_property:
                continue
            state.heap[member.id] = replace(found, attributes={**found.attributes, name: value})
        elif isinstance(found, Instance):
            write_instance(interp, state, member.id, name, value, target, source)


def write_instance(
    interp: Interpreter, state: State, number: int, name: str, value: Value, target: Node, source: Node | None
) -> None:
    from rules.analysis import sessions

    inst = state.instance(number)
    attribute = inst.model.attributes.get(name)
    _validate(interp, state, number, name, value, target)
    inst = state.instance(number)
    if inst.session and attribute is not None:
        sessions.begun(state, inst.session)
    if isinstance(attribute, Column):
        unread = not isinstance(inst.attributes.get(name), Loaded) and inst.life == "persistent"
        if unread and isinstance(inst.expired, Cause) and (attribute.primary_key or attribute.active_history):
            fail(interp, state, number, inst, attribute, inst.expired, target, "assign", lost=True)
            inst = state.instance(number)
        same = source is not None and source[0] == ir.ATTR and source[3] == name and source[2][2:] == target[2][2:]
        stored = _kept(value)
        changed = inst.changed if same else inst.changed | {name}
        state.heap[number] = replace(
            inst.with_status(name, Loaded(stored)),
            changed=changed,
            change_cause=interp.place(target[1]) if not same else inst.change_cause,
        )
        return
    if isinstance(attribute, Relationship):
        if (
            inst.life == "persistent"
            and not inst.sync
            and inst.ghost is None
            and not isinstance(inst.attributes.get(name), Loaded)
        ) and (
            (attribute.collection and attribute.lazy not in ("dynamic", "write_only", "noload"))
            or attribute.active_history
        ):
            node = (ir.ATTR, target[1], target[2] if len(target) > 2 else target, name)
            _read_relationship(interp, state, number, inst, attribute, node, "assign")
            inst = state.instance(number)
        loading.relate(interp, state, number, attribute, value)
        inst = state.instance(number)
        if attribute.many_to_one and not _found_by(state, inst, attribute, value):
            state.heap[number] = replace(inst, changed=inst.changed | {name}, change_cause=interp.place(target[1]))
        sessions.cascade(interp, state, number)
        return
    state.heap[number] = inst.with_status(name, Loaded(_kept(value)))


def _found_by(state: State, inst: Instance, relationship: Relationship, value: Value) -> bool:
    """Whether an instance was looked up by its key to the object that it is given: nothing changes then."""
    if not any(key in inst.compared for key in relationship.foreign_keys):
        return False
    given = [state.heap.get(member.id) for member in members(value) if isinstance(member, Ref)]
    return all(isinstance(one, Instance) and one.life == "persistent" for one in given)


def _kept(value: Value) -> Value:
    if isinstance(value, ExternalValue | AttributeValue):
        return SQL if value == SQL or isinstance(value, AttributeValue) else UNKNOWN
    return value if value == NONE or isinstance(value, Ref | Const) else UNKNOWN


def _validate(interp: Interpreter, state: State, number: int, name: str, value: Value, target: Node) -> None:
    """@validates methods and "set" listeners run at once, outside the greenlet."""
    from rules.analysis import calls

    inst = state.instance(number)
    for info in inst.model.info.mro:
        for method in info.methods.values():
            if "validates" in method.decorator_names and any(
                argument[0] == ir.CONST and argument[2] == name
                for decorator in method.facts.decorators
                if decorator[0] == ir.CALL
                for argument in decorator[3]
            ):
                calls.call_value(
                    interp,
                    state,
                    FunctionValue(method, Ref(number), raw=True),
                    Arguments((Const(name), value)),
                    target[1],
                )
    for listener in interp.settings.set_listeners.get((id(inst.model), name), ()):
        calls.call_value(
            interp,
            state,
            FunctionValue(listener, raw=True),
            Arguments((Ref(number), value, UNKNOWN, UNKNOWN)),
            target[1],
        )


def mutated(interp: Interpreter, state: State, owner: Value, name: str) -> None:
    """A collection attribute was changed in place by `+=`."""
    for member in members(owner):
        if isinstance(member, Ref) and isinstance(state.heap.get(member.id), Instance):
            from rules.analysis import sessions

            sessions.cascade(interp, state, member.id)


def collection_changed(
    interp: Interpreter, state: State, container: Container, name: str, arguments: Arguments, position: Position
) -> None:
    """`parent.children.append(child)` and its like: the collection is loaded now, the child knows its parent."""
    from rules.analysis import containers, sessions

    assert container.relation is not None
    number, attribute_name = container.relation
    inst = state.heap.get(number)
    if not isinstance(inst, Instance):
        return
    attribute = inst.model.attributes.get(attribute_name)
    if not isinstance(attribute, Relationship):
        return
    added: list[Value] = []
    if name in ("append", "add") and arguments.positional:
        added = list(members(arguments.positional[0]))
    elif name == "insert" and len(arguments.positional) == 2:
        added = list(members(arguments.positional[1]))
    elif name in ("extend", "update") and arguments.positional:
        added = list(members(containers.element_of(interp, state, arguments.positional[0], position)))
    if not isinstance(inst.attributes.get(attribute_name), Loaded):
        key = interp.key("collection", number, attribute_name)
        state.heap[number] = inst.with_status(attribute_name, Loaded(Ref(key)))
    for value in added:
        loading.reverse(interp, state, number, attribute, value)
    sessions.cascade(interp, state, number)
    for value in added:
        if isinstance(value, Ref) and isinstance(state.heap.get(value.id), Instance):
            sessions.join_session(interp, state, value.id, inst.session, inst.life)


# Text and comparison


def formatted(interp: Interpreter, state: State, value: Value, node: Node, method: str, depth: int = 0) -> None:
    """str() or repr() of a value: `__str__` and `__repr__` of model code read attributes."""
    from rules.analysis import calls

    if depth > 3:
        return  # a container may hold itself
    for member in members(value):
        if isinstance(member, Lazy):
            continue
        if isinstance(member, Tuple):
            for item in member.items:
                formatted(interp, state, item, node, "__repr__", depth + 1)
        found = state.heap.get(member.id) if isinstance(member, Ref) else None
        if isinstance(found, Container) and found.element is not None and found.kind != "group":
            formatted(interp, state, found.element, node, "__repr__", depth + 1)
        info = found.model.info if isinstance(found, Instance) else found.info if isinstance(found, Object) else None
        if info is None or not isinstance(member, Ref):
            continue
        function = (info.find_method("__str__") if method == "__str__" else None) or info.find_method("__repr__")
        if function is not None:
            calls.call_value(interp, state, bound(function, member), Arguments(), node[1])
        elif isinstance(found, Instance) and found.model.as_dataclass:
            for attribute in found.model.attributes.values():
                if not isinstance(attribute, Relationship) or attribute.in_repr:
                    read_instance(
                        interp, state, member.id, attribute.name, (ir.NAME, node[1], attribute.name), "serialise"
                    )


def equated(interp: Interpreter, state: State, left: Value, right: Value, node: Node) -> None:
    """`a == b`: a generated or written `__eq__` reads attributes."""
    from rules.analysis import calls

    for member in members(left):
        found = state.heap.get(member.id) if isinstance(member, Ref) else None
        if not isinstance(found, Instance) or not isinstance(member, Ref):
            continue
        function = found.model.info.find_method("__eq__")
        if function is not None:
            calls.call_value(interp, state, bound(function, member), Arguments((right,)), node[1])
        elif found.model.as_dataclass and any(
            isinstance(other, Ref) and isinstance(state.heap.get(other.id), Instance) for other in members(right)
        ):
            everything(interp, state, member.id, node[1], "compare")


def everything(interp: Interpreter, state: State, number: int, position: Position, operation: str) -> None:
    """Reads every mapped attribute: dataclasses.asdict, generated comparison."""
    inst = state.heap.get(number)
    if isinstance(inst, Instance):
        for name in list(inst.model.attributes):
            read_instance(interp, state, number, name, (ir.NAME, position, name), operation)


__all__ = ["MAYBE", "SQL", "Condition", "Coroutine", "read", "read_instance", "write"]
