"""What a condition tells: None checks, isinstance, `"rel" in obj.__dict__`, and flags that are asked more than once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rules.analysis import attributes, chosen, containers
from rules.analysis.copying import replace
from rules.analysis.state import MAYBE, Clause, Container, Instance, Loaded, Object, Session, State
from rules.analysis.values import (
    FALSE,
    NONE,
    TRUE,
    UNKNOWN,
    AnyOf,
    AttributeNames,
    AttributeValue,
    ClassValue,
    Condition,
    Const,
    ExternalValue,
    InstanceDict,
    Method,
    Ref,
    Tuple,
    Unknown,
    Value,
    any_of,
    members,
    truth,
)
from rules.index.models import Column
from rules.source import ir
from rules.source.ir import Node, Position

if TYPE_CHECKING:
    from rules.analysis.interpreter import Interpreter


_CONTAINERS = frozenset(
    {"builtins.list", "builtins.dict", "builtins.tuple", "builtins.set", "builtins.str", "builtins.int"}
)


NO_VALUE = ExternalValue("sa.NO_VALUE")


def text_of(node: Node, frame: int) -> str:
    """The text by which a condition is recognised when it is asked again; '' where that would be a guess."""
    text = _text(node)
    return f"{frame}:{text}" if text else ""


def clause_of(parts: Sequence[Node], frame: int, verdict: bool) -> Clause | None:
    """That one of several conditions has a verdict; None where one of them cannot be recognised."""
    found: set[tuple[str, bool]] = set()
    for part in parts:
        wanted = verdict
        while part[0] == ir.NOT:
            part, wanted = part[2], not wanted
        text = text_of(part, frame)
        if not text:
            return None
        found.add((text, wanted))
    return frozenset(found)


def _text(node: Node) -> str:
    kind = node[0]
    if kind == ir.NAME:
        return str(node[2])
    if kind == ir.ATTR:
        inner = _text(node[2])
        return f"{inner}.{node[3]}" if inner else ""
    if kind == ir.CONST:
        return repr(node[2])
    if kind == ir.COMPARE and len(node[3]) == 1:
        left, right = _text(node[2]), _text(node[4][0])
        if left and right:
            return f"{left} {node[3][0]} {right}"
    if kind == ir.CALL and not node[4]:
        parts = [_text(node[2]), *(_text(argument) for argument in node[3])]
        if all(parts) and (parts[0] in ("isinstance", "bool", "len") or parts[0].endswith(".get")):
            return f"{parts[0]}({','.join(parts[1:])})"
    if kind == ir.SUB and node[3][0] == ir.CONST:
        inner = _text(node[2])
        return f"{inner}[{node[3][2]!r}]" if inner else ""
    return ""


def refine(interp: Interpreter, state: State, test: Node, value: Value, verdict: bool) -> bool:
    """Writes into the state what follows from a verdict; False when the path is impossible."""
    kind = test[0]
    if kind == ir.NOT:
        return refine(interp, state, test[2], value, not verdict)
    if kind == ir.WALRUS:
        return _narrow(interp, state, (ir.NAME, test[1], test[2]), lambda v: _truth_allows(state, v, verdict))
    if kind in (ir.NAME, ir.ATTR):
        for member in members(value):
            if isinstance(member, Condition):
                _learn(state, member, verdict)
        if isinstance(value, AttributeNames):
            return chosen.by_truth(interp, state, test, verdict)
        if not verdict and not _without_key(interp, state, test):
            return False
        return _narrow(interp, state, test, lambda v: _truth_allows(state, v, verdict))
    if kind == ir.COMPARE and len(test[3]) == 1:
        return _compared(interp, state, test, value, verdict)
    for member in members(value):
        if isinstance(member, Condition):
            _learn(state, member, verdict)
    if kind == ir.CALL and test[2][0] == ir.ATTR and test[2][3] == "empty" and verdict:
        _emptied(interp, state, test[2][2])
    if kind == ir.CALL and test[2][0] == ir.NAME and test[2][2] == "isinstance" and len(test[3]) == 2:
        return _instance_of(interp, state, test, verdict)
    return True


def _without_key(interp: Interpreter, state: State, key: Node) -> bool:
    """Keeps the alternatives of `obj` whose key `obj.owner_id` can be NULL; False when none is left."""
    if key[0] != ir.ATTR or key[2][0] != ir.NAME:
        return True
    return _narrow(interp, state, key[2], lambda owner: not _has_key(state, owner, key[3]))


def _has_key(state: State, owner: Value, name: str) -> bool:
    inst = state.heap.get(owner.id) if isinstance(owner, Ref) else None
    if not isinstance(inst, Instance) or inst.life != "persistent":
        return False
    column = inst.model.attributes.get(name)
    is_key = isinstance(column, Column) and bool(column.foreign_key or column.primary_key) and not column.nullable
    return is_key and inst.attributes.get(name) != Loaded(NONE)


def _emptied(interp: Interpreter, state: State, node: Node) -> None:
    for member in members(interp.evaluate(node, state)):
        found = state.heap.get(member.id) if isinstance(member, Ref) else None
        if isinstance(found, Container) and isinstance(member, Ref):
            state.heap[member.id] = Container(found.kind)


def _compared(interp: Interpreter, state: State, test: Node, value: Value, verdict: bool) -> bool:
    for member in members(value):
        if isinstance(member, Condition):
            _learn(state, member, verdict)
    operation, right = test[3][0], test[4][0]
    left = test[2]
    if left[0] in (ir.NAME, ir.ATTR) and isinstance(chosen.variable(interp, state, left)[1], AttributeNames):
        return chosen.by_comparison(interp, state, test, verdict)
    if right[0] == ir.CONST and right[2] is None and operation in ("Is", "IsNot", "Eq", "NotEq"):
        none = (operation in ("Is", "Eq")) is verdict
        target = (ir.NAME, left[1], left[2]) if left[0] == ir.WALRUS else left
        if none and not _without_key(interp, state, left):
            return False
        return _narrow(interp, state, target, lambda v: (v == NONE or isinstance(v, Unknown)) if none else v != NONE)
    if (operation == "NotEq" and verdict) or (operation == "Eq" and not verdict):
        for part in (left, right):
            _note_comparison(interp, state, part, equal=False)
    if (
        right[0] == ir.CONST
        and isinstance(right[2], bool | str)
        and operation in ("Eq", "Is")
        and verdict
        and left[0] == ir.NAME
    ):
        state.set(interp.frame.id, left[2], Const(right[2]))
    return True


def _truth_allows(state: State, value: Value, verdict: bool) -> bool:
    known = truth(value)
    if isinstance(value, Ref) and containers.is_true(state.heap.get(value.id)):
        known = True
    return known is None or known is verdict


def _narrow(interp: Interpreter, state: State, target: Node, allowed: object) -> bool:
    """Keeps the alternatives of a variable that a verdict allows; False when none is left."""
    if target[0] == ir.NAME:
        current = state.get(interp.frame.id, target[2])
        if current is None:
            return True
        kept = [v for v in members(current) if allowed(v)]  # type: ignore[operator]
        if not _instances_allowed(state, kept):
            return False
        if not kept:
            return False
        narrowed = any_of(kept)
        if narrowed != current:
            state.set(interp.frame.id, target[2], narrowed)
        return True
    if target[0] == ir.ATTR and target[2][0] == ir.NAME:
        owner = interp.evaluate(target[2], state)
        if isinstance(owner, Ref):
            found = state.heap.get(owner.id)
            if isinstance(found, Object) and target[3] in found.attributes:
                kept = [v for v in members(found.attributes[target[3]]) if allowed(v)]  # type: ignore[operator]
                if not kept:
                    return False
                state.heap[owner.id] = replace(found, attributes={**found.attributes, target[3]: any_of(kept)})
    return True


def _instances_allowed(state: State, kept: list[Value]) -> bool:
    return True


def _learn(state: State, condition: Condition, verdict: bool) -> None:
    if condition.kind == "loaded" and isinstance(condition.subject, InstanceDict):
        found = state.heap.get(condition.subject.instance)
        if isinstance(found, Instance):
            if not condition.name:
                state.heap[condition.subject.instance] = replace(
                    found, assumed=True, expired=MAYBE if found.expired else None
                )
            elif verdict is condition.positive and not isinstance(found.attributes.get(condition.name), Loaded):
                state.heap[condition.subject.instance] = found.with_status(condition.name, MAYBE)


def _instance_of(interp: Interpreter, state: State, test: Node, verdict: bool) -> bool:
    kinds: list[ClassValue | ExternalValue] = []
    for item in members(interp.evaluate(test[3][1], state)):
        kinds.extend(
            m for m in (item.items if isinstance(item, Tuple) else (item,)) if isinstance(m, ClassValue | ExternalValue)
        )
    if not kinds:
        return True

    def allowed(value: Value) -> bool:
        is_one = _is_a(state, value, kinds)
        return is_one is None or is_one is verdict

    return _narrow(interp, state, test[3][0], allowed)


def _is_a(state: State, value: Value, kinds: Sequence[ClassValue | ExternalValue]) -> bool | None:
    if isinstance(value, Const):
        return False if value.value is None else None
    found = state.heap.get(value.id) if isinstance(value, Ref) else None
    if isinstance(found, Session):
        names = {kind.name for kind in kinds if isinstance(kind, ExternalValue)}
        wanted = "sa.AsyncSession" if found.kind == "async" else "sa.Session"
        return wanted in names if names & {"sa.AsyncSession", "sa.Session"} and len(names) == len(kinds) else None
    if any(isinstance(kind, ExternalValue) for kind in kinds):
        plain = all(isinstance(kind, ExternalValue) and kind.name in _CONTAINERS for kind in kinds)
        return False if plain and isinstance(found, Instance) else None
    if isinstance(found, Container):
        return False
    if found is None:
        return None
    info = found.model.info if isinstance(found, Instance) else found.info
    classes = [kind.info for kind in kinds if isinstance(kind, ClassValue)]
    if any(kind in info.ancestors for kind in classes):
        return True
    if any(info in kind.ancestors for kind in classes):
        return None
    return False


def compare(interp: Interpreter, state: State, node: Node, left: Value, operation: str, right: Value) -> Value:
    """The value of `left operation right`, and the reads that it makes."""
    if operation != "Is" and isinstance(left, AttributeValue):
        return Method(
            left, "referred" if operation == "Eq" and _is_reference(interp, state, left, node[4][0]) else "compared"
        )
    if operation in ("In", "NotIn"):
        for member in members(right):
            if isinstance(member, InstanceDict):
                name = left.value if isinstance(left, Const) and isinstance(left.value, str) else ""
                positive = (operation == "In") is (member.view != "unloaded")
                return Condition("loaded", member, name, positive)
        containers.element_of(interp, state, right, node[1])
        return UNKNOWN
    if operation in ("Is", "IsNot", "Eq", "NotEq"):
        equal = operation in ("Is", "Eq")
        if isinstance(right, AttributeValue):
            return Method(right, "compared")
        for part in (node[2], node[4][0]):
            _note_comparison(interp, state, part)
        if operation in ("Eq", "NotEq"):
            attributes.equated(interp, state, left, right, node)
        if right == NO_VALUE:
            for member in members(left):
                if isinstance(member, InstanceDict) and member.view == "loaded_value":
                    return Condition("loaded", member, member.attribute, not equal)
        verdicts = {_equal(a, b) for a in members(left) for b in members(right)}
        if len(verdicts) == 1:
            verdict = verdicts.pop()
            if verdict is not None:
                return TRUE if verdict is equal else FALSE
    return UNKNOWN


def _is_reference(interp: Interpreter, state: State, key: AttributeValue, node: Node) -> bool:
    """Whether a primary key is compared with a foreign key of an object: `User.id == item.owner_id`."""
    column = key.model.attributes.get(key.name)
    if not isinstance(column, Column) or not column.primary_key or node[0] != ir.ATTR or node[2][0] != ir.NAME:
        return False
    owner = interp.evaluate(node[2], state)
    inst = state.heap.get(owner.id) if isinstance(owner, Ref) else None
    reference = inst.model.attributes.get(node[3]) if isinstance(inst, Instance) else None
    return (
        isinstance(reference, Column)
        and bool(reference.foreign_key)
        and isinstance(inst, Instance)
        and not inst.compared & {node[3], "*"}
        and node[3] not in inst.attributes
    )


def _note_comparison(interp: Interpreter, state: State, node: Node, *, equal: bool = True) -> None:
    """`item.owner_id == user.id`: the code knows of this key what its value is compared with, unless they differ."""
    if node[0] != ir.ATTR or node[2][0] != ir.NAME:
        return
    for member in members(interp.evaluate(node[2], state)):
        inst = state.heap.get(member.id) if isinstance(member, Ref) else None
        column = inst.model.attributes.get(node[3]) if isinstance(inst, Instance) else None
        if isinstance(column, Column) and column.foreign_key and isinstance(inst, Instance) and isinstance(member, Ref):
            known = inst.compared | {column.name} if equal else inst.compared - {column.name}
            state.heap[member.id] = replace(inst, compared=known)


def _equal(left: Value, right: Value) -> bool | None:
    if isinstance(left, Const) and isinstance(right, Const):
        return bool(left.value == right.value)
    if NONE in (left, right) and not isinstance(left, Unknown) and not isinstance(right, Unknown):
        return left == right
    if isinstance(left, ClassValue) and isinstance(right, ClassValue):
        return left.info is right.info
    return None


def matches(interp: Interpreter, state: State, pattern: Node, value: Value, position: Position) -> bool:
    """Binds what a pattern binds and makes the reads that matching makes; False when it cannot match."""
    kind = pattern[0]
    if kind == "bind":
        if pattern[2] is not None and not matches(interp, state, pattern[2], value, position):
            return False
        if pattern[1]:
            state.set(interp.frame.id, pattern[1], value)
        return True
    if kind == "value":
        wanted = interp.evaluate(pattern[1], state)
        verdicts = {_equal(a, b) for a in members(value) for b in members(wanted)}
        return verdicts != {False}
    if kind == "class":
        return _matches_class(interp, state, pattern, value, position)
    if kind == "seq":
        parts = [
            m for m in members(value) if isinstance(m, Tuple) and not m.repeated and len(m.items) == len(pattern[1])
        ]
        for number, inner in enumerate(pattern[1]):
            item = any_of(part.items[number] for part in parts) if parts else UNKNOWN
            if not matches(interp, state, inner, item, position):
                return False
        return True
    if kind == "or":
        return any(matches(interp, state, inner, value, position) for inner in pattern[1])
    if kind == "map":
        for key, inner in pattern[1]:
            found = containers.item(interp, state, value, interp.evaluate(key, state), position)
            if not matches(interp, state, inner, found, position):
                return False
        return True
    return True


def _matches_class(interp: Interpreter, state: State, pattern: Node, value: Value, position: Position) -> bool:
    wanted = [m for m in members(interp.evaluate(pattern[1], state)) if isinstance(m, ClassValue)]
    kept = [m for m in members(value) if not wanted or _is_a(state, m, wanted) is not False]
    if not kept:
        return False
    for name, inner in pattern[2]:
        if name is None:
            matches(interp, state, inner, UNKNOWN, position)
            continue
        node = (ir.ATTR, pattern[1][1], pattern[1], name)
        item = attributes.read(interp, state, any_of(kept), name, node)
        if not matches(interp, state, inner, item, position):
            return False
    return True


__all__ = ["AnyOf", "compare", "matches", "refine", "text_of"]
