"""Turns a Jinja template into `FileFacts`: its body, its blocks and its macros become functions like any other.

The body is the function `<template>`, a block the function `block NAME`. Both take the context as keywords: the names
they read, and `**<context>` for what templates that they include may read. `<chain>` says which templates extend which.
What needs other templates (`include`, `extends`, blocks, imports) is a call of a helper named in `HELPERS`; the
analysis knows these by the module `<template>`, from which every template imports them.

Names that a loop, a `with` or another scope binds get a name of their own (`user#3`), as they end with their scope.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from jinja2 import nodes

from rules.source import ir
from rules.source.facts import FileFacts, Function, Import, Parameter
from rules.source.ir import Block, Node, Position
from rules.source.template_filters import lower_filter, lower_test
from rules.source.template_places import NotATemplate, Text, normalised, parse

__all__ = ["BODY", "CHAIN", "CONTEXT", "HELPERS", "MODULE", "NotATemplate", "block_name", "lower_template"]

MODULE = "<template>"
BODY = "<template>"
CONTEXT = "<context>"
CHAIN = "<chain>"
HELPERS = frozenset(
    {"include", "include alone", "extends", "block", "super", "import", "import alone", "defined", "group", "item"}
)
_BUILTINS = ("list", "len", "getattr")
_PYTHON_NAMES = frozenset({"range", "dict"})
"""Globals of every template that are Python's own."""
_IMPORTS = {
    **{f"<{name}>": Import(MODULE, name) for name in HELPERS},
    **{f"<{name}>": Import("builtins", name) for name in _BUILTINS},
}
_OPERATIONS: dict[type[nodes.BinExpr], str] = {
    nodes.Add: "Add", nodes.Sub: "Sub", nodes.Mul: "Mult", nodes.Div: "Div", nodes.FloorDiv: "FloorDiv",
    nodes.Mod: "Mod", nodes.Pow: "Pow",
}  # fmt: skip
_OPERATORS = {
    "eq": "Eq", "ne": "NotEq", "gt": "Gt", "gteq": "GtE", "lt": "Lt", "lteq": "LtE", "in": "In", "notin": "NotIn",
}  # fmt: skip


def lower_template(path: str, text: str, literal: Position | None = None) -> FileFacts:
    """Facts of one template; raises `NotATemplate`. The template is parsed: never rendered, never loaded.

    `literal` is the place of the string in the Python file `path` where the template stands in code.
    """
    source = normalised(text)
    found = FileFacts(path, imports=_IMPORTS, lines=source.count("\n") + 1)
    if "{{" in source or "{%" in source:
        try:
            found.functions = _Template(path, source, literal).functions()
        except RecursionError:
            raise NotATemplate("nested too deeply to be read") from None
    else:
        found.functions = {BODY: Function(_short(path), BODY, (1, 0, 1, 0), (), ())}
    return found


def block_name(name: str) -> str:
    """The name of a block's function."""
    return f"block {name}"


def _short(path: str) -> str:
    """How a trace names a template: its path below the folder of templates."""
    return path.rpartition("templates/")[2] if "templates/" in path else path.rpartition("/")[2]


class _Template:
    def __init__(self, path: str, source: str, literal: Position | None) -> None:
        self.path = path
        self.text = Text(source, literal)
        self.tree = parse(source)
        self.numbers = 0

    def functions(self) -> dict[str, Function]:
        body = Body(self, "")
        found = {BODY: body.function(_short(self.path), BODY, self.tree.body, (1, 0, 1, 0), self._exports())}
        for block in self.tree.find_all(nodes.Block):
            name = block_name(block.name)
            inner = Body(self, block.name)
            found[name] = inner.function(name, f"{BODY}.{block.name}", block.body, self.text.of(block), ())
        return found

    def _exports(self) -> tuple[str, ...]:
        """What another template may import: macros and top-level variables."""
        return tuple(_bound(self.tree.body))


