"""`OneFile` as bytes and back: what the cache keeps and what processes send each other.

`marshal` of nested tuples, which loads faster than anything else; only bytes of our own, with an intact digest, are
ever loaded. The path is not among them: many paths share one blob. The bodies of functions stay bytes until somebody
asks for one, and so does a whole file: most of a large project is never looked at.
"""

from __future__ import annotations

import marshal
from operator import attrgetter
from typing import Any

from rules.dependencies.used import EMPTY, AsyncUse, EngineCall, FileUsage, Rewrite, UrlRole, UrlUse
from rules.reading.one_file import OneFile
from rules.source.comments import Span, Suppression
from rules.source.facts import Class, FileFacts, Function, Import, Parameter
from rules.source.ir import Block
from rules.source.layout import Layout, Piece

_FUNCTION, _CLASS = "\0function", "\0class"
"""What begins a packed definition inside a body; no name and no kind of a node does."""
_PIECE = attrgetter(*Piece.__slots__)
_SUPPRESSION = attrgetter(*Suppression.__slots__)
_USAGE = attrgetter(*FileUsage.__slots__)
_LENGTH = 8
"""Bytes that tell how long the first part is: all but the facts."""
_RECORDS = 4
"""How many fields of a `FileUsage` hold values of ours; those behind them hold names."""


def pack(one: OneFile) -> bytes | None:
    """None for what is nested too deeply to be packed."""
    try:
        lines, pieces, facts = (0, b"", b"") if one.facts is None else _pack_facts(one.facts)
        comments = tuple(_plain(_SUPPRESSION(comment)) for comment in one.suppressions)
        head = marshal.dumps((one.reason, comments, _pack_usage(one.usage), lines, pieces))
        return len(head).to_bytes(_LENGTH) + head + facts
    except (ValueError, RecursionError):
        return None


def unpack(path: str, data: bytes) -> OneFile:
    """The file stays in `data` until it is looked at: it is held once."""
    whole = memoryview(data)
    end = _LENGTH + int.from_bytes(whole[:_LENGTH])
    reason, comments, usage, lines, pieces = marshal.loads(whole[_LENGTH:end])  # noqa: S302 - ours, see above
    return OneFile(
        _StoredFacts(path, lines, pieces, whole[end:]) if end < len(whole) else None,
        tuple(_suppression(*comment) for comment in comments),
        _usage(usage),
        reason,
    )


class _StoredFacts(FileFacts):
    """Facts that are unpacked when they are first looked at."""

    __slots__ = ("_packed", "_pieces")
    _packed: memoryview
    _pieces: bytes

    def __init__(self, path: str, lines: int, pieces: bytes, packed: memoryview) -> None:
        self.path, self.lines, self._pieces, self._packed = path, lines, pieces, packed

    def __getattr__(self, name: str) -> Any:
        if name not in FileFacts.__slots__:
            raise AttributeError(name)
        if name == "layout":
            pieces = [Piece(*one) for one in marshal.loads(self._pieces)] if self._pieces else None  # noqa: S302
            self.layout = None if pieces is None else Layout(pieces)
            return self.layout
        (
            nested,
            functions,
            classes,
            imports,
            self.stars,
            self.sessions,
            body,
            assignments,
            mentions,
        ) = marshal.loads(self._packed)  # noqa: S302
        body = _body(*body)
        self.functions = {name: _function(one, nested) for name, one in functions}
        self.classes = {name: _class(one, nested) for name, one in classes}
        self.imports = {name: Import(*rest) for name, *rest in imports}
        self.body = body
        self.assignments = {name: tuple([body[number] for number in numbers]) for name, numbers in assignments}
        self.mentions = dict(mentions)
        del self._packed
        return getattr(self, name)


class _StoredFunction(Function):
    """A function whose body is unpacked when it is first looked at."""

    __slots__ = ("_packed",)
    _packed: tuple[bool, bytes]

    def __getattr__(self, name: str) -> Any:
        if name != "body":
            raise AttributeError(name)
        self.body: Block = _body(*self._packed)
        del self._packed
        return self.body


# Packing


def _pack_facts(facts: FileFacts) -> tuple[int, bytes, bytes]:
    pieces = b"" if facts.layout is None else marshal.dumps(tuple([_PIECE(one) for one in facts.layout.pieces]))
    number_of = {id(statement): number for number, statement in enumerate(facts.body)}
    rest = (
        tuple([(name, _pack_function(one)) for name, one in facts.functions.items()]),
        tuple([(name, _pack_class(one)) for name, one in facts.classes.items()]),
        tuple([(name, one.module, one.attribute, one.binds_root) for name, one in facts.imports.items()]),
        facts.stars,
        facts.sessions,
        _pack_body(facts.body),
        tuple([(name, tuple([number_of[id(one)] for one in found])) for name, found in facts.assignments.items()]),
        tuple(facts.mentions.items()),
    )
    try:
        return facts.lines, pieces, marshal.dumps((False, *rest))
    except ValueError:  # a lambda in it: a default, an argument of a decorator
        return facts.lines, pieces, marshal.dumps((True, *_plain(rest)))


