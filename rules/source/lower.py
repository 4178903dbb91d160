"""Turns one file's syntax tree into `FileFacts`: one walk, after which the tree can be dropped."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from rules.source import ir
from rules.source.facts import Class, FileFacts, Function, Import, Parameter
from rules.source.ir import Block, Node, Position

T = TypeVar("T")
Found = TypeVar("Found")


def lower_module(path: str, tree: ast.Module, type_parameters: dict[int, tuple[str, ...]] | None = None) -> FileFacts:
    """Facts of one parsed file. `type_parameters` names the PEP 695 parameters by the line of their definition."""
    return _Lowering(type_parameters or {}).module(path, tree)


def position(node: Any) -> Position:
    return (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)


class _Lowering:
    def __init__(self, type_parameters: dict[int, tuple[str, ...]]) -> None:
        self.type_parameters = type_parameters
        self.scope: list[str] = []
        self.yields = False
        """Whether the function that is being lowered has met a `yield`."""

    def attempt(self, lower: Callable[[T], Found], node: T) -> Found | None:
        """What `lower` makes of a node, or None where that is nested too deeply."""
        depth = len(self.scope)
        try:
            return lower(node)
        except RecursionError:
            del self.scope[depth:]
            return None

    # Modules, classes, functions

    def module(self, path: str, tree: ast.Module) -> FileFacts:
        functions: dict[str, Function] = {}
        classes: dict[str, Class] = {}
        imports: dict[str, Import] = {}
        stars: list[str] = []
        assignments: dict[str, list[Node]] = {}
        body: list[Node] = []
        for node in _flatten(tree.body):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                if (function := self.attempt(self.function, node)) is not None:
                    functions[node.name] = function
            elif isinstance(node, ast.ClassDef):
                if (found_class := self.attempt(self.class_, node)) is not None:
                    classes[node.name] = found_class
            elif isinstance(node, ast.Import | ast.ImportFrom):
                for name, found in _imports(node):
                    imports.setdefault(name, found)
                stars.extend(_stars(node))
            else:
                for statement in self.attempt(self.block, (node,)) or ():
                    body.append(statement)
                    for name in _bound_names(statement):
                        assignments.setdefault(name, []).append(statement)
        lines = max((node.end_lineno or 0 for node in tree.body), default=0)
        return FileFacts(
            path,
            functions,
            classes,
            imports,
            tuple(stars),
            {name: tuple(found) for name, found in assignments.items()},
            tuple(body),
            lines,
        )

    def class_(self, node: ast.ClassDef) -> Class:
        self.scope.append(node.name)
        methods: dict[str, Function] = {}
        classes: dict[str, Class] = {}
        body: list[Node] = []
        for item in _flatten(node.body):
            if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef):
                kept = item.name not in methods or not _is_accessor(item)
                if kept and (method := self.attempt(self.function, item)) is not None:
                    methods[item.name] = method
            elif isinstance(item, ast.ClassDef):
                classes[item.name] = self.class_(item)
            elif isinstance(item, ast.Assign | ast.AnnAssign | ast.Expr):
                body.extend(self.attempt(self.block, (item,)) or ())
        qualname = ".".join(self.scope)
        self.scope.pop()
        return Class(
            node.name,
            qualname,
            position(node),
            self.expressions(node.bases),
            tuple((k.arg, self.expression(k.value)) for k in node.keywords),
            self.expressions(node.decorator_list),
            tuple(body),
            methods,
            classes,
            self._parameters_of(node),
        )

    def _parameters_of(self, node: Any) -> tuple[str, ...]:
        native = tuple(parameter.name for parameter in getattr(node, "type_params", ()))
        return native or self.type_parameters.get(node.lineno, ())

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Function:
        self.scope.append(node.name)
        outer, self.yields = self.yields, False
        # Who knows what a body does that is nested too deeply: nothing is said of what comes after a call of it.
        body = self.attempt(self.block, node.body) or ((ir.RAISE, position(node), None),)
        function = Function(
            node.name,
            ".".join(self.scope),
            position(node),
            self.parameters(node.args),
            body,
            self.expressions(node.decorator_list),
            self.annotation(node.returns),
            isinstance(node, ast.AsyncFunctionDef),
            self.yields,
            self._parameters_of(node),
        )
        self.yields = outer
        self.scope.pop()
        return function

    def lambda_(self, node: ast.Lambda) -> Node:
        self.scope.append("<lambda>")
        outer = self.yields
        body = self.expression(node.body)
        self.yields = outer
        where = position(node)
        function = Function(
            "<lambda>",
            ".".join(self.scope),
            where,
            self.parameters(node.args),
            ((ir.RETURN, position(node.body), body),),
        )
        self.scope.pop()
        return (ir.LAMBDA, where, function)

    def parameters(self, args: ast.arguments) -> tuple[Parameter, ...]:
        positional = [*args.posonlyargs, *args.args]
        missing = len(positional) - len(args.defaults)
        found = [
            Parameter(
                arg.arg,
                "positional",
                self.annotation(arg.annotation),
                self.expression(args.defaults[number - missing]) if number >= missing else None,
            )
            for number, arg in enumerate(positional)
        ]
        if args.vararg:
            found.append(Parameter(args.vararg.arg, "*", self.annotation(args.vararg.annotation)))
        for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
            found.append(
                Parameter(
                    arg.arg, "keyword", self.annotation(arg.annotation), self.expression(default) if default else None
                )
            )
        if args.kwarg:
            found.append(Parameter(args.kwarg.arg, "**", self.annotation(args.kwarg.annotation)))
        return tuple(found)

    def annotation(self, node: ast.expr | None) -> Node | None:
        return None if node is None else self.attempt(lambda one: self.expression(_unquoted(one)), node)

    # Statements

    def block(self, body: Iterable[ast.stmt]) -> Block:
        return tuple(statement for node in body for statement in self.statement(node))

    def statement(self, node: ast.stmt) -> Iterator[Node]:
        lower = _STATEMENTS.get(type(node))
        if lower is not None:
            found = lower(self, node, position(node))
            if found is not None:
                yield found

    def expressions(self, nodes: Iterable[ast.expr]) -> tuple[Node, ...]:
        return tuple(self.expression(node) for node in nodes)

    def expression(self, node: ast.expr) -> Node:
        lower = _EXPRESSIONS.get(type(node))
        if lower is not None:
            return lower(self, node, position(node))
        parts = [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
        return (ir.OTHER, position(node), self.expressions(parts))

    def optional(self, node: ast.expr | None) -> Node | None:
        return None if node is None else self.expression(node)

    def yielded(self, kind: str, where: Position, value: ast.expr | None) -> Node:
        self.yields = True
        return (kind, where, self.optional(value))

    def comprehension(self, kind: str, element: Node, node: Any) -> Node:
        loops = tuple(
            (
                self.expression(loop.target),
                self.expression(loop.iter),
                self.expressions(loop.ifs),
                bool(loop.is_async),
            )
            for loop in node.generators
        )
        return (ir.COMP, position(node), kind, element, loops)

    def pattern(self, node: ast.pattern) -> Node:
        match node:
            case ast.MatchValue(value):
                return ("value", self.expression(value))
            case ast.MatchSingleton(value):
                return ("value", (ir.CONST, position(node), value))
            case ast.MatchClass(cls, patterns, names, kwd_patterns):
                fields: list[tuple[str | None, Node]] = [(None, self.pattern(p)) for p in patterns]
                fields += [(name, self.pattern(p)) for name, p in zip(names, kwd_patterns, strict=True)]
                return ("class", self.expression(cls), tuple(fields))
            case ast.MatchAs(pattern, name):
                return ("bind", name, None if pattern is None else self.pattern(pattern))
            case ast.MatchSequence(patterns):
                return ("seq", tuple(self.pattern(p) for p in patterns))
            case ast.MatchOr(patterns):
                return ("or", tuple(self.pattern(p) for p in patterns))
            case ast.MatchMapping(keys, patterns, rest):
                pairs = zip(keys, patterns, strict=True)
                return ("map", tuple((self.expression(key), self.pattern(p)) for key, p in pairs), rest)
            case ast.MatchStar(name):
                return ("star", name)
        return ("bind", None, None)


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
        return ast.copy_location(ast.Subscript(node.value, _unquoted(node.slice), node.ctx), node)
    if isinstance(node, ast.Tuple):
        return ast.copy_location(ast.Tuple([_unquoted(item) for item in node.elts], node.ctx), node)
    if isinstance(node, ast.BinOp):
        return ast.copy_location(ast.BinOp(_unquoted(node.left), node.op, _unquoted(node.right)), node)
    return node


def _flatten(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a module or class, with those under `if` and `try` where definitions may stand."""
    for node in body:
        if isinstance(node, ast.If) and not _is_main_guard(node.test):
            yield from _flatten(node.body)
            yield from _flatten(node.orelse)
        elif isinstance(node, ast.Try):
            yield from _flatten(node.body)
            yield from _flatten(node.orelse)
            for handler in node.handlers:
                yield from (item for item in _flatten(handler.body) if isinstance(item, ast.Import | ast.ImportFrom))
        else:
            yield node


