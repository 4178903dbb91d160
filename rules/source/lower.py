"""Turns one file's syntax tree into `FileFacts`: one walk, after which the tree can be dropped."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from rules.source import ir
from rules.source.expressions import (
    Scope,
    annotation,
    expression,
    expressions,
    keywords,
    optional,
    parameters,
    position,
)
from rules.source.facts import Class, FileFacts, Function, Import
from rules.source.ir import Block, Node


def lower_module(
    path: str, tree: ast.Module, type_parameters: Mapping[int, tuple[str, ...]] | None = None
) -> FileFacts:
    """Facts of one parsed file. `type_parameters` names the PEP 695 parameters by the line of their definition.

    The tree is used up: quoted annotations in it become expressions.
    """
    return _Lowering(type_parameters or {}).module(path, tree)


class _Lowering(Scope):
    def __init__(self, type_parameters: Mapping[int, tuple[str, ...]]) -> None:
        super().__init__()
        self.type_parameters = type_parameters

    def module(self, path: str, tree: ast.Module) -> FileFacts:
        functions: dict[str, Function] = {}
        classes: dict[str, Class] = {}
        imports: dict[str, Import] = {}
        stars: list[str] = []
        assignments: dict[str, list[Node]] = {}
        mentions: dict[str, set[str]] = {}
        body: list[Node] = []
        for node in flatten(tree.body):
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
                self.mentioned = set()
                statement = self.attempt(self.statement, node)
                if statement is not None:
                    body.append(statement)
                    for name in _bound_names(statement):
                        assignments.setdefault(name, []).append(statement)
                        mentions.setdefault(name, set()).update(self.mentioned)
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
            mentions={name: tuple(sorted(found)) for name, found in mentions.items()},
        )

    def class_(self, node: ast.ClassDef) -> Class:
        self.names.append(node.name)
        outer = self.mentioned
        mentions: dict[str, set[str]] = {}
        methods: dict[str, Function] = {}
        classes: dict[str, Class] = {}
        body: list[Node] = []
        inner: list[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef] = []
        for item in flatten(node.body):
            if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                inner.append(item)
            elif isinstance(item, ast.Assign | ast.AnnAssign | ast.Expr):
                self.mentioned = set()
                statement = self.attempt(self.statement, item)
                if statement is not None:
                    body.append(statement)
                    for name in (*_bound_names(statement),) or ("",):
                        mentions.setdefault(name, set()).update(self.mentioned)
        self.mentioned = mentions.setdefault("", set())
        bases, words = expressions(self, node.bases), keywords(self, node.keywords)
        decorators = expressions(self, node.decorator_list)
        outer.update(*mentions.values())
        self.mentioned = outer
        for item in inner:
            if isinstance(item, ast.ClassDef):
                classes[item.name] = self.class_(item)
            else:
                kept = item.name not in methods or not _is_accessor(item)
                if kept and (method := self.attempt(self.function, item)) is not None:
                    methods[item.name] = method
        qualname = self.qualname
        self.names.pop()
        return Class(
            node.name,
            qualname,
            position(node),
            bases,
            words,
            decorators,
            tuple(body),
            methods,
            classes,
            self._parameters_of(node),
            {name: tuple(sorted(found)) for name, found in mentions.items()},
        )

    def _parameters_of(self, node: Any) -> tuple[str, ...]:
        native = tuple(parameter.name for parameter in getattr(node, "type_params", ()))
        return native or self.type_parameters.get(node.lineno, ())

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Function:
        self.names.append(node.name)
        outer, yields, imports = self.mentioned, self.yields, self.imported
        self.mentioned, self.yields, self.imported = set(), False, []
        body = self.attempt(self.block, node.body)
        if body is None:
            # Who knows what a body does that is nested too deeply: nothing is said of what comes after a call of it.
            body = ((ir.RAISE, position(node), None),)
        mentioned = self.mentioned
        function = Function(
            node.name,
            self.qualname,
            position(node),
            parameters(self, node.args),
            body,
            expressions(self, node.decorator_list),
            annotation(self, node.returns),
            isinstance(node, ast.AsyncFunctionDef),
            self.yields,
            self._parameters_of(node),
            tuple(sorted(mentioned)),
            any(statement[0] == ir.FUNCTION and statement[2].is_async for statement in body),
            any(_makes_dict(statement) for statement in body),
            all(statement[0] == ir.RAISE and _names_error(statement) for statement in body),
            tuple(self.imported),
        )
        outer |= mentioned
        imports.extend(self.imported)
        self.mentioned, self.yields, self.imported = outer, yields, imports
        self.names.pop()
        return function

    def block(self, body: Sequence[ast.stmt]) -> Block:
        return tuple([found for node in body if (found := self.statement(node)) is not None]) if body else ()

    def statement(self, node: ast.stmt) -> Node | None:
        """None for what does nothing: `pass`, a docstring, `global`."""
        lower = _STATEMENTS.get(type(node))
        return None if lower is None else lower(self, node, position(node))

    def pattern(self, node: ast.pattern) -> Node:
        match node:
            case ast.MatchValue(value):
                return ("value", expression(self, value))
            case ast.MatchSingleton(value):
                return ("value", (ir.CONST, position(node), value))
            case ast.MatchClass(cls, patterns, names, kwd_patterns):
                fields: list[tuple[str | None, Node]] = [(None, self.pattern(p)) for p in patterns]
                fields += [(name, self.pattern(p)) for name, p in zip(names, kwd_patterns, strict=True)]
                return ("class", expression(self, cls), tuple(fields))
            case ast.MatchAs(pattern, name):
                return ("bind", name, None if pattern is None else self.pattern(pattern))
            case ast.MatchSequence(patterns):
                return ("seq", tuple(self.pattern(p) for p in patterns))
            case ast.MatchOr(patterns):
                return ("or", tuple(self.pattern(p) for p in patterns))
            case ast.MatchMapping(keys, patterns, rest):
                pairs = zip(keys, patterns, strict=True)
                return ("map", tuple((expression(self, key), self.pattern(p)) for key, p in pairs), rest)
            case ast.MatchStar(name):
                return ("star", name)
        return ("bind", None, None)

    def choice(self, node: ast.If) -> Node:
        chain = [node]
        while len(rest := chain[-1].orelse) == 1 and isinstance(rest[0], ast.If):  # not by recursion: a long `elif`
            chain.append(rest[0])
        found = self.block(chain[-1].orelse)
        for one in reversed(chain):
            test = expression(self, one.test)
            found = ((ir.IFS, position(one), test, self.block(one.body), found),)
        return found[0]

    def loop(self, node: ast.For | ast.AsyncFor, where: ir.Position, asynchronous: bool) -> Node:
        target, iterated = expression(self, node.target), expression(self, node.iter)
        return (ir.FOR, where, target, iterated, self.block(node.body), self.block(node.orelse), asynchronous)

    def managed(self, node: ast.With | ast.AsyncWith, where: ir.Position, asynchronous: bool) -> Node:
        items = [(expression(self, item.context_expr), optional(self, item.optional_vars)) for item in node.items]
        return (ir.WITH, where, tuple(items), self.block(node.body), asynchronous)

    def tried(self, node: Any, where: ir.Position) -> Node:
        return (
            ir.TRY,
            where,
            self.block(node.body),
            tuple([(optional(self, h.type), h.name, self.block(h.body)) for h in node.handlers]),
            self.block(node.orelse),
            self.block(node.finalbody),
        )

    def matched(self, node: ast.Match, where: ir.Position) -> Node:
        cases = [(self.pattern(c.pattern), optional(self, c.guard), self.block(c.body)) for c in node.cases]
        return (ir.MATCH, where, expression(self, node.subject), tuple(cases))


def flatten(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a module or class, with those under `if` and `try` where definitions may stand."""
    for node in body:
        if isinstance(node, ast.If) and not _is_main_guard(node.test):
            yield from flatten(node.body)
            yield from flatten(node.orelse)
        elif isinstance(node, ast.Try):
            yield from flatten(node.body)
            yield from flatten(node.orelse)
            for handler in node.handlers:
                yield from (item for item in flatten(handler.body) if isinstance(item, ast.Import | ast.ImportFrom))
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


