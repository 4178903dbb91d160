"""Which of a model's attributes a loop over their names goes on with, after it has asked for something about each."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from rules.analysis import attributes, containers
from rules.analysis.copying import replace
from rules.analysis.state import State
from rules.analysis.values import NONE, AttributeNames, Const, ExternalValue, Value, members
from rules.index.models import Attribute, Column, Relationship
from rules.source import ir
from rules.source.ir import Node

if TYPE_CHECKING:
    from rules.analysis.interpreter import Interpreter

Verdict = Callable[[AttributeNames, Attribute], bool | None]


def by_truth(interp: Interpreter, state: State, test: Node, verdict: bool) -> bool:
    """Keeps what `if rel.cascade.delete:` leaves of `rel`; False when nothing is left."""
    return _keep(interp, state, test, lambda one, attribute: _truth(attribute, one.trait), verdict)


def by_comparison(interp: Interpreter, state: State, test: Node, verdict: bool) -> bool:
    """The same of `rel.key != "author"`, `rel.key in NAMES`, `rel.direction is MANYTOONE`."""
    operation, right = test[3][0], interp.evaluate(test[4][0], state)
    if operation in ("In", "NotIn"):
        found = containers.known_elements(state, right)
    else:
        found = list(members(right)) if len(members(right)) == 1 else None
    if found is None or operation not in ("In", "NotIn", "Eq", "NotEq", "Is", "IsNot"):
        return True
    wanted = [_named(value) for value in found]
    if None in wanted:
        return True
    positive = operation in ("In", "Eq", "Is")

    def is_one(one: AttributeNames, attribute: Attribute) -> bool | None:
        mine = _text(attribute, one.trait)
        return None if mine is None else mine in wanted

    return _keep(interp, state, test[2], is_one, verdict is positive)


def _keep(interp: Interpreter, state: State, test: Node, of: Verdict, verdict: bool) -> bool:
    name, current = variable(interp, state, test)
    asked = interp.evaluate(test, state)
    if not isinstance(current, AttributeNames) or not isinstance(asked, AttributeNames):
        return True
    given = current.model.attributes
    kept = [one for one in attributes.names_of(current, current.model) if of(asked, given[one]) in (verdict, None)]
    if not kept:
        return False
    state.set(interp.frame.id, name, replace(current, among=frozenset(kept)))
    return True


def variable(interp: Interpreter, state: State, node: Node) -> tuple[str, Value | None]:
    """The variable that a chain of attributes begins with, and what it holds."""
    while node[0] == ir.ATTR:
        node = node[2]
    return (node[2], state.get(interp.frame.id, node[2])) if node[0] == ir.NAME else ("", None)


def _truth(attribute: Attribute, trait: str) -> bool | None:
    if isinstance(attribute, Relationship):
        return {
            "uselist": attribute.collection,
            "viewonly": attribute.viewonly,
            "cascade.delete": attribute.cascades("delete"),
            "cascade.delete_orphan": "delete-orphan" in attribute.cascade,
        }.get(trait)
    if isinstance(attribute, Column):
        return {"primary_key": attribute.primary_key, "foreign_keys": bool(attribute.foreign_key)}.get(trait)
    return None


def _text(attribute: Attribute, trait: str) -> str | None:
    """What a trait is for one attribute, as `_named` tells what it is compared with; None where that is not known."""
    if not trait:
        return attribute.name
    if not isinstance(attribute, Relationship):
        return None
    if trait in ("direction", "direction.name"):
        if attribute.secondary:
            return "MANYTOMANY"
        return "MANYTOONE" if attribute.many_to_one else "ONETOMANY"
    if trait == "secondary":
        return "a table" if attribute.secondary else "None"
    return attribute.lazy if trait == "lazy" else None


def _named(value: Value) -> str | None:
    if value == NONE:
        return "None"
    if isinstance(value, Const):
        return value.value if isinstance(value.value, str) else None
    return value.name.rpartition(".")[2] if isinstance(value, ExternalValue) else None