class Body:
    """Lowers the statements of one template or one block, with the macros inside."""

    def __init__(self, template: _Template, block: str) -> None:
        self._template = template
        self.text = template.text
        self._block = block
        self._reads: dict[str, None] = {}
        self._scopes: list[dict[str, str]] = []
        self._extended: Node | None = None
        """The call that renders the parent, where the template always has one."""
        self._parentless = block == "" and any(isinstance(node, nodes.Extends) for node in template.tree.body)
        self._overridden: list[Node] = []

    def function(
        self, name: str, qualname: str, statements: Sequence[nodes.Node], position: Position, exports: tuple[str, ...]
    ) -> Function:
        body = self.block(statements)
        if self._extended is not None:
            body = (
                *body,
                (ir.EXPR, self._extended[1], (*self._extended[:3], (*self._extended[3], *self._overridden), ())),
            )
        if exports:
            pairs = tuple(((ir.CONST, position, one), (ir.NAME, position, one)) for one in exports)
            body = (*body, (ir.RETURN, position, (ir.DICT, position, pairs)))
        context = tuple(Parameter(one, "keyword") for one in self._reads if one not in _PYTHON_NAMES)
        parameters = (*context, Parameter(CHAIN, "keyword"), Parameter(CONTEXT, "**"))
        return Function(name, qualname, position, parameters, body)

    # Names and scopes

    def fresh(self, name: str) -> str:
        """A name that no template can use."""
        self._template.numbers += 1
        return f"{name}#{self._template.numbers}"

    def _local(self, name: str) -> str | None:
        return next((scope[name] for scope in reversed(self._scopes) if name in scope), None)

    def _load(self, name: str, position: Position) -> Node:
        local = self._local(name)
        if local is None:
            self._reads[name] = None
        return (ir.NAME, position, local or name)

    def _locals(self, position: Position) -> tuple[tuple[str, Node], ...]:
        """What the scopes around a tag bind, by the names that the template uses."""
        visible: dict[str, str] = {}
        for scope in self._scopes:
            visible.update(scope)
        return tuple((name, (ir.NAME, position, local)) for name, local in visible.items() if name != local)

    @contextmanager
    def _scope(self, *names: str) -> Iterator[dict[str, str]]:
        scope = {name: self.fresh(name) for name in names}
        self._scopes.append(scope)
        yield scope
        self._scopes.pop()

    def _scoped(self, statements: Sequence[nodes.Node], position: Position) -> Block:
        """The statements of an inner scope: what they set begins with the outer value and is gone behind them."""
        names = list(_bound(statements))
        before = [
            (name, self._load(name, position))
            for name in names
            if name not in (self._scopes[-1] if self._scopes else ())
        ]
        with self._scope(*(name for name, _ in before)) as scope:
            kept = tuple((ir.ASSIGN, position, ((ir.NAME, position, scope[name]),), value) for name, value in before)
            return (*kept, *self.block(statements))

    # Statements

    def block(self, statements: Iterable[nodes.Node]) -> Block:
        return tuple(lowered for node in statements for lowered in self._statement(node))

    def _statement(self, node: nodes.Node) -> Iterator[Node]:
        lower = _STATEMENTS.get(type(node))
        if lower is not None:
            yield from lower(self, node, self.text.of(node))

    def _output(self, node: nodes.Output, position: Position) -> Iterator[Node]:
        if self._parentless and self._extended is not None:
            return  # the parent is shown instead
        for part in node.nodes:
            if not isinstance(part, nodes.TemplateData | nodes.Const):
                value = self.expression(part)
                yield (ir.EXPR, value[1], (ir.FORMAT, value[1], ((value, "s"),)))

    def _if(self, node: nodes.If, position: Position) -> Iterator[Node]:
        otherwise = self.block(node.else_)
        for other in reversed(node.elif_):
            otherwise = ((ir.IFS, self.text.of(other), self.expression(other.test), self.block(other.body), otherwise),)
        yield (ir.IFS, position, self.expression(node.test), self.block(node.body), otherwise)

    def _for(self, node: nodes.For, position: Position) -> Iterator[Node]:
        if node.recursive:
            yield from self._recursive(node, position)
            return
        yield from self._loop(node, self.expression(node.iter), position, None)

    def _loop(self, node: nodes.For, iterable: Node, position: Position, itself: str | None) -> Iterator[Node]:
        with self._scope(*_targets(node.target), *(() if itself else ("loop",))) as scope:
            target = self.expression(node.target)
            test = None if node.test is None else self.expression(node.test)
            body = self._scoped(node.body, position)
            if itself is None:
                body = (
                    (ir.ASSIGN, position, ((ir.NAME, position, scope["loop"]),), self._loop_value(target, position)),
                    *body,
                )
            if test is not None:
                body = ((ir.IFS, test[1], test, body, ()),)
        yield (ir.FOR, position, target, iterable, body, (), False)
        if node.else_:
            yield (ir.IFS, position, (ir.OTHER, position, ()), self._scoped(node.else_, position), ())

    @staticmethod
    def _loop_value(target: Node, position: Position) -> Node:
        neighbours = tuple(((ir.CONST, position, name), target) for name in ("previtem", "nextitem"))
        return (ir.DICT, position, neighbours)

    def _recursive(self, node: nodes.For, position: Position) -> Iterator[Node]:
        iterable = self.expression(node.iter)
        with self._scope("loop") as scope:
            items = self.fresh("items")
            body = tuple(self._loop(node, (ir.NAME, position, items), position, scope["loop"]))
            function = Function("loop", f"{BODY}.loop", position, (Parameter(items, "positional"),), body)
            yield _definition(function, scope["loop"])
            yield (ir.EXPR, position, (ir.CALL, position, (ir.NAME, position, scope["loop"]), (iterable,), ()))

    def _set(self, node: nodes.Assign, position: Position) -> Iterator[Node]:
        value = self.expression(node.node)
        yield (ir.ASSIGN, position, (self.expression(node.target),), value)

    def _set_block(self, node: nodes.AssignBlock, position: Position) -> Iterator[Node]:
        yield from self._scoped(node.body, position)
        used = () if node.filter is None else (self.expression(node.filter),)
        yield (ir.ASSIGN, position, (self.expression(node.target),), (ir.OTHER, position, used))

    def _with(self, node: nodes.With, position: Position) -> Iterator[Node]:
        values = [self.expression(value) for value in node.values]
        names = [name for target in node.targets for name in _targets(target)]
        with self._scope(*names):
            for target, value in zip(node.targets, values, strict=True):
                yield (ir.ASSIGN, position, (self.expression(target),), value)
            yield from self._scoped(node.body, position)

    def _inner(self, node: Any, position: Position) -> Iterator[Node]:
        yield from self._scoped(node.body, position)

    def _filter_block(self, node: nodes.FilterBlock, position: Position) -> Iterator[Node]:
        yield (ir.EXPR, position, self.expression(node.filter))
        yield from self._scoped(node.body, position)

    def _expression_statement(self, node: nodes.ExprStmt, position: Position) -> Iterator[Node]:
        yield (ir.EXPR, position, self.expression(node.node))

    # Macros

    def _macro(self, node: nodes.Macro, position: Position) -> Iterator[Node]:
        yield _definition(self._callable(node, node.name, position), self._local(node.name) or node.name)

    def _callable(self, node: nodes.Macro | nodes.CallBlock, name: str, position: Position) -> Function:
        missing = len(node.args) - len(node.defaults)
        defaults = [self.expression(value) for value in node.defaults]
        extra = {one.name for one in node.find_all(nodes.Name)} & {"caller", "varargs", "kwargs"}
        names = [*(argument.name for argument in node.args), *sorted(extra), *_bound(node.body)]
        self._scopes.append({one: one for one in names})
        body = self.block(node.body)
        self._scopes.pop()
        parameters = [
            Parameter(argument.name, "positional", None, defaults[number - missing] if number >= missing else None)
            for number, argument in enumerate(node.args)
        ]
        kinds = {"caller": "keyword", "varargs": "*", "kwargs": "**"}
        parameters.extend(Parameter(one, kinds[one]) for one in kinds if one in extra)
        return Function(name, f"{BODY}.{name}", position, tuple(parameters), body)

    def _call_block(self, node: nodes.CallBlock, position: Position) -> Iterator[Node]:
        caller = self.fresh("caller")
        yield _definition(self._callable(node, "caller", position), caller)
        kind, where, function, positional, keywords = self.expression(node.call)
        yield (
            ir.EXPR,
            position,
            (kind, where, function, positional, (*keywords, ("caller", (ir.NAME, position, caller)))),
        )

    # Other templates

    def _extends(self, node: nodes.Extends, position: Position) -> Iterator[Node]:
        call = self.helper("extends", position, self.expression(node.template))
        if self._parentless and not self._scopes and any(one is node for one in self._template.tree.body):
            self._extended = call
        else:  # inside a condition: where it holds, the rest is not shown
            names = [one.name for one in self._template.tree.find_all(nodes.Block)]
            constants = tuple((ir.CONST, position, name) for name in names)
            yield (ir.EXPR, position, (*call[:3], (*call[3], *constants), ()))
            yield (ir.RETURN, position, None)

    def _block_tag(self, node: nodes.Block, position: Position) -> Iterator[Node]:
        name = (ir.CONST, position, node.name)
        if self._parentless and self._block == "":
            self._overridden.append(name)
            return
        given = self._locals(position) if node.scoped else ()
        yield (ir.EXPR, position, (ir.CALL, position, (ir.NAME, position, "<block>"), (name,), given))

    def _include(self, node: nodes.Include, position: Position) -> Iterator[Node]:
        if self._parentless and self._extended is not None:
            return
        template = self.expression(node.template)
        helper = (ir.NAME, position, "<include>" if node.with_context else "<include alone>")
        given = self._locals(position) if node.with_context else ()
        yield (ir.EXPR, position, (ir.CALL, position, helper, (template,), given))

    def _imported(self, node: nodes.Import | nodes.FromImport, position: Position) -> Node:
        return self.helper("import" if node.with_context else "import alone", position, self.expression(node.template))

    def _import(self, node: nodes.Import, position: Position) -> Iterator[Node]:
        target = (ir.NAME, position, self._local(node.target) or node.target)
        yield (ir.ASSIGN, position, (target,), self._imported(node, position))

    def _from_import(self, node: nodes.FromImport, position: Position) -> Iterator[Node]:
        module = (ir.NAME, position, self.fresh("import"))
        yield (ir.ASSIGN, position, (module,), self._imported(node, position))
        for name in node.names:
            original, alias = (name, name) if isinstance(name, str) else name
            target = (ir.NAME, position, self._local(alias) or alias)
            yield (ir.ASSIGN, position, (target,), (ir.ATTR, position, module, original))

    # Expressions

    def expression(self, node: nodes.Node) -> Node:
        lower = _EXPRESSIONS.get(type(node))
        position = self.text.of(node)
        if lower is not None:
            return lower(self, node, position)
        parts = tuple(self.expression(child) for child in node.iter_child_nodes() if isinstance(child, nodes.Expr))
        return (ir.OTHER, position, parts)

    def expressions(self, given: Iterable[nodes.Node]) -> tuple[Node, ...]:
        return tuple(self.expression(node) for node in given)

    def arguments(self, node: nodes.Filter | nodes.Test) -> tuple[Node, ...]:
        """All arguments of a filter or test, in order."""
        spread = [value for value in (node.dyn_args, node.dyn_kwargs) if value is not None]
        return self.expressions([*node.args, *(pair.value for pair in node.kwargs), *spread])

    def helper(self, name: str, position: Position, *arguments: Node) -> Node:
        """A call of one of `HELPERS`."""
        return (ir.CALL, position, (ir.NAME, position, f"<{name}>"), arguments, ())

    builtin = helper

    def _call(self, node: nodes.Call, position: Position) -> Node:
        special = self._special_call(node, position)
        if special is not None:
            return special
        positional = self.expressions(node.args)
        if node.dyn_args is not None:
            positional = (*positional, (ir.STAR, position, self.expression(node.dyn_args)))
        keywords: tuple[tuple[str | None, Node], ...] = tuple(
            (pair.key, self.expression(pair.value)) for pair in node.kwargs
        )
        if node.dyn_kwargs is not None:
            keywords = (*keywords, (None, self.expression(node.dyn_kwargs)))
        return (ir.CALL, position, self.expression(node.node), positional, keywords)

    def _special_call(self, node: nodes.Call, position: Position) -> Node | None:
        called = node.node
        if isinstance(called, nodes.Getattr) and isinstance(called.node, nodes.Name) and called.node.name == "self":
            return self.helper("block", position, (ir.CONST, position, called.attr))
        if not isinstance(called, nodes.Name) or self._local(called.name) is not None:
            return None
        if called.name == "super":
            return self.helper("super", position, (ir.CONST, position, self._block))
        if called.name == "namespace":
            pairs = tuple(((ir.CONST, position, pair.key), self.expression(pair.value)) for pair in node.kwargs)
            return (ir.DICT, position, pairs)
        return None

    def _item(self, node: nodes.Getitem, position: Position) -> Node:
        value, index = self.expression(node.node), self.expression(node.arg)
        if isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
            return self.helper("item", position, value, index)
        return (ir.SUB, position, value, index)

    def _negated(self, node: nodes.Neg, position: Position) -> Node:
        if isinstance(node.node, nodes.Const) and isinstance(node.node.value, int | float):
            return (ir.CONST, position, -node.node.value)
        return (ir.OTHER, position, (self.expression(node.node),))

    def _choice(self, node: nodes.CondExpr, position: Position) -> Node:
        other = (ir.OTHER, position, ()) if node.expr2 is None else self.expression(node.expr2)
        return (ir.IF, position, self.expression(node.test), self.expression(node.expr1), other)

    def _compare(self, node: nodes.Compare, position: Position) -> Node:
        operators = tuple(_OPERATORS[operand.op] for operand in node.ops)
        return (
            ir.COMPARE,
            position,
            self.expression(node.expr),
            operators,
            self.expressions(operand.expr for operand in node.ops),
        )

    def _binary(self, node: nodes.BinExpr, position: Position) -> Node:
        operation = _OPERATIONS[type(node)]
        return (ir.BINARY, position, self.expression(node.left), operation, self.expression(node.right))

    def _logical(self, node: nodes.And | nodes.Or, position: Position) -> Node:
        operation = "and" if isinstance(node, nodes.And) else "or"
        return (ir.BOOL, position, operation, (self.expression(node.left), self.expression(node.right)))


