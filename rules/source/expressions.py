"""Expressions, annotations, parameters and lambdas of a syntax tree in the compact form of `rules.source.ir`.

One function for each class of node, found by a table: this is where a cold check spends most of its own time, so each
function reads its positions and children itself instead of asking a helper.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from rules.source import ir
from rules.source.facts import Function, Import, Parameter
from rules.source.ir import Node, Position

T = TypeVar("T")
Found = TypeVar("Found")


class Scope:
    """Where the lowering of one file stands."""

    def __init__(self) -> None:
        self.names: list[str] = []
        """Of the classes and functions around, outermost first."""
        self.yields = False
        """Whether the function that is being lowered has met a `yield`."""
        self.mentioned: set[str] = set()
        """The names and attributes that the function that is being lowered has met."""
        self.imported: list[Import] = []
        """What it has imported."""

    @property
    def qualname(self) -> str:
        return ".".join(self.names)

    def attempt(self, lower: Callable[[T], Found], node: T) -> Found | None:
        """What `lower` makes of a node, or None where that is nested too deeply."""
        depth, mentioned, yields, imported = len(self.names), self.mentioned, self.yields, self.imported
        try:
            return lower(node)
        except RecursionError:
            del self.names[depth:]
            if self.mentioned is not mentioned:  # it was in a definition inside of this one
                mentioned |= self.mentioned
                imported.extend(self.imported)
                self.mentioned, self.yields, self.imported = mentioned, yields, imported
            return None


def position(node: Any) -> Position:
    return (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)


def expression(scope: Scope, node: ast.expr) -> Node:
    return _LOWER[type(node)](scope, node)


def optional(scope: Scope, node: ast.expr | None) -> Node | None:
    return None if node is None else _LOWER[type(node)](scope, node)


def expressions(scope: Scope, nodes: Sequence[ast.expr]) -> tuple[Node, ...]:
    return tuple([_LOWER[type(node)](scope, node) for node in nodes]) if nodes else ()


def keywords(scope: Scope, nodes: Sequence[ast.keyword]) -> tuple[tuple[str | None, Node], ...]:
    return tuple([(node.arg, _LOWER[type(node.value)](scope, node.value)) for node in nodes]) if nodes else ()


def parameters(scope: Scope, args: ast.arguments) -> tuple[Parameter, ...]:
    positional = [*args.posonlyargs, *args.args] if args.posonlyargs else args.args
    missing = len(positional) - len(args.defaults)
    found = [
        Parameter(
            arg.arg,
            "positional",
            annotation(scope, arg.annotation),
            expression(scope, args.defaults[number - missing]) if number >= missing else None,
        )
        for number, arg in enumerate(positional)
    ]
    if args.vararg:
        found.append(Parameter(args.vararg.arg, "*", annotation(scope, args.vararg.annotation)))
    for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        found.append(Parameter(arg.arg, "keyword", annotation(scope, arg.annotation), optional(scope, default)))
    if args.kwarg:
        found.append(Parameter(args.kwarg.arg, "**", annotation(scope, args.kwarg.annotation)))
    return tuple(found)


def annotation(scope: Scope, node: ast.expr | None) -> Node | None:
    if node is None:
        return None
    if type(node) is ast.Name:
        return _name(scope, node)
    return scope.attempt(lambda one: expression(scope, _unquoted(one)), node)


def _unquoted(node: ast.expr) -> ast.expr:
    """The annotation with its string parts parsed, at the string's position."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        try:
            parsed = ast.parse(node.value.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError):
            return node
        for child in ast.walk(parsed):
            if hasattr(child, "lineno"):
                child.lineno, child.col_offset = node.lineno, node.col_offset  # type: ignore[attr-defined]
                child.end_lineno, child.end_col_offset = node.end_lineno, node.end_col_offset  # type: ignore[attr-defined]
        return parsed
    if isinstance(node, ast.Subscript):
        if isinstance(node.value, ast.Name) and node.value.id == "Literal":
            return node
        node.slice = _unquoted(node.slice)
    elif isinstance(node, ast.Tuple):
        node.elts = [_unquoted(item) for item in node.elts]
    elif isinstance(node, ast.BinOp):
        node.left, node.right = _unquoted(node.left), _unquoted(node.right)
    return node