def _pack_body(body: Block) -> tuple[bool, bytes]:
    """Whether definitions are nested in it, which few bodies have and which cost time, and the body itself."""
    try:
        return False, marshal.dumps(body)
    except ValueError:
        return True, marshal.dumps(_plain(body))


def _pack_function(one: Function) -> tuple[Any, ...]:
    return (
        one.name,
        one.qualname,
        one.position,
        tuple([(each.name, each.kind, each.annotation, each.default) for each in one.parameters]),
        one.decorators,
        one.returns,
        one.is_async,
        one.is_generator,
        one.type_parameters,
        one.mentions,
        one.nests_async,
        one.makes_dict,
        one.is_trivial,
        tuple([(each.module, each.attribute, each.binds_root) for each in one.imports]),
        _pack_body(one.body),
    )


def _pack_class(one: Class) -> tuple[Any, ...]:
    return (
        one.name,
        one.qualname,
        one.position,
        one.bases,
        one.keywords,
        one.decorators,
        _pack_body(one.body),
        tuple([(name, _pack_function(method)) for name, method in one.methods.items()]),
        tuple([(name, _pack_class(inner)) for name, inner in one.classes.items()]),
        one.type_parameters,
        tuple(one.mentions.items()),
    )


def _plain(found: Any) -> Any:
    """The same with packed definitions in place of those that stand in expressions and bodies."""
    if isinstance(found, tuple):
        return tuple([_plain(part) for part in found])
    if isinstance(found, Function):
        return (_FUNCTION, _plain(_pack_function(found)))
    if isinstance(found, Class):
        return (_CLASS, _plain(_pack_class(found)))
    return found


def _pack_usage(usage: FileUsage | None) -> tuple[Any, ...] | None:
    if usage is None or usage == EMPTY:
        return None if usage is None else ()
    values = _USAGE(usage)
    return (*(tuple([_record(one) for one in some]) for some in values[:_RECORDS]), *values[_RECORDS:])


def _record(one: Any) -> tuple[Any, ...]:
    values = (getattr(one, name) for name in one.__slots__)
    return tuple([str(value) if isinstance(value, UrlRole) else value for value in values])


# Unpacking


def _body(nested: bool, packed: bytes) -> Any:
    body = marshal.loads(packed)  # noqa: S302
    return _rebuilt(body) if nested else body


def _rebuilt(found: Any) -> Any:
    """The way back from `_plain`."""
    if type(found) is not tuple or not found:
        return found
    if found[0] == _FUNCTION:
        return _function(found[1], nested=True)
    if found[0] == _CLASS:
        return _class(found[1], nested=True)
    return tuple([_rebuilt(part) for part in found])


def _function(packed: tuple[Any, ...], nested: bool) -> Function:
    function = _StoredFunction.__new__(_StoredFunction)
    (
        function.name,
        function.qualname,
        function.position,
        given,
        decorators,
        returns,
        function.is_async,
        function.is_generator,
        function.type_parameters,
        function.mentions,
        function.nests_async,
        function.makes_dict,
        function.is_trivial,
        imports,
        function._packed,
    ) = packed
    if nested:
        given, decorators, returns = _rebuilt(given), _rebuilt(decorators), _rebuilt(returns)
    function.parameters = tuple([Parameter(*each) for each in given])
    function.decorators, function.returns = decorators, returns
    function.imports = tuple([Import(*each) for each in imports])
    return function


def _class(packed: tuple[Any, ...], nested: bool) -> Class:
    name, qualname, position, *written, body, methods, classes, type_parameters, mentions = packed
    bases, keywords, decorators = _rebuilt(tuple(written)) if nested else written
    return Class(
        name,
        qualname,
        position,
        bases,
        keywords,
        decorators,
        _body(*body),
        {name: _function(method, nested) for name, method in methods},
        {name: _class(inner, nested) for name, inner in classes},
        type_parameters,
        dict(mentions),
    )


def _suppression(
    first: int, last: int, rules: tuple[str, ...], reason: str, comment: Any, brackets: Any, removal: Any
) -> Suppression:
    return Suppression(
        first, last, rules, reason, Span(*comment), None if brackets is None else Span(*brackets), Span(*removal)
    )


def _usage(packed: tuple[Any, ...] | None) -> FileUsage | None:
    if not packed:
        return None if packed is None else EMPTY
    async_uses, urls, engines, rewrites, *names = packed
    return FileUsage(
        tuple(AsyncUse(*one) for one in async_uses),
        tuple(UrlUse(dialect, driver, UrlRole(role), *rest) for dialect, driver, role, *rest in urls),
        tuple(EngineCall(*one) for one in engines),
        tuple(Rewrite(*one) for one in rewrites),
        *names,
    )