def _definition(function: Function, name: str) -> Node:
    """Binds a function to a name that traces do not show."""
    position = function.position
    return (ir.ASSIGN, position, ((ir.NAME, position, name),), (ir.LAMBDA, position, function))


def _targets(target: nodes.Node) -> Iterator[str]:
    if isinstance(target, nodes.Name):
        yield target.name
    elif isinstance(target, nodes.Tuple):
        for item in target.items:
            yield from _targets(item)


def _bound(statements: Iterable[nodes.Node]) -> Iterator[str]:
    """The names that statements bind in their own scope, each once."""
    found: dict[str, None] = {}
    stack = list(statements)
    while stack:
        node = stack.pop(0)
        match node:
            case nodes.Assign() | nodes.AssignBlock():
                found.update(dict.fromkeys(_targets(node.target)))
            case nodes.If():
                stack[:0] = [*node.body, *node.elif_, *node.else_]
            case nodes.Macro():
                found[node.name] = None
            case nodes.Import():
                found[node.target] = None
            case nodes.FromImport():
                found.update(dict.fromkeys(name if isinstance(name, str) else name[1] for name in node.names))
    yield from found


_STATEMENTS: dict[type[nodes.Node], Callable[[Body, Any, Position], Iterator[Node]]] = {
    nodes.Output: Body._output,
    nodes.If: Body._if,
    nodes.For: Body._for,
    nodes.Assign: Body._set,
    nodes.AssignBlock: Body._set_block,
    nodes.With: Body._with,
    nodes.Scope: Body._inner,
    nodes.ScopedEvalContextModifier: Body._inner,
    nodes.FilterBlock: Body._filter_block,
    nodes.ExprStmt: Body._expression_statement,
    nodes.Macro: Body._macro,
    nodes.CallBlock: Body._call_block,
    nodes.Extends: Body._extends,
    nodes.Block: Body._block_tag,
    nodes.Include: Body._include,
    nodes.Import: Body._import,
    nodes.FromImport: Body._from_import,
    nodes.Break: lambda body, node, position: iter([(ir.BREAK, position)]),
    nodes.Continue: lambda body, node, position: iter([(ir.CONTINUE, position)]),
}