def _name(scope: Scope, node: ast.Name) -> Node:
    name = node.id
    scope.mentioned.add(name)
    return (ir.NAME, (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset), name)


def _constant(_: Scope, node: ast.Constant) -> Node:
    return (ir.CONST, (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset), node.value)


def _attribute(scope: Scope, node: ast.Attribute) -> Node:
    name = node.attr
    scope.mentioned.add(name)
    value = node.value
    return (
        ir.ATTR,
        (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset),
        _LOWER[type(value)](scope, value),
        name,
    )


def _call(scope: Scope, node: ast.Call) -> Node:
    function, args, words = node.func, node.args, node.keywords
    return (
        ir.CALL,
        (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset),
        _LOWER[type(function)](scope, function),
        tuple([_LOWER[type(arg)](scope, arg) for arg in args]) if args else (),
        tuple([(word.arg, _LOWER[type(word.value)](scope, word.value)) for word in words]) if words else (),
    )


def _subscript(scope: Scope, node: ast.Subscript) -> Node:
    value, index = node.value, node.slice
    return (
        ir.SUB,
        (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset),
        _LOWER[type(value)](scope, value),
        _LOWER[type(index)](scope, index),
    )


def _slice(scope: Scope, node: ast.Slice) -> Node:
    parts = [part for part in (node.lower, node.upper, node.step) if part is not None]
    return (ir.SLICE, position(node), expressions(scope, parts))


def _boolean(scope: Scope, node: ast.BoolOp) -> Node:
    return (ir.BOOL, position(node), "and" if isinstance(node.op, ast.And) else "or", expressions(scope, node.values))


def _unary(scope: Scope, node: ast.UnaryOp) -> Node:
    operand, where = node.operand, position(node)
    if isinstance(node.op, ast.Not):
        return (ir.NOT, where, expression(scope, operand))
    if (
        isinstance(node.op, ast.USub)
        and isinstance(operand, ast.Constant)
        and isinstance(value := operand.value, int | float)
    ):
        return (ir.CONST, where, -value)
    return (ir.OTHER, where, (expression(scope, operand),))


def _compare(scope: Scope, node: ast.Compare) -> Node:
    return (
        ir.COMPARE,
        (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset),
        expression(scope, node.left),
        tuple([type(op).__name__ for op in node.ops]),
        expressions(scope, node.comparators),
    )


def _choice(scope: Scope, node: ast.IfExp) -> Node:
    return (
        ir.IF,
        position(node),
        expression(scope, node.test),
        expression(scope, node.body),
        expression(scope, node.orelse),
    )


def _elements(kind: str) -> Callable[[Scope, Any], Node]:
    def lower(scope: Scope, node: Any) -> Node:
        return (
            kind,
            (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset),
            expressions(scope, node.elts),
        )

    return lower


def _dict(scope: Scope, node: ast.Dict) -> Node:
    pairs = zip(node.keys, node.values, strict=True)
    return (
        ir.DICT,
        (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset),
        tuple([(optional(scope, key), expression(scope, value)) for key, value in pairs]),
    )


def _comprehension(kind: str) -> Callable[[Scope, Any], Node]:
    def lower(scope: Scope, node: Any) -> Node:
        return (ir.COMP, position(node), kind, expression(scope, node.elt), _loops(scope, node.generators))

    return lower


def _dict_comprehension(scope: Scope, node: ast.DictComp) -> Node:
    where = position(node)
    pair = (ir.TUPLE, where, (expression(scope, node.key), expression(scope, node.value)))
    return (ir.COMP, where, "dict", pair, _loops(scope, node.generators))


def _loops(scope: Scope, loops: Sequence[ast.comprehension]) -> tuple[Node, ...]:
    return tuple(
        [
            (
                expression(scope, loop.target),
                expression(scope, loop.iter),
                expressions(scope, loop.ifs),
                bool(loop.is_async),
            )
            for loop in loops
        ]
    )


