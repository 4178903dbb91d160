"""Reads out of one Python file what it uses of SQLAlchemy's asyncio, drivers and URLs.

One walk over the tree with an explicit stack, and only through nodes that span a line on which there is something to
find. What a value flows into is read from where it stands: an engine call, a name, a default, a comparison.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from rules.dependencies.interest import lines_of_interest, may_be_of_interest
from rules.dependencies.urls import SCHEME, URL, drivers, family, named_in
from rules.dependencies.used import EMPTY, AsyncUse, EngineCall, FileUsage, Rewrite, UrlRole, UrlUse
from rules.source.syntax import NotPython, Parsed, parse

ASYNC_ENGINES = frozenset({"create_async_engine", "async_engine_from_config"})
_ENGINES = frozenset({"create_engine", "engine_from_config"})
_SESSIONS = frozenset({"AsyncSession", "async_sessionmaker", "async_scoped_session", "AsyncEngine"})
_ASYNC_MODULES = ("sqlalchemy.ext.asyncio", "sqlmodel.ext.asyncio")
_PASS_ON = frozenset(
    [
        "AnyUrl",
        "Field",
        "MultiHostUrl",
        "Option",
        "PostgresDsn",
        "SecretStr",
        "Setting",
        "Settings",
        "URL",
        "cast",
        "config",
        "create",
        "default",
        "env",
        "environ",
        "field",
        "from_string",
        "get",
        "getenv",
        "make_url",
        "parse_obj_as",
        "setdefault",
        "setenv",
        "set_main_option",
        "str",
        "strip",
        "set_section_option",
    ]
)
_COMPARE = frozenset(
    {"startswith", "endswith", "split", "rsplit", "partition", "find", "index", "removeprefix", "match"}
)
_IMPORT_ERRORS = frozenset({"importerror", "modulenotfounderror"})
_ANY_ERROR = frozenset({"exception", "baseexception"})
_NAMED = re.compile(r"url|dsn|uri|database|db_|conn", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Context:
    """What surrounds a node."""

    role: UrlRole | None = None
    """What becomes of the value; None where it is compared, replaced or documented."""
    holder: str = ""
    function: str = ""
    optional: bool = False
    """Runs only where an import worked, or never."""
    shielded: bool = False
    """Every exception is caught, so that an import may fail; what follows it still has to work."""
    prefixed: bool = False
    """Something is added to the text."""


def python_usage(data: bytes, parsed: Parsed | None = None) -> FileUsage:
    """What one Python file uses; empty when it cannot be read (the engine says why) or uses nothing.

    `parsed` spares parsing the file again.
    """
    if not may_be_of_interest(data):
        return EMPTY
    if parsed is None:
        try:
            parsed = parse(data)
        except NotPython:
            return EMPTY  # told by the engine, for which the same file is one that it skipped
    walk = _Walk(parsed)
    walk.run()
    return walk.usage()


class _Walk:
    def __init__(self, parsed: Parsed) -> None:
        self.parsed = parsed
        self.async_uses: list[AsyncUse] = []
        self.urls: list[UrlUse] = []
        self.engines: list[EngineCall] = []
        self.rewrites: list[Rewrite] = []
        self.modules: set[str] = set()
        self.mentions: set[str] = set()
        self.stack: list[tuple[ast.AST, _Context]] = []
        self.lines = list(lines_of_interest(parsed.text))

    def usage(self) -> FileUsage:
        return FileUsage(
            async_uses=tuple(sorted(self.async_uses, key=lambda use: (not use.call, use.line))),
            urls=tuple(sorted(self.urls, key=lambda url: (url.line, url.column))),
            engines=tuple(sorted(self.engines, key=lambda call: call.line)),
            rewrites=tuple(sorted(self.rewrites, key=lambda rewrite: rewrite.line)),
            imports=tuple(sorted(self.modules)),
            mentions=tuple(sorted(self.mentions)),
        )

    def run(self) -> None:
        """Visits the nodes that span a line of interest, and no others."""
        self.stack.append((self.parsed.tree, _Context()))
        while self.stack:
            node, context = self.stack.pop()
            if not self._is_of_interest(node):
                continue
            visit = _VISITS.get(type(node))
            if visit is None:
                self._children(node, context)
            else:
                visit(self, node, context)

    def _is_of_interest(self, node: ast.AST) -> bool:
        first = getattr(node, "lineno", None)
        if first is None:
            return True
        at = bisect_left(self.lines, first)
        return at < len(self.lines) and self.lines[at] <= (getattr(node, "end_lineno", None) or first)

    def _push(self, node: ast.AST | None, context: _Context) -> None:
        if node is not None:
            self.stack.append((node, context))

    def _push_all(self, nodes: list[ast.stmt] | list[ast.expr], context: _Context) -> None:
        self.stack.extend((node, context) for node in nodes)

    def _children(self, node: ast.AST, context: _Context) -> None:
        self.stack.extend((child, context) for child in ast.iter_child_nodes(node))

    # Statements.

    def _import(self, node: ast.Import, context: _Context) -> None:
        for alias in node.names:
            self._module(alias.name, node, alias.name, context)

    def _import_from(self, node: ast.ImportFrom, context: _Context) -> None:
        if node.level == 0 and node.module:
            names = ", ".join(alias.name for alias in node.names)
            self._module(node.module, node, names, context)
            if node.module.endswith(".ext") and any(alias.name == "asyncio" for alias in node.names):
                self._module(f"{node.module}.asyncio", node, "", context)

    def _module(self, module: str, node: ast.stmt, names: str, context: _Context) -> None:
        top = module.partition(".")[0]
        if top in drivers():
            self.modules.add(top)
        if module.startswith(_ASYNC_MODULES) and not (context.optional or context.shielded):
            name = names.partition(",")[0] if names and names != "*" else module
            self.async_uses.append(AsyncUse(name, node.lineno, self._column(node), call=False))

    def _try(self, node: ast.Try, context: _Context) -> None:
        guarded = any(_catches(handler, _IMPORT_ERRORS) for handler in node.handlers)
        shielded = any(_catches(handler, _ANY_ERROR) for handler in node.handlers)
        body = replace(context, optional=context.optional or guarded, shielded=context.shielded or shielded)
        self._push_all(node.body, body)
        for handler in node.handlers:
            self._push_all(handler.body, context)
        self._push_all([*node.orelse, *node.finalbody], context)

    def _if(self, node: ast.If, context: _Context) -> None:
        self._push(node.test, context)
        typing_only = "TYPE_CHECKING" in {getattr(node.test, "id", ""), getattr(node.test, "attr", "")}
        self._push_all(node.body, replace(context, optional=True) if typing_only else context)
        self._push_all(node.orelse, context)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, context: _Context) -> None:
        inner = _Context(function=node.name.lower(), optional=context.optional)
        self._push_all(node.body, inner)
        self._push_all(node.decorator_list, context)
        for argument, default in _defaults(node.args):
            self._push(default, replace(inner, role=UrlRole.VALUE, holder=argument.lower()))

    def _assign(self, node: ast.Assign | ast.AnnAssign | ast.AugAssign | ast.NamedExpr, context: _Context) -> None:
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        self._push(node.value, replace(context, role=UrlRole.VALUE, holder=_last_name(target)))

    def _return(self, node: ast.Return | ast.Yield, context: _Context) -> None:
        self._push(node.value, replace(context, role=UrlRole.VALUE, holder=context.function))

    def _expression(self, node: ast.Expr, context: _Context) -> None:
        if not isinstance(node.value, ast.Constant):
            self._push(node.value, replace(context, role=UrlRole.MENTION, holder=""))

    def _mention(self, node: ast.AST, context: _Context) -> None:
        self._children(node, replace(context, role=UrlRole.MENTION, holder=""))

    # Expressions.

    def _compare(self, node: ast.AST, context: _Context) -> None:
        self._children(node, replace(context, role=None))

    def _dict(self, node: ast.Dict, context: _Context) -> None:
        for key, value in zip(node.keys, node.values, strict=True):
            name = key.value.lower() if isinstance(key, ast.Constant) and isinstance(key.value, str) else ""
            self._push(value, replace(context, holder=name or context.holder))
            if key is not None:
                self._push(key, replace(context, role=None))

    def _binary(self, node: ast.BinOp, context: _Context) -> None:
        self._push(node.left, replace(context, prefixed=True))
        self._push(node.right, replace(context, role=UrlRole.MENTION))

    def _call(self, node: ast.Call, context: _Context) -> None:
        name = _last_name_as_written(node.func)
        if isinstance(node.func, ast.Attribute):
            self._push(node.func.value, context)
        if name in ASYNC_ENGINES or name in _ENGINES:
            self._engine(node, name, context)
        elif name in {"replace", "sub"} and (texts := _two_texts(node)):
            self.rewrites.append(Rewrite(texts[0], texts[1], context.function, node.lineno))
        elif name in _COMPARE:
            self._arguments(node, replace(context, role=None))
        else:
            if name in _SESSIONS and not context.optional:
                self.async_uses.append(AsyncUse(name, node.lineno, self._column(node), call=True))
            self._other_call(node, name, context)

    def _engine(self, node: ast.Call, name: str, context: _Context) -> None:
        asynchronous = name in ASYNC_ENGINES
        if asynchronous and not context.optional:
            self.async_uses.append(AsyncUse(name, node.lineno, self._column(node), call=True))
        argument = node.args[0] if node.args else next((w.value for w in node.keywords if w.arg == "url"), None)
        reference = isinstance(argument, ast.Name | ast.Attribute)
        holder = _last_name(argument) if reference and argument is not None else ""
        self.engines.append(EngineCall(asynchronous, holder, node.lineno, self._column(node)))
        role = UrlRole.ASYNC_ENGINE if asynchronous else UrlRole.ENGINE
        for value in [*node.args, *(word.value for word in node.keywords)]:
            self._push(value, replace(context, role=role if value is argument else UrlRole.MENTION, holder=""))

    def _other_call(self, node: ast.Call, name: str, context: _Context) -> None:
        inner = context
        if name not in _PASS_ON and context.role is not None:
            inner = replace(context, role=UrlRole.MENTION)
        first = node.args[0] if node.args else None
        if len(node.args) > 1 and isinstance(first, ast.Constant) and isinstance(first.value, str) and name in _PASS_ON:
            inner = replace(inner, role=UrlRole.VALUE, holder=first.value.lower())
        self._scheme_argument(node, name, inner)
        self._push_all(node.args, inner)
        for word in node.keywords:
            named = bool(word.arg and _NAMED.search(word.arg))
            self._push(
                word.value,
                replace(inner, role=UrlRole.VALUE, holder=(word.arg or "").lower()) if named else inner,
            )

    def _scheme_argument(self, node: ast.Call, name: str, context: _Context) -> None:
        """`URL.create("postgresql+asyncpg")`, `PostgresDsn.build(scheme=...)`, `url.set(drivername=...)`."""
        values = [word.value for word in node.keywords if word.arg in {"drivername", "scheme"}]
        if name in {"create", "URL"} and node.args:
            values.append(node.args[0])
        for value in values:
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                found = SCHEME.fullmatch(value.value)
                if found:
                    role = UrlRole.VALUE if context.role in {None, UrlRole.MENTION} else context.role
                    self._url(found, value, role, context.holder)

    def _arguments(self, node: ast.Call, context: _Context) -> None:
        self._push_all([*node.args, *(word.value for word in node.keywords)], context)

    def _constant(self, node: ast.Constant, context: _Context) -> None:
        if not isinstance(node.value, str):
            return
        if context.role is None:
            self.mentions.update(named_in(node.value))
        else:
            self._text(node.value, node, context, whole=True)

    def _f_string(self, node: ast.JoinedStr, context: _Context) -> None:
        first = node.values[0] if node.values else None
        if context.role is not None and isinstance(first, ast.Constant) and isinstance(first.value, str):
            self._text(first.value, node, replace(context, prefixed=len(node.values) > 1), whole=False)
        for value in node.values:
            if isinstance(value, ast.FormattedValue):
                self._push(value.value, replace(context, role=None))

    def _text(self, text: str, node: ast.expr, context: _Context, *, whole: bool) -> None:
        found = URL.match(text.lstrip()) if len(text) < 2000 else None
        if found is None or context.role is None:
            self.mentions.update(named_in(text))
            return
        role = context.role
        if role is UrlRole.VALUE and not context.prefixed and _is_prefix(text, found, context.holder):
            role = UrlRole.MENTION
        self._url(found, node, role, context.holder)

    def _url(self, found: re.Match[str], node: ast.expr, role: UrlRole, holder: str) -> None:
        scheme = found[0].removesuffix("://")
        line = self.parsed.lines[node.lineno - 1]
        start = self._column(node)
        at = line.find(scheme, start - 1)
        column = at + 1 if at >= 0 else start
        self.urls.append(UrlUse(family(found[1]), found[2] or "", role, holder, node.lineno, column))

    def _column(self, node: ast.expr | ast.stmt) -> int:
        return self.parsed.column(node.lineno, node.col_offset)


_VISITS: dict[type[ast.AST], Callable[[_Walk, Any, _Context], None]] = {
    ast.Import: _Walk._import,
    ast.ImportFrom: _Walk._import_from,
    ast.Try: _Walk._try,
    ast.If: _Walk._if,
    ast.FunctionDef: _Walk._function,
    ast.AsyncFunctionDef: _Walk._function,
    ast.Assign: _Walk._assign,
    ast.AnnAssign: _Walk._assign,
    ast.NamedExpr: _Walk._assign,
    ast.Return: _Walk._return,
    ast.Yield: _Walk._return,
    ast.Expr: _Walk._expression,
    ast.Raise: _Walk._mention,
    ast.Assert: _Walk._mention,
    ast.Compare: _Walk._compare,
    ast.Dict: _Walk._dict,
    ast.BinOp: _Walk._binary,
    ast.Call: _Walk._call,
    ast.Constant: _Walk._constant,
    ast.JoinedStr: _Walk._f_string,
}


def _is_prefix(text: str, found: re.Match[str], holder: str) -> bool:
    """A constant that other code builds URLs from; for SQLite, `sqlite+aiosqlite://` is a URL of its own."""
    bare = not text.strip()[found.end() :].strip("/")
    return bare and (not found[1].startswith("sqlite") or "prefix" in holder or "scheme" in holder)


def _catches(handler: ast.ExceptHandler, errors: frozenset[str]) -> bool:
    """Whether a handler names one of some exceptions; a bare `except` counts as `BaseException`."""
    if handler.type is None:
        return "baseexception" in errors
    names = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(_last_name(name) in errors for name in names)


def _defaults(arguments: ast.arguments) -> Iterator[tuple[str, ast.expr]]:
    positional = [*arguments.posonlyargs, *arguments.args]
    count = len(arguments.defaults)
    for argument, default in zip(positional[len(positional) - count :], arguments.defaults, strict=True):
        yield argument.arg, default
    for argument, keyword_default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if keyword_default is not None:
            yield argument.arg, keyword_default


def _last_name(node: ast.AST) -> str:
    return _last_name_as_written(node).lower()


def _last_name_as_written(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Subscript):
        index = node.slice
        return index.value if isinstance(index, ast.Constant) and isinstance(index.value, str) else ""
    return ""


def _two_texts(node: ast.Call) -> tuple[str, str] | None:
    values = [argument.value for argument in node.args[:2] if isinstance(argument, ast.Constant)]
    if len(values) == 2 and isinstance(values[0], str) and isinstance(values[1], str):
        return values[0], values[1]
    return None
