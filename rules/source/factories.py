"""The calls in one file that make asynchronous sessions, or factories of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from rules.source import ir
from rules.source.facts import Class, FileFacts, Function
from rules.source.ir import Node, last_name

_CALLED = frozenset({"async_sessionmaker", "AsyncSession", "sessionmaker"})
_IMPORTED = _CALLED | {"asyncio", "orm"}


def session_settings(facts: FileFacts) -> tuple[tuple[bool | None, bool | None], ...]:
    """`expire_on_commit` and `autoflush` of each call; None where a setting cannot be read."""
    imports = facts.imports.values()
    if not any(
        one.attribute in _IMPORTED or (one.attribute is None and one.module.startswith(("sqlalchemy", "sqlmodel")))
        for one in imports
    ):
        return ()
    return tuple(dict.fromkeys(_settings(facts)))


def _settings(facts: FileFacts) -> Iterator[tuple[bool | None, bool | None]]:
    for call in _calls(_code(facts)):
        name, keywords = last_name(call), dict(call[4])
        if name in ("async_sessionmaker", "AsyncSession") or (name == "sessionmaker" and _is_async(keywords)):
            yield _setting(keywords, "expire_on_commit"), _setting(keywords, "autoflush")


def _is_async(keywords: dict[str | None, Node]) -> bool:
    given = keywords.get("class_")
    return given is not None and given[0] in (ir.NAME, ir.ATTR) and "Async" in str(given[-1])


def _code(facts: FileFacts) -> Iterator[object]:
    """What may hold such a call, by the names that it mentions."""
    yield facts.body
    yield from _methods(facts.classes.values())
    yield from _mentioning(facts.functions.values())


def _methods(classes: Iterable[Class]) -> Iterator[object]:
    for one in classes:
        yield one.body
        yield from _mentioning(one.methods.values())


def _mentioning(functions: Iterable[Function]) -> Iterator[object]:
    for function in functions:
        if not _CALLED.isdisjoint(function.mentions):
            yield function.body


def _calls(code: Iterable[object]) -> Iterator[Node]:
    stack: list[Any] = list(code)
    while stack:
        item = stack.pop()
        if isinstance(item, tuple):
            if len(item) == 5 and item[0] == ir.CALL and isinstance(item[4], tuple):
                yield item
            stack.extend(item)
        elif isinstance(item, Function | Class):
            stack.append(item.body)


def _setting(keywords: dict[str | None, Node], name: str) -> bool | None:
    """What a call says about something that is on by default."""
    given = keywords.get(name)
    if given is None:
        return None if None in keywords else True
    return bool(given[2]) if given[0] == ir.CONST else None