def _local_import(scope: Scope, node: ast.Import | ast.ImportFrom, where: ir.Position) -> Node:
    found = tuple(_imports(node))
    scope.imported.extend(imported for _, imported in found)
    return (ir.IMPORT, where, tuple([(name, i.module, i.attribute, i.binds_root) for name, i in found]))


_GIVEN = {ir.RETURN: 2, ir.ASSIGN: 3, ir.ANNOTATE: 4}
"""Where a statement has the value that it returns or binds."""


def _names_error(node: object) -> bool:
    """Whether it mentions `NotImplementedError`."""
    return any(map(_names_error, node)) if isinstance(node, tuple) else node == "NotImplementedError"


def _makes_dict(statement: Node) -> bool:
    at = _GIVEN.get(statement[0])
    value = None if at is None else statement[at]
    return value is not None and value[0] == ir.DICT


Lower = Callable[[_Lowering, Any, ir.Position], Node | None]

_STATEMENTS: dict[type, Lower] = {
    ast.Assign: lambda s, n, p: (ir.ASSIGN, p, expressions(s, n.targets), expression(s, n.value)),
    ast.AugAssign: lambda s, n, p: (
        ir.AUGMENT,
        p,
        expression(s, n.target),
        type(n.op).__name__,
        expression(s, n.value),
    ),
    ast.AnnAssign: lambda s, n, p: (
        ir.ANNOTATE,
        p,
        expression(s, n.target),
        annotation(s, n.annotation),
        optional(s, n.value),
    ),
    ast.Expr: lambda s, n, p: None if isinstance(n.value, ast.Constant) else (ir.EXPR, p, expression(s, n.value)),
    ast.Return: lambda s, n, p: (ir.RETURN, p, optional(s, n.value)),
    ast.If: lambda s, n, p: s.choice(n),
    ast.For: lambda s, n, p: s.loop(n, p, False),
    ast.AsyncFor: lambda s, n, p: s.loop(n, p, True),
    ast.While: lambda s, n, p: (ir.WHILE, p, expression(s, n.test), s.block(n.body), s.block(n.orelse)),
    ast.Try: lambda s, n, p: s.tried(n, p),
    ast.With: lambda s, n, p: s.managed(n, p, False),
    ast.AsyncWith: lambda s, n, p: s.managed(n, p, True),
    ast.Raise: lambda s, n, p: (ir.RAISE, p, optional(s, n.exc)),
    ast.Assert: lambda s, n, p: (ir.ASSERT, p, expression(s, n.test)),
    ast.Match: lambda s, n, p: s.matched(n, p),
    ast.FunctionDef: lambda s, n, p: (ir.FUNCTION, p, s.function(n)),
    ast.AsyncFunctionDef: lambda s, n, p: (ir.FUNCTION, p, s.function(n)),
    ast.ClassDef: lambda s, n, p: (ir.CLASS, p, s.class_(n)),
    ast.Import: _local_import,
    ast.ImportFrom: _local_import,
    ast.Delete: lambda s, n, p: (ir.DELETE, p, expressions(s, n.targets)),
    ast.Break: lambda s, n, p: (ir.BREAK, p),
    ast.Continue: lambda s, n, p: (ir.CONTINUE, p),
}
if hasattr(ast, "TryStar"):
    _STATEMENTS[ast.TryStar] = _STATEMENTS[ast.Try]
if hasattr(ast, "TypeAlias"):  # Python 3.12
    _STATEMENTS[ast.TypeAlias] = lambda s, n, p: (ir.ASSIGN, p, expressions(s, [n.name]), expression(s, n.value))