def _is_main_guard(test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__"


def _is_accessor(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """A later definition that belongs to an earlier one: `@x.setter`, `@x.expression`, `@overload` ..."""
    return any(isinstance(item, ast.Attribute) and isinstance(item.value, ast.Name) for item in node.decorator_list)


def _imports(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, Import]]:
    for alias in node.names:
        if isinstance(node, ast.ImportFrom):
            if alias.name != "*":
                module = "." * node.level + (node.module or "")
                yield alias.asname or alias.name, Import(module, alias.name)
        elif alias.asname:
            yield alias.asname, Import(alias.name, None)
        else:
            yield alias.name.partition(".")[0], Import(alias.name, None, binds_root=True)


def _stars(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
        yield "." * node.level + (node.module or "")


def _bound_names(statement: Node) -> Iterator[str]:
    kind = statement[0]
    if kind == ir.ASSIGN:
        for target in statement[2]:
            yield from _target_names(target)
    elif kind in (ir.ANNOTATE, ir.AUGMENT):
        yield from _target_names(statement[2])
    elif kind == ir.WITH:
        for _, target in statement[2]:
            if target is not None:
                yield from _target_names(target)


def _target_names(target: Node) -> Iterator[str]:
    if target[0] == ir.NAME:
        yield target[2]
    elif target[0] in (ir.TUPLE, ir.LIST):
        for item in target[2]:
            yield from _target_names(item)


def _parts(values: Iterable[ast.expr]) -> Iterator[tuple[ast.expr, str]]:
    """What an f-string formats, each with its conversion (`r`, `s`, `a`)."""
    for value in values:
        if isinstance(value, ast.FormattedValue):
            yield value.value, chr(value.conversion) if value.conversion > 0 else "s"
            if isinstance(value.format_spec, ast.JoinedStr):
                yield from _parts(value.format_spec.values)


Lower = Callable[[_Lowering, Any, Position], Node | None]

_STATEMENTS: dict[type, Lower] = {
    ast.Assign: lambda s, n, p: (ir.ASSIGN, p, s.expressions(n.targets), s.expression(n.value)),
    ast.AugAssign: lambda s, n, p: (
        ir.AUGMENT,
        p,
        s.expression(n.target),
        type(n.op).__name__,
        s.expression(n.value),
    ),
    ast.AnnAssign: lambda s, n, p: (
        ir.ANNOTATE,
        p,
        s.expression(n.target),
        s.annotation(n.annotation),
        s.optional(n.value),
    ),
    ast.Expr: lambda s, n, p: None if isinstance(n.value, ast.Constant) else (ir.EXPR, p, s.expression(n.value)),
    ast.Return: lambda s, n, p: (ir.RETURN, p, s.optional(n.value)),
    ast.If: lambda s, n, p: (ir.IFS, p, s.expression(n.test), s.block(n.body), s.block(n.orelse)),
    ast.For: lambda s, n, p: (
        ir.FOR,
        p,
        s.expression(n.target),
        s.expression(n.iter),
        s.block(n.body),
        s.block(n.orelse),
        False,
    ),
    ast.AsyncFor: lambda s, n, p: (
        ir.FOR,
        p,
        s.expression(n.target),
        s.expression(n.iter),
        s.block(n.body),
        s.block(n.orelse),
        True,
    ),
    ast.While: lambda s, n, p: (ir.WHILE, p, s.expression(n.test), s.block(n.body), s.block(n.orelse)),
    ast.Try: lambda s, n, p: (
        ir.TRY,
        p,
        s.block(n.body),
        tuple((s.optional(h.type), h.name, s.block(h.body)) for h in n.handlers),
        s.block(n.orelse),
        s.block(n.finalbody),
    ),
    ast.With: lambda s, n, p: (
        ir.WITH,
        p,
        tuple((s.expression(i.context_expr), s.optional(i.optional_vars)) for i in n.items),
        s.block(n.body),
        False,
    ),
    ast.AsyncWith: lambda s, n, p: (
        ir.WITH,
        p,
        tuple((s.expression(i.context_expr), s.optional(i.optional_vars)) for i in n.items),
        s.block(n.body),
        True,
    ),
    ast.Raise: lambda s, n, p: (ir.RAISE, p, s.optional(n.exc)),
    ast.Assert: lambda s, n, p: (ir.ASSERT, p, s.expression(n.test)),
    ast.Match: lambda s, n, p: (
        ir.MATCH,
        p,
        s.expression(n.subject),
        tuple((s.pattern(c.pattern), s.optional(c.guard), s.block(c.body)) for c in n.cases),
    ),
    ast.FunctionDef: lambda s, n, p: (ir.FUNCTION, p, s.function(n)),
    ast.AsyncFunctionDef: lambda s, n, p: (ir.FUNCTION, p, s.function(n)),
    ast.ClassDef: lambda s, n, p: (ir.CLASS, p, s.class_(n)),
    ast.Import: lambda s, n, p: (
        ir.IMPORT,
        p,
        tuple((name, i.module, i.attribute, i.binds_root) for name, i in _imports(n)),
    ),
    ast.ImportFrom: lambda s, n, p: (
        ir.IMPORT,
        p,
        tuple((name, i.module, i.attribute, i.binds_root) for name, i in _imports(n)),
    ),
    ast.Delete: lambda s, n, p: (ir.DELETE, p, s.expressions(n.targets)),
    ast.Break: lambda s, n, p: (ir.BREAK, p),
    ast.Continue: lambda s, n, p: (ir.CONTINUE, p),
}
if hasattr(ast, "TryStar"):
    _STATEMENTS[ast.TryStar] = _STATEMENTS[ast.Try]
if hasattr(ast, "TypeAlias"):  # Python 3.12
    _STATEMENTS[ast.TypeAlias] = lambda s, n, p: (ir.ASSIGN, p, s.expressions([n.name]), s.expression(n.value))

_EXPRESSIONS: dict[type, Callable[[_Lowering, Any, Position], Node]] = {
    ast.Name: lambda s, n, p: (ir.NAME, p, n.id),
    ast.Constant: lambda s, n, p: (ir.CONST, p, n.value),
    ast.Attribute: lambda s, n, p: (ir.ATTR, p, s.expression(n.value), n.attr),
    ast.Call: lambda s, n, p: (
        ir.CALL,
        p,
        s.expression(n.func),
        s.expressions(n.args),
        tuple((k.arg, s.expression(k.value)) for k in n.keywords),
    ),
    ast.Subscript: lambda s, n, p: (ir.SUB, p, s.expression(n.value), s.expression(n.slice)),
    ast.Slice: lambda s, n, p: (
        ir.SLICE,
        p,
        s.expressions(part for part in (n.lower, n.upper, n.step) if part is not None),
    ),
    ast.BoolOp: lambda s, n, p: (ir.BOOL, p, "and" if isinstance(n.op, ast.And) else "or", s.expressions(n.values)),
    ast.UnaryOp: lambda s, n, p: (
        (ir.NOT, p, s.expression(n.operand))
        if isinstance(n.op, ast.Not)
        else (
            (ir.CONST, p, -n.operand.value)
            if isinstance(n.op, ast.USub)
            and isinstance(n.operand, ast.Constant)
            and isinstance(n.operand.value, int | float)
            else (ir.OTHER, p, (s.expression(n.operand),))
        )
    ),
    ast.Compare: lambda s, n, p: (
        ir.COMPARE,
        p,
        s.expression(n.left),
        tuple(type(op).__name__ for op in n.ops),
        s.expressions(n.comparators),
    ),
    ast.IfExp: lambda s, n, p: (ir.IF, p, s.expression(n.test), s.expression(n.body), s.expression(n.orelse)),
    ast.List: lambda s, n, p: (ir.LIST, p, s.expressions(n.elts)),
    ast.Tuple: lambda s, n, p: (ir.TUPLE, p, s.expressions(n.elts)),
    ast.Set: lambda s, n, p: (ir.SET, p, s.expressions(n.elts)),
    ast.Dict: lambda s, n, p: (
        ir.DICT,
        p,
        tuple((s.optional(k), s.expression(v)) for k, v in zip(n.keys, n.values, strict=True)),
    ),
    ast.ListComp: lambda s, n, p: s.comprehension("list", s.expression(n.elt), n),
    ast.SetComp: lambda s, n, p: s.comprehension("set", s.expression(n.elt), n),
    ast.GeneratorExp: lambda s, n, p: s.comprehension("gen", s.expression(n.elt), n),
    ast.DictComp: lambda s, n, p: s.comprehension(
        "dict", (ir.TUPLE, p, (s.expression(n.key), s.expression(n.value))), n
    ),
    ast.Lambda: lambda s, n, p: s.lambda_(n),
    ast.Await: lambda s, n, p: (ir.AWAIT, p, s.expression(n.value)),
    ast.Yield: lambda s, n, p: s.yielded(ir.YIELD, p, n.value),
    ast.YieldFrom: lambda s, n, p: s.yielded(ir.YIELD_FROM, p, n.value),
    ast.JoinedStr: lambda s, n, p: (ir.FORMAT, p, tuple((s.expression(x), how) for x, how in _parts(n.values))),
    ast.Starred: lambda s, n, p: (ir.STAR, p, s.expression(n.value)),
    ast.NamedExpr: lambda s, n, p: (ir.WALRUS, p, n.target.id, s.expression(n.value)),
    ast.BinOp: lambda s, n, p: (ir.BINARY, p, s.expression(n.left), type(n.op).__name__, s.expression(n.right)),
}
