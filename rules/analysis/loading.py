"""What a query, a construction or a refresh has loaded of an instance, and the objects that hang below it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rules.analysis.accesses import Access, Cause
from rules.analysis.copying import replace
from rules.analysis.state import MAYBE, Container, Instance, Loaded, LoadPlan, State, changed
from rules.analysis.values import NONE, UNKNOWN, LoadStep, Option, Ref, Tuple, Value, any_of, members
from rules.index.models import Column, Model, Relationship

if TYPE_CHECKING:
    from rules.analysis.interpreter import Interpreter

EAGER = frozenset(
    {
        "selectinload",
        "joinedload",
        "subqueryload",
        "immediateload",
        "contains_eager",
        "eagerload",
        "selectin_polymorphic",
    }
)
MAPPED_EAGER = frozenset({"joined", "selectin", "subquery", "immediate"})
REFRESHED = 0
"""Among the models of a loading path: it begins with a refresh, which loads collections of the class itself, too."""

PERHAPS_KNOWN = "a dependency may have loaded it"
"""The note of a cause that is not sure: an object that a dependency gave has it loaded, and may be the same one."""


def provided(state: State) -> dict[Value, None]:
    """What dependencies gave: it stays alive until the request is answered."""
    return dict.fromkeys(
        member
        for key, value in state.variables[0].items()
        if isinstance(key, tuple) and key[0] == "provided"
        for member in members(value)
    )


def plan_of(options: Iterable[Option], model: Model | None, *, unknown: bool = False) -> LoadPlan:
    """The load plan of an instance of `model` whose query has these options."""
    steps: dict[str, tuple[LoadStep, tuple[Option, ...]]] = {}
    wildcard, deep = "", False
    only: frozenset[str] | None = None
    deferred: set[str] = set()
    undeferred: set[str] = set()
    for option in options:
        if not option.steps:
            unknown = True
            continue
        step, rest = option.steps[0], option.steps[1:]
        if step.model is not None and model is not None and not (model.is_a(step.model) or step.model.is_a(model)):
            continue
        if step.strategy == "load_only":
            only = (only or frozenset()) | frozenset(step.columns)
        elif step.strategy == "defer":
            deferred.update(step.columns)
        elif step.strategy == "undefer":
            undeferred.update(step.columns)
        elif step.strategy == "undefer_group":
            undeferred.update(f"group {name}" for name in step.columns)
        elif step.attribute == "*":
            wildcard, deep = step.strategy, step.model is None
        else:
            below: list[Option] = [Option(rest)] if rest else []
            below.extend(step.children)
            if step.depth:
                below.append(Option((replace(step, depth=step.depth - 1 if step.depth > 0 else -1),)))
            known = steps.get(step.attribute)
            if known is not None:
                below = [*known[1], *below]
                if known[0].strategy in EAGER and step.strategy not in EAGER:
                    step = known[0]
            steps[step.attribute] = (step, tuple(dict.fromkeys(below)))
    return LoadPlan(steps, wildcard, deep, only, frozenset(deferred), frozenset(undeferred), unknown)


def covers(mine: tuple[Option, ...], theirs: tuple[Option, ...], depth: int = 0) -> bool:
    """Whether options load all that others load, level by level."""
    if not theirs:
        return True
    one, other = plan_of(mine, None), plan_of(theirs, None)
    if other.wildcard or other.unknown or depth > 6:
        return False
    for name, (step, tail) in other.steps.items():
        if step.strategy in EAGER:
            found = one.steps.get(name)
            if found is None or found[0].strategy not in EAGER or not covers(found[1], tail, depth + 1):
                return False
    return True


def planned(interp: Interpreter, inst: Instance, relationship: Relationship) -> str:
    """`loaded`, `unloaded`, `empty`, `raise`, or `silent` where it cannot be told."""
    entry = step_for(interp, inst, relationship)
    strategy = entry[0].strategy if entry is not None else inst.plan.wildcard
    if strategy in EAGER:
        return "loaded" if inst.selected else "unloaded"
    if strategy == "lazyload":
        return "unloaded"
    if strategy == "noload":
        return "empty"
    if strategy == "raiseload":
        return "raise"
    if inst.plan.unknown and entry is None:
        return "silent"
    if relationship.lazy == "noload":
        return "empty"
    if relationship.lazy in ("raise", "raise_on_sql"):
        return "raise" if inst.selected else "unloaded"
    if relationship.lazy in MAPPED_EAGER and inst.selected:
        target = interp.models.of(relationship.target_class)
        if target is None:
            return "silent"
        if relationship.join_depth:
            depth = len(inst.models) - inst.models.count(REFRESHED)
            return "loaded" if depth <= relationship.join_depth else "unloaded"
        if id(target) not in inst.models or entry is not None:
            return "loaded"
        to_itself = relationship.collection and target is inst.model and relationship.lazy != "joined"
        if relationship.lazy == "immediate" or (to_itself and REFRESHED in inst.models):
            return "silent"
        return "unloaded"
    return "silent" if _loaded_on_the_way_back(inst, relationship) else "unloaded"


def _begins_anew(inst: Instance, relationship: Relationship) -> bool:
    """An immediate load is a query of its own, which does not know the path that led to it."""
    entry = inst.plan.steps.get(relationship.name)
    return (entry[0].strategy if entry is not None else relationship.lazy) in {"immediate", "immediateload"}


def _loaded_on_the_way_back(inst: Instance, relationship: Relationship) -> bool:
    """Whether options lead to what the object refers to, from there back to it, and load more there."""
    for step, tail in inst.plan.steps.values():
        there = inst.model.attributes.get(step.attribute)
        if not isinstance(there, Relationship) or not there.back_populates:
            continue
        for option in tail:
            back, onward = option.steps[0], option.steps[1:2]
            further = (*onward, *(child.steps[0] for child in back.children if child.steps))
            if back.attribute == there.back_populates and any(
                one.attribute == relationship.name and one.strategy in EAGER for one in further
            ):
                return True
    return False


def column_cause(interp: Interpreter, inst: Instance, column: Column) -> Cause | None:
    """Why a column that nobody touched is not loaded; None when it is."""
    name, plan = column.name, inst.plan
    if not inst.selected:
        return _new_column_cause(interp, inst, column)
    if plan.unknown:
        return None
    if plan.only is not None and name not in plan.only and name not in plan.undeferred and not column.primary_key:
        return Cause("defer", inst.origin.place, "load_only")
    if name in plan.deferred and name not in plan.undeferred and not column.primary_key:
        return Cause("defer", inst.origin.place, "defer")
    undeferred = bool(plan.undeferred & {name, "*"}) or f"group {column.deferred_group}" in plan.undeferred
    if column.deferred and not undeferred and not (plan.only and name in plan.only):
        return Cause("defer", inst.origin.place, "deferred")
    return None


def _new_column_cause(interp: Interpreter, inst: Instance, column: Column) -> Cause | None:
    if column.primary_key or column.has_default or inst.unknown_keywords:
        return None
    if column.expression:
        return Cause("flush", inst.origin.place, "expression")
    if column.server_default:
        if inst.model.eager_defaults is False:
            return Cause("flush", inst.origin.place, "server default")
        if inst.model.joined and column.name in inst.model.own and inst.model.eager_defaults is not True:
            return Cause("flush", inst.origin.place, "server default of a joined table")
        return None
    if column.deferred:
        return Cause("defer", inst.origin.place, "deferred")
    return None


def step_for(
    interp: Interpreter, inst: Instance, relationship: Relationship
) -> tuple[LoadStep, tuple[Option, ...]] | None:
    """The step of the options that names a relationship: at its place, or on a way that leads back to the instance."""
    steps = inst.plan.steps
    found = steps.get(relationship.name)
    if found is not None or not steps:
        return found
    for name, (step, tail) in steps.items():
        away = inst.model.attributes.get(name)
        if not tail or step.strategy not in EAGER or not isinstance(away, Relationship):
            continue
        target = interp.models.of(away.target_class)
        back = _reverse_name(interp, away, inst.model, target) if target is not None else ""
        if back:
            returning = plan_of(tail, target).steps.get(back)
            if returning is not None and returning[0].strategy in EAGER:
                found = plan_of(returning[1], inst.model).steps.get(relationship.name)
                if found is not None:
                    return found
    return None


def null_keys(inst: Instance, *, assigned: bool = True) -> tuple[str, ...]:
    """The keys that are known to be NULL: by the query, or since nothing gave a new object's key a value.

    With `assigned`, those too to which the code gave None.
    """
    known = {key for key in inst.null_keys if key not in inst.attributes}
    if inst.expired is not None:
        return tuple(sorted(known))
    new = not inst.selected and not inst.unknown_keywords
    for relationship in inst.model.relationships if new or inst.attributes else ():
        if not relationship.many_to_one or relationship.name in inst.attributes:
            continue
        for key in relationship.foreign_keys:
            if key in inst.attributes:
                if assigned and inst.attributes[key] == Loaded(NONE):
                    known.add(key)
            elif new:
                column = inst.model.attributes.get(key)
                if not (isinstance(column, Column) and (column.has_default or column.server_default)):
                    known.add(key)
    return tuple(sorted(known))


def child_plan(interp: Interpreter, inst: Instance, relationship: Relationship) -> tuple[LoadPlan | None, object]:
    """The options that go on below a relationship, and where the one that loads it is written."""
    target_options: tuple[Option, ...] = ()
    place = None
    entry = step_for(interp, inst, relationship)
    if entry is not None:
        place = entry[0].place
        target_options = entry[1]
    if inst.plan.deep_wildcard:
        target_options = (*target_options, Option((LoadStep(None, "*", inst.plan.wildcard),)))
    return (plan_of(target_options, None, unknown=inst.plan.unknown and entry is None), place)


def materialise(
    interp: Interpreter,
    state: State,
    number: int,
    relationship: Relationship,
    *,
    ghost: Access | None = None,
    fresh_path: bool = False,
) -> Value:
    """The loaded value of a relationship, made when it is first wanted; remembered unless it is a ghost."""
    inst = state.instance(number)
    target = interp.models.of(relationship.target_class)
    if target is None:
        return UNKNOWN
    if len(inst.path) > 12:
        return UNKNOWN
    parent = _parent(state, inst, relationship) if ghost is None else None
    if parent is not None:
        state.heap[number] = inst.with_status(relationship.name, Loaded(Ref(parent)))
        return Ref(parent)
    plan, place = child_plan(interp, inst, relationship)
    child = interp.key("child", number, relationship.name, id(ghost) if ghost else 0)
    lazily = fresh_path or (ghost is None and planned(interp, inst, relationship) != "loaded")
    back = _reverse_name(interp, relationship, inst.model, target)
    attributes = {back: Loaded(Ref(number), by_identity=True)} if back and inst.detached is None else {}
    made = Instance(
        target,
        inst.origin,
        inst.session,
        "persistent",
        plan or LoadPlan(),
        True,
        attributes,
        path=() if lazily else (*inst.path, (inst.model, relationship.name)),
        models=(id(target),) if _begins_anew(inst, relationship) else (*inst.models, id(target)),
        root=target if lazily else inst.root,
        via=inst.via,
        home=inst.home,
        option=place,  # type: ignore[arg-type]
        ghost=ghost,
        sync=inst.sync,
        detached=inst.detached,
    )
    if ghost is None and inst.session:
        from rules.analysis import sessions

        made = sessions.met_below(interp, state, made, inst)
    state.heap[child] = made
    value: Value = Ref(child)
    if relationship.collection:
        key = interp.key("collection", number, relationship.name, id(ghost) if ghost else 0)
        state.heap[key] = Container(
            "list", Ref(child), None, None, (number, relationship.name) if ghost is None else None
        )
        value = Ref(key)
    if ghost is None:
        state.heap[number] = inst.with_status(relationship.name, Loaded(value))
    return value


def _parent(state: State, inst: Instance, relationship: Relationship) -> int | None:
    """The object from whose collection an instance came, where a relationship leads back to it, by whatever key."""
    if not relationship.many_to_one or not inst.path or not inst.session:
        return None
    above, name = inst.path[-1]
    if name != relationship.back_populates:
        return None
    for number, found in state.heap.items():
        if (
            isinstance(found, Instance)
            and found.model is above
            and found.session == inst.session
            and found.origin == inst.origin
            and found.path == inst.path[:-1]
            and isinstance(found.attributes.get(name), Loaded)
        ):
            return number
    return None


def silent(interp: Interpreter, state: State, number: int, inst: Instance, relationship: Relationship) -> Value:
    """A value of the right type of which nothing else is known."""
    target = interp.models.of(relationship.target_class)
    if target is None or len(inst.path) > 6:
        return UNKNOWN
    child = interp.key("unknown child", number, relationship.name)
    if child not in state.heap:
        state.heap[child] = Instance(
            target,
            inst.origin,
            inst.session,
            path=(*inst.path, (inst.model, relationship.name)),
            assumed=True,
            sync=inst.sync,
            via=inst.via,
            home=inst.home,
            root=inst.root,
        )
    if relationship.collection:
        key = interp.key("unknown collection", number, relationship.name)
        if key not in state.heap:
            state.heap[key] = Container("list", Ref(child))
        return Ref(key)
    return Ref(child)


def loaded_since(interp: Interpreter, before: State, after: Iterable[State]) -> dict[int, Instance]:
    """The instances of which a path has loaded more, as they were, with what there may be of it where that failed."""
    found: dict[int, Instance] = {}
    for path in after:
        for number in changed(before.heap, path.heap):
            one, two = before.heap.get(number), path.heap[number]
            if isinstance(one, Instance) and isinstance(two, Instance):
                perhaps = _perhaps_loaded(interp, one, two)
                if perhaps is not None:
                    found[number] = perhaps
    return found


def _perhaps_loaded(interp: Interpreter, one: Instance, two: Instance) -> Instance | None:
    again = isinstance(one.expired, Cause) and two.expired is None
    more = [
        relationship.name
        for relationship in one.model.relationships
        if isinstance(two.attributes.get(relationship.name), Loaded)
        and not isinstance(one.attributes.get(relationship.name), Loaded)
        and (again or planned(interp, one, relationship) != "loaded")
    ]
    if not again and not more:
        return None
    return replace(
        one, attributes={**one.attributes, **dict.fromkeys(more, MAYBE)}, expired=MAYBE if again else one.expired
    )


def empty_collection(interp: Interpreter, state: State, number: int, relationship: Relationship) -> Value:
    """The empty list that a new object shows: it counts as set only when something is put in."""
    key = interp.key("collection", number, relationship.name)
    state.heap[key] = Container("list", None, None, None, (number, relationship.name))
    return Ref(key)


def _reverse_name(interp: Interpreter, relationship: Relationship, owner: Model, target: Model) -> str:
    """The many-to-one by which a target of a loaded collection finds back without SQL."""
    if relationship.many_to_one or relationship.secondary:
        return ""
    named = target.attributes.get(relationship.back_populates) if relationship.back_populates else None
    if isinstance(named, Relationship):
        return named.name if named.many_to_one and named.to_primary_key else ""
    found = [
        r
        for r in target.relationships
        if r.many_to_one and r.to_primary_key and owner is interp.models.of(r.target_class)
    ]
    return found[0].name if len(found) == 1 else ""


def relate(interp: Interpreter, state: State, number: int, relationship: Relationship, value: Value) -> None:
    """Sets a relationship and, through back_populates, the other side."""
    state.instance(number)
    stored = value
    if relationship.collection:
        from rules.analysis import containers

        element = containers.element_of(interp, state, value, (0, 0, 0, 0)) if not _is_empty(state, value) else None
        key = interp.key("collection", number, relationship.name)
        state.heap[key] = Container("list", element, None, None, (number, relationship.name))
        stored = Ref(key)
        for member in members(element) if element is not None else ():
            reverse(interp, state, number, relationship, member)
    else:
        for member in members(value):
            reverse(interp, state, number, relationship, member)
    current = state.heap[number]
    assert isinstance(current, Instance)
    state.heap[number] = current.with_status(relationship.name, Loaded(stored))


def _is_empty(state: State, value: Value) -> bool:
    if isinstance(value, Tuple):
        return not value.items
    found = state.heap.get(value.id) if isinstance(value, Ref) else None
    return isinstance(found, Container) and found.element is None


def reverse(interp: Interpreter, state: State, number: int, relationship: Relationship, value: Value) -> None:
    """back_populates: what setting `relationship` of one object to `value` does to `value`."""
    other = state.heap.get(value.id) if isinstance(value, Ref) else None
    if not isinstance(other, Instance) or not isinstance(value, Ref):
        return
    back = other.model.attributes.get(relationship.back_populates)
    if not isinstance(back, Relationship):
        return
    if not back.collection:
        state.heap[value.id] = other.with_status(back.name, Loaded(Ref(number)))
        return
    known = other.attributes.get(back.name)
    key = interp.key("collection", value.id, back.name)
    if (
        isinstance(known, Loaded)
        and isinstance(known.value, Ref)
        and isinstance(state.heap.get(known.value.id), Container)
    ):
        collection = state.heap[known.value.id]
        assert isinstance(collection, Container)
        state.heap[known.value.id] = replace(
            collection, element=any_of((collection.element, Ref(number))) if collection.element else Ref(number)
        )
    elif other.life in ("transient", "pending"):
        state.heap[key] = Container("list", Ref(number), None, None, (value.id, back.name))
        state.heap[value.id] = other.with_status(back.name, Loaded(Ref(key)))


__all__ = ["NONE", "column_cause", "materialise", "plan_of", "planned", "relate", "reverse", "silent"]
