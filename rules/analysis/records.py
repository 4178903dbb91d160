"""What interpreting an entry point found out, as bytes that another run over much the same project can use.

Nothing in a record refers to an object of the program: models go by file and name. `marshal` of nested tuples, like all
that the cache keeps (`rules.reading.packing`): only bytes of our own, with an intact digest, are ever loaded.
"""

from __future__ import annotations

import marshal
from collections import Counter
from dataclasses import dataclass
from typing import Any

from rules.analysis.accesses import Access, Cause, Hop, Links, Origin, Place, RefreshSite
from rules.index.consulted import Question
from rules.index.models import Model, ModelIndex
from rules.index.prints import Prints
from rules.index.program import Program, all_classes


@dataclass(frozen=True, slots=True)
class Record:
    """One entry point, interpreted."""

    paths: frozenset[str]
    """The files that were looked at."""
    asked: tuple[tuple[Question, object], ...]
    skipped_nested: frozenset[Place]
    """Functions inside others that were left out because an entry point before this one had run them."""
    visited: frozenset[Place]
    accesses: tuple[Access, ...]
    reads: int
    unknown: Counter[str]

    def holds(self, prints: Prints, digest: bytes) -> bool:
        """Whether interpreting the entry point again would find out the same. `digest` was made with the record."""
        return prints.together(self.paths) == digest and all(
            prints.answer(question) == answer for question, answer in self.asked
        )


def pack(record: Record, digest: bytes) -> bytes:
    """Raises `ValueError` for what cannot be packed."""
    return marshal.dumps(_packed(record, digest))


def _packed(record: Record, digest: bytes) -> Any:
    paths = sorted({*record.paths, *(place[0] for place in (*record.visited, *record.skipped_nested))})
    number = {path: place for place, path in enumerate(paths)}
    return (
        digest,
        tuple(paths),
        tuple(sorted(number[path] for path in record.paths)),
        record.asked,
        tuple(sorted((number[path], position) for path, position in record.skipped_nested)),
        tuple(sorted((number[path], position) for path, position in record.visited)),
        marshal.dumps(tuple([_pack_access(access) for access in record.accesses])) if record.accesses else b"",
        record.reads,
        tuple(record.unknown.items()),
    )


def unpack(data: bytes, named: Named) -> tuple[Record, bytes] | None:
    """A record with its digest; None where a model that it names is not there any more."""
    digest, paths, looked_at, asked, skipped, visited, accesses, reads, unknown = marshal.loads(data)  # noqa: S302 - ours
    try:
        found = tuple([_access(packed, named) for packed in marshal.loads(accesses)]) if accesses else ()  # noqa: S302
    except KeyError:
        return None
    record = Record(
        frozenset([paths[number] for number in looked_at]),
        asked,
        frozenset([(paths[number], position) for number, position in skipped]),
        frozenset([(paths[number], position) for number, position in visited]),
        found,
        reads,
        Counter(dict(unknown)),
    )
    return record, digest


class Named:
    """The models of a program by file and name."""

    def __init__(self, program: Program, models: ModelIndex) -> None:
        self._models: dict[tuple[str, str], Model] = {}
        for module in program.modules.values():
            for info in all_classes(module):
                model = models.of(info)
                if model is not None:
                    self._models[_name(model)] = model

    def __getitem__(self, name: tuple[str, str]) -> Model:
        return self._models[name]


def _name(model: Model) -> tuple[str, str]:
    return (model.info.module.path, model.info.facts.qualname)


def _pack_links(links: Links) -> tuple[Any, ...]:
    return tuple([(_name(model), attribute) for model, attribute in links])


def _links(packed: tuple[Any, ...], named: Named) -> Links:
    return tuple([(named[name], attribute) for name, attribute in packed])


def _pack_hops(hops: tuple[Hop, ...]) -> tuple[Any, ...]:
    return tuple([(hop.place, hop.note) for hop in hops])


def _hops(packed: tuple[Any, ...]) -> tuple[Hop, ...]:
    return tuple([Hop(*one) for one in packed])


def _pack_access(access: Access) -> tuple[Any, ...]:
    origin, cause, refresh = access.origin, access.cause, access.refresh
    return (
        access.place,
        access.function,
        _name(access.model),
        access.attribute,
        access.relationship,
        access.collection,
        (origin.kind, origin.place, origin.direct, origin.known, origin.at),
        (cause.kind, cause.place, cause.note, _pack_hops(cause.via), cause.home),
        access.detached,
        access.lost,
        _pack_links(access.path),
        tuple([_pack_hops(trace) for trace in access.traces]),
        access.confidence,
        access.operation,
        access.detail,
        access.option_place,
        None if refresh is None else (refresh.session, refresh.instance, refresh.before),
        tuple(sorted([_pack_links(links) for links in access.needs])),
        access.can_await,
        None if access.root is None else _name(access.root),
        access.factory,
    )


def _access(packed: tuple[Any, ...], named: Named) -> Access:
    (
        place,
        function,
        model,
        attribute,
        relationship,
        collection,
        origin,
        (kind, because_of, note, via, home),
        detached,
        lost,
        path,
        traces,
        confidence,
        operation,
        detail,
        option_place,
        refresh,
        needs,
        can_await,
        root,
        factory,
    ) = packed
    access = Access(
        place,
        function,
        named[model],
        attribute,
        relationship,
        collection,
        Origin(*origin),
        Cause(kind, because_of, note, _hops(via), home),
        detached,
        lost,
        _links(path, named),
        [_hops(trace) for trace in traces],
        confidence,
        operation,
        detail,
        option_place,
        None if refresh is None else RefreshSite(*refresh),
        {_links(links, named) for links in needs},
        can_await,
        None if root is None else named[root],
        factory,
    )
    access.key = key_of(access)
    return access


def key_of(access: Access) -> tuple[object, ...]:
    """What makes two reads that fail the same one."""
    return (
        *access.place,
        access.operation,
        id(access.model),
        access.attribute,
        access.origin.place,
        access.cause.kind,
        access.cause.place,
        access.path,
        access.detached,
    )