_EXPRESSIONS: dict[type[nodes.Node], Callable[[Body, Any, Position], Node]] = {
    nodes.Name: lambda body, node, p: body._load(node.name, p),
    nodes.NSRef: lambda body, node, p: (ir.SUB, p, body._load(node.name, p), (ir.CONST, p, node.attr)),
    nodes.Const: lambda body, node, p: (ir.CONST, p, node.value),
    nodes.TemplateData: lambda body, node, p: (ir.CONST, p, node.data),
    nodes.Getattr: lambda body, node, p: (ir.ATTR, p, body.expression(node.node), node.attr),
    nodes.Getitem: Body._item,
    nodes.Call: Body._call,
    nodes.Filter: lower_filter,
    nodes.Test: lower_test,
    nodes.CondExpr: Body._choice,
    nodes.Compare: Body._compare,
    nodes.And: Body._logical,
    nodes.Or: Body._logical,
    nodes.Not: lambda body, node, p: (ir.NOT, p, body.expression(node.node)),
    nodes.Neg: Body._negated,
    nodes.Concat: lambda body, node, p: (ir.FORMAT, p, tuple((part, "s") for part in body.expressions(node.nodes))),
    nodes.List: lambda body, node, p: (ir.LIST, p, body.expressions(node.items)),
    nodes.Tuple: lambda body, node, p: (ir.TUPLE, p, body.expressions(node.items)),
    nodes.Dict: lambda body, node, p: (
        ir.DICT,
        p,
        tuple((body.expression(pair.key), body.expression(pair.value)) for pair in node.items),
    ),
    nodes.Slice: lambda body, node, p: (ir.SLICE, p, body.expressions(node.iter_child_nodes())),
    nodes.MarkSafe: lambda body, node, p: body.expression(node.expr),
    nodes.MarkSafeIfAutoescape: lambda body, node, p: body.expression(node.expr),
    **dict.fromkeys(_OPERATIONS, Body._binary),
}