def _lambda(scope: Scope, node: ast.Lambda) -> Node:
    scope.names.append("<lambda>")
    outer, yields = scope.mentioned, scope.yields
    scope.mentioned = set()
    body = expression(scope, node.body)
    where = position(node)
    function = Function(
        "<lambda>",
        scope.qualname,
        where,
        parameters(scope, node.args),
        ((ir.RETURN, position(node.body), body),),
        mentions=tuple(sorted(scope.mentioned)),
    )
    outer |= scope.mentioned
    scope.mentioned, scope.yields = outer, yields
    scope.names.pop()
    return (ir.LAMBDA, where, function)


def _await(scope: Scope, node: ast.Await) -> Node:
    return (
        ir.AWAIT,
        (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset),
        expression(scope, node.value),
    )


def _yield(scope: Scope, node: ast.Yield) -> Node:
    scope.yields = True
    return (ir.YIELD, position(node), optional(scope, node.value))


def _yield_from(scope: Scope, node: ast.YieldFrom) -> Node:
    scope.yields = True
    return (ir.YIELD_FROM, position(node), expression(scope, node.value))


def _f_string(scope: Scope, node: ast.JoinedStr) -> Node:
    return (
        ir.FORMAT,
        position(node),
        tuple([(expression(scope, part), conversion) for part, conversion in _parts(node.values)]),
    )


def _parts(values: Iterable[ast.expr]) -> Iterator[tuple[ast.expr, str]]:
    """What an f-string formats, each with its conversion (`r`, `s`, `a`)."""
    for value in values:
        if isinstance(value, ast.FormattedValue):
            yield value.value, chr(value.conversion) if value.conversion > 0 else "s"
            if isinstance(value.format_spec, ast.JoinedStr):
                yield from _parts(value.format_spec.values)


def _starred(scope: Scope, node: ast.Starred) -> Node:
    return (ir.STAR, position(node), expression(scope, node.value))


def _walrus(scope: Scope, node: ast.NamedExpr) -> Node:
    return (ir.WALRUS, position(node), node.target.id, expression(scope, node.value))


def _binary(scope: Scope, node: ast.BinOp) -> Node:
    chain = [node]
    while isinstance(left := chain[-1].left, ast.BinOp):  # not by recursion: a text of 1,000 parts is no rarity
        chain.append(left)
    found = expression(scope, chain[-1].left)
    for one in reversed(chain):
        where = (one.lineno, one.col_offset, one.end_lineno, one.end_col_offset)
        found = (ir.BINARY, where, found, type(one.op).__name__, expression(scope, one.right))
    return found


def _other(scope: Scope, node: ast.expr) -> Node:
    parts = [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
    return (ir.OTHER, position(node), expressions(scope, parts))


class _Table(dict[type, Callable[[Scope, Any], Node]]):
    def __missing__(self, kind: type) -> Callable[[Scope, Any], Node]:
        return _other


_LOWER = _Table(
    {
        ast.Name: _name,
        ast.Constant: _constant,
        ast.Attribute: _attribute,
        ast.Call: _call,
        ast.Subscript: _subscript,
        ast.Slice: _slice,
        ast.BoolOp: _boolean,
        ast.UnaryOp: _unary,
        ast.Compare: _compare,
        ast.IfExp: _choice,
        ast.List: _elements(ir.LIST),
        ast.Tuple: _elements(ir.TUPLE),
        ast.Set: _elements(ir.SET),
        ast.Dict: _dict,
        ast.ListComp: _comprehension("list"),
        ast.SetComp: _comprehension("set"),
        ast.GeneratorExp: _comprehension("gen"),
        ast.DictComp: _dict_comprehension,
        ast.Lambda: _lambda,
        ast.Await: _await,
        ast.Yield: _yield,
        ast.YieldFrom: _yield_from,
        ast.JoinedStr: _f_string,
        ast.Starred: _starred,
        ast.NamedExpr: _walrus,
        ast.BinOp: _binary,
    }
)
