"""What Jinja's filters and tests do to a value, in the compact form: which attributes they read, what they pass on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from jinja2 import nodes

from rules.source import ir
from rules.source.ir import Node, Position

if TYPE_CHECKING:
    from rules.source.templates import Body

Filter = Callable[["Body", Node, nodes.Filter, Position], Node]

_COMPARISONS = {
    "eq": "Eq", "equalto": "Eq", "==": "Eq", "ne": "NotEq", "!=": "NotEq", "gt": "Gt", "greaterthan": "Gt", ">": "Gt",
    "ge": "GtE", ">=": "GtE", "lt": "Lt", "lessthan": "Lt", "<": "Lt", "le": "LtE", "<=": "LtE", "in": "In",
    "sameas": "Is",
}  # fmt: skip
_TEXT = frozenset(
    {"string", "escape", "e", "forceescape", "upper", "lower", "title", "capitalize", "trim", "truncate", "striptags",
     "replace", "indent", "wordwrap", "center", "urlize", "urlencode", "wordcount", "format", "safe"}
)  # fmt: skip


def lower_filter(body: Body, node: nodes.Filter, position: Position) -> Node:
    """`value|name(...)`. A filter that is not known gets its arguments evaluated and gives something unknown."""
    if node.node is None:
        return (ir.OTHER, position, body.arguments(node))
    value = body.expression(node.node)
    if node.name in _TEXT:
        parts = ((value, "s"), *((argument, "s") for argument in body.arguments(node)))
        return (ir.FORMAT, position, parts)
    known = _FILTERS.get(node.name)
    return known(body, value, node, position) if known else (ir.OTHER, position, (value, *body.arguments(node)))


def lower_test(body: Body, node: nodes.Test, position: Position) -> Node:
    """`value is name(...)`."""
    return _tested(body, body.expression(node.node), node.name, body.arguments(node), position)


def _tested(body: Body, value: Node, name: str, arguments: tuple[Node, ...], position: Position) -> Node:
    match name:
        case "none":
            return (ir.COMPARE, position, value, ("Is",), ((ir.CONST, position, None),))
        case "true" | "false":
            return (ir.COMPARE, position, value, ("Is",), ((ir.CONST, position, name == "true"),))
        case "defined":
            return body.helper("defined", position, value)
        case "undefined":
            return (ir.NOT, position, body.helper("defined", position, value))
    if name in _COMPARISONS and len(arguments) == 1:
        return (ir.COMPARE, position, value, (_COMPARISONS[name],), arguments)
    return (ir.OTHER, position, (value, *arguments))


def _argument(node: nodes.Filter, index: int, name: str) -> nodes.Expr | None:
    if index < len(node.args):
        return node.args[index]
    return next((pair.value for pair in node.kwargs if pair.key == name), None)


def _paths(body: Body, of: Node, given: nodes.Expr | None) -> Iterator[Node]:
    """The reads that an `attribute=` argument stands for: `"author.name"`, for `sort` also `"author.name,id"`."""
    if not isinstance(given, nodes.Const):
        return
    position = body.text.inside(given) if isinstance(given.value, str) else body.text.of(given)
    for path in str(given.value).split(","):
        value = of
        for part in path.strip().split("."):
            if part.isdigit():
                value = (ir.SUB, position, value, (ir.CONST, position, int(part)))
            else:
                value = (ir.ATTR, position, value, part)
        yield value


def _each(
    body: Body, value: Node, position: Position, element: Callable[[Node], tuple[Node, tuple[Node, ...]]]
) -> Node:
    """A list of what `element` makes of each member, with the conditions which it asks."""
    item: Node = (ir.NAME, position, body.fresh("item"))
    made, conditions = element(item)
    return (ir.COMP, position, "list", made, ((item, value, conditions, False),))


def _keyed(body: Body, value: Node, given: nodes.Expr | None, position: Position) -> Node:
    """The same members, after an attribute of each was read."""
    if given is None:
        return _list(body, value, None, position)

    def element(item: Node) -> tuple[Node, tuple[Node, ...]]:
        return item, ((ir.OTHER, position, tuple(_paths(body, item, given))),)

    return _each(body, value, position, element)


def _map(body: Body, value: Node, node: nodes.Filter, position: Position) -> Node:
    attribute = _argument(node, 9, "attribute")
    named = node.args[0] if node.args else None

    def element(item: Node) -> tuple[Node, tuple[Node, ...]]:
        if attribute is not None:
            default = _argument(node, 9, "default")
            found = next(_paths(body, item, attribute), (ir.OTHER, position, ()))
            return (found if default is None else (ir.BOOL, position, "or", (found, body.expression(default)))), ()
        if isinstance(named, nodes.Const):
            inner = nodes.Filter(
                node.node, str(named.value), node.args[1:], node.kwargs, None, None, lineno=node.lineno
            )
            known = _FILTERS.get(inner.name)
            if inner.name in _TEXT:
                return (ir.FORMAT, position, ((item, "s"),)), ()
            if known is not None:
                return known(body, item, inner, position), ()
        return (ir.OTHER, position, (item, *body.arguments(node))), ()

    return _each(body, value, position, element)


def _select_by_attribute(body: Body, value: Node, node: nodes.Filter, position: Position) -> Node:
    test = node.args[1] if len(node.args) > 1 else None
    given = tuple(body.expression(argument) for argument in node.args[2:])

    def element(item: Node) -> tuple[Node, tuple[Node, ...]]:
        reads = tuple(_paths(body, item, node.args[0] if node.args else None))
        if len(reads) == 1 and isinstance(test, nodes.Const):
            reads = (_tested(body, reads[0], str(test.value), given, position),)
        return item, ((ir.OTHER, position, reads),)

    return _each(body, value, position, element)


def _group(body: Body, value: Node, node: nodes.Filter, position: Position) -> Node:
    def element(item: Node) -> tuple[Node, tuple[Node, ...]]:
        key = next(_paths(body, item, _argument(node, 0, "attribute")), (ir.OTHER, position, ()))
        return body.helper("group", position, key, (ir.LIST, position, (item,))), ()

    return _each(body, value, position, element)


def _join(body: Body, value: Node, node: nodes.Filter, position: Position) -> Node:
    attribute = _argument(node, 1, "attribute")

    def element(item: Node) -> tuple[Node, tuple[Node, ...]]:
        part = item if attribute is None else next(_paths(body, item, attribute), item)
        return (ir.FORMAT, position, ((part, "s"),)), ()

    return (ir.OTHER, position, (_each(body, value, position, element),))


def _list(body: Body, value: Node, node: nodes.Filter | None, position: Position) -> Node:
    return body.builtin("list", position, value)


def _length(body: Body, value: Node, node: nodes.Filter, position: Position) -> Node:
    return body.builtin("len", position, value)


def _first(body: Body, value: Node, node: nodes.Filter, position: Position) -> Node:
    return (ir.SUB, position, value, (ir.CONST, position, 0 if node.name == "first" else -1))


def _one(body: Body, value: Node, node: nodes.Filter, position: Position) -> Node:
    """min, max: a member of the list, after all were compared."""
    return (ir.SUB, position, _keyed(body, value, _argument(node, 1, "attribute"), position), (ir.CONST, position, 0))


def _default(body: Body, value: Node, node: nodes.Filter, position: Position) -> Node:
    other = _argument(node, 0, "default_value")
    return value if other is None else (ir.BOOL, position, "or", (value, body.expression(other)))


def _pairs(body: Body, value: Node, node: nodes.Filter, position: Position) -> Node:
    return (ir.CALL, position, (ir.ATTR, position, value, "items"), (), ())


def _attribute(body: Body, value: Node, node: nodes.Filter, position: Position) -> Node:
    return body.builtin("getattr", position, value, *body.arguments(node))


def _rows(body: Body, value: Node, node: nodes.Filter, position: Position) -> Node:
    """batch, slice: rows of members."""
    return (ir.LIST, position, ((ir.TUPLE, position, ((ir.STAR, position, value),)),))


_FILTERS: dict[str, Filter] = {
    "map": _map,
    "selectattr": _select_by_attribute,
    "rejectattr": _select_by_attribute,
    "select": _list,
    "reject": _list,
    "groupby": _group,
    "sort": lambda body, value, node, p: _keyed(body, value, _argument(node, 2, "attribute"), p),
    "unique": lambda body, value, node, p: _keyed(body, value, _argument(node, 1, "attribute"), p),
    "sum": lambda body, value, node, p: (ir.OTHER, p, (_keyed(body, value, _argument(node, 0, "attribute"), p),)),
    "min": _one,
    "max": _one,
    "join": _join,
    "first": _first,
    "last": _first,
    "random": _first,
    "list": _list,
    "reverse": _list,
    "batch": _rows,
    "slice": _rows,
    "length": _length,
    "count": _length,
    "default": _default,
    "d": _default,
    "dictsort": _pairs,
    "items": _pairs,
    "attr": _attribute,
}
