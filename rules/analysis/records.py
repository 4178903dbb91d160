"""What interpreting an entry point found out, as bytes that another run over much the same project can use.

Nothing in a record refers to an object of the program: models go by file and name. `marshal` of nested tuples, like all
that the cache keeps (`rules.reading.packing`): only bytes of our own, with an intact digest, are ever loaded.
"""

from __future__ import annotations

import marshal
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any

from rules.analysis.accesses import Access, Cause, Hop, Links, Origin, Place, RefreshSite
from rules.index.consulted import Consulted
from rules.index.models import Model, ModelIndex
from rules.index.prints import Prints
from rules.index.program import Program, all_classes
from rules.source.ir import Position
from rules.source.layout import Layout, Shift

LayoutOf = Callable[[str, str], Layout | None]
"""Gives the layout of a path with a blob id, where it is still known."""


@dataclass(frozen=True, slots=True)
class Record:
    """One entry point, interpreted."""

    consulted: Consulted
    """What was looked at besides the functions that were run; of a record that was unpacked, the files and the
    questions alone."""
    skipped_nested: frozenset[Place]
    """Functions inside others that were left out because an entry point before this one had run them."""
    visited: frozenset[Place]
    accesses: tuple[Access, ...]
    reads: int
    unknown: Counter[str]


def pack(record: Record, prints: Prints, program: Program) -> bytes:
    """Raises `ValueError` for what cannot be packed."""
    return marshal.dumps(_packed(record, prints, program))


def _packed(record: Record, prints: Prints, program: Program) -> Any:
    looked_at = _looked_at(record)
    paths = sorted(looked_at)
    number = {path: place for place, path in enumerate(paths)}
    return (
        prints.together(frozenset(paths)),
        prints.general,
        tuple(paths),
        marshal.dumps(tuple([_seen(path, looked_at[path], prints, program) for path in paths])),
        tuple(record.consulted.asked.items()),
        tuple(sorted((number[path], position) for path, position in record.skipped_nested)),
        tuple(sorted((number[path], position) for path, position in record.visited)),
        marshal.dumps(tuple([_pack_access(access) for access in record.accesses])) if record.accesses else b"",
        record.reads,
        tuple(record.unknown.items()),
    )


def _looked_at(record: Record) -> dict[str, set[Any]]:
    """Of each file the names and the lines, of definitions that were looked at."""
    found: dict[str, set[Any]] = {path: set() for path in record.consulted.paths}
    for path, what in record.consulted.definitions:
        found.setdefault(path, set()).add(what if isinstance(what, str) else what[0])
        if not isinstance(what, str):
            found[path].add(what[2])
    for info in {ancestor for one in record.consulted.classes for ancestor in one.mro}:
        known = found.setdefault(info.module.path, set())
        known.add(info.facts.position[0])
    places = [*record.visited, *record.skipped_nested]
    for access in record.accesses:
        places.extend(_places(access))
    for path, position in places:
        known = found.setdefault(path, set())
        known.add(position[0])
        known.add(position[2])
    return found


def _seen(path: str, looked_at: Iterable[str | int], prints: Prints, program: Program) -> tuple[Any, ...]:
    """The file with its print, and the pieces of it that were looked at with their links; nothing of them where
    something is in no piece."""
    whole = (prints.blob(path), prints.of(path), None, b"")
    module = program.modules.get(path)
    layout = None if module is None else module.facts.layout
    if layout is None:
        return whole
    pieces: set[int] = set()
    for what in looked_at:
        if isinstance(what, str):
            found = layout.by_name.get(what)
            if found is None:
                return whole
            pieces.update(found)
        else:
            number = layout.at(what)
            if number is None:
                return whole
            pieces.add(number)
    numbers = tuple(sorted(pieces))
    return (*whole[:2], numbers, prints.links(path, numbers))


@dataclass(frozen=True, slots=True)
class Opened:
    """A record that holds: interpreting the entry point again would find out the same."""

    _packed: tuple[Any, ...]
    _known: Known
    _shifts: dict[str, Shift]
    """Of files that have changed around what was looked at."""

    def ran(self) -> Set[Place]:
        """The functions that the entry point runs; none where they cannot be found any more."""
        try:
            return self._visited()
        except KeyError:
            return frozenset()

    def record(self) -> Record | None:
        """None where it names what cannot be found any more."""
        _, _, paths, _, asked, skipped, _, accesses, reads, unknown = self._packed
        try:
            found = [_access(one, self._known.named) for one in marshal.loads(accesses)] if accesses else []  # noqa: S302
            if self._shifts:
                found = [_moved(access, self._at) for access in found]
            return Record(
                Consulted(set(paths), asked=dict(asked)),
                frozenset([self._at((paths[number], position)) for number, position in skipped]),
                self._visited(),
                tuple(found),
                reads,
                Counter(dict(unknown)),
            )
        except KeyError:
            return None

    def _visited(self) -> frozenset[Place]:
        _, _, paths, _, _, _, visited, *_ = self._packed
        return frozenset([self._at((paths[number], position)) for number, position in visited])

    def _at(self, place: Place) -> Place:
        shift = self._shifts.get(place[0])
        return place if shift is None else (place[0], shift.position(place[1]))


def opened(data: bytes, known: Known, *, just_made: bool = False) -> Opened | None:
    """`just_made`: of the program as it is now."""
    packed = marshal.loads(data)  # noqa: S302 - ours
    shifts = {} if just_made else _shifts(packed, known)
    return None if shifts is None else Opened(packed, known, shifts)


def ran_as_before(data: bytes, known: Known, loading: Set[str]) -> frozenset[Place] | None:
    """The functions that an entry point ran, where they are by now; None where it may end otherwise after edits which,
    in the files of `loading`, only have more loaded: a read failed. Where none did, none will: what is behind a
    question whether something is loaded is followed whatever the answer is, or unknown.
    """
    packed = marshal.loads(data)  # noqa: S302 - ours
    _, _, paths, seen, _, _, visited, accesses, _, _ = packed
    if accesses or _shifts(packed, known, loading) is None:
        return None
    blobs = [one[0] for one in marshal.loads(seen)]  # noqa: S302 - ours
    return frozenset(
        (paths[number], known.moved(paths[number], blobs[number], position)) for number, position in visited
    )


def _shifts(packed: tuple[Any, ...], known: Known, besides: Set[str] = frozenset()) -> dict[str, Shift] | None:
    """How the files that have changed, `besides` some, have changed; None where what was looked at in them has."""
    digest, general, paths, seen, asked, *_ = packed
    prints = known.prints
    shifts: dict[str, Shift] = {}
    if prints.together(frozenset(paths)) != digest:
        if prints.general != general:
            return None
        for path, (blob, whole, pieces, links) in zip(paths, marshal.loads(seen), strict=True):  # noqa: S302
            if prints.of(path) != whole and path not in besides:
                shift = known.shift(path, blob, pieces, links)
                if shift is None:
                    return None
                shifts[path] = shift
    if any(prints.answer(question) != answer for question, answer in asked):
        return None
    return shifts


class Known:
    """What a record is compared with: a program, and the layouts that its files had before."""

    def __init__(self, program: Program, prints: Prints, named: Named, layout_before: LayoutOf) -> None:
        self.prints = prints
        self.named = named
        self._program = program
        self._layout_before = layout_before
        self._shifts: dict[tuple[str, str], Shift | None] = {}

    def shift(self, path: str, blob: str, pieces: Sequence[int] | None, links: bytes) -> Shift | None:
        """From the version of a file in which some pieces of it were looked at, where they are as they were."""
        if pieces is None:
            return None
        shift = self._shift(path, blob)
        now = None if shift is None else shift.pieces(pieces)
        return shift if now is not None and self.prints.links(path, now) == links else None

    def _shift(self, path: str, blob: str) -> Shift | None:
        if (path, blob) not in self._shifts:
            module = self._program.modules.get(path)
            before = self._layout_before(path, blob)
            after = None if module is None else module.facts.layout
            self._shifts[path, blob] = None if before is None or after is None else Shift(before, after)
        return self._shifts[path, blob]

    def moved(self, path: str, blob: str, position: Position) -> Position:
        """Where a function is whose body may have been edited; where it was, if that cannot be told."""
        if blob == self.prints.blob(path):
            return position
        shift = self._shift(path, blob)
        return position if shift is None else shift.roughly(position)


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
        access.manner,
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
        manner,
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
        manner,
    )
    access.key = key_of(access)
    return access


def _places(access: Access) -> Iterator[Place]:
    """All that an access names."""

    def seen(place: Place) -> Place:
        found.append(place)
        return place

    found: list[Place] = []
    _moved(access, seen)
    return iter(found)


def _moved(access: Access, at: Callable[[Place], Place]) -> Access:
    """The same with every place as `at` gives it."""
    origin, cause, refresh = access.origin, access.cause, access.refresh
    moved = replace(
        access,
        place=at(access.place),
        origin=replace(origin, place=at(origin.place), at=_maybe(at, origin.at)),
        cause=replace(cause, place=at(cause.place), via=_moved_hops(cause.via, at)),
        traces=[_moved_hops(trace, at) for trace in access.traces],
        option_place=_maybe(at, access.option_place),
        refresh=None if refresh is None else replace(refresh, before=at(refresh.before)),
        factory=_maybe(at, access.factory),
    )
    moved.key = key_of(moved)
    return moved


def _moved_hops(hops: tuple[Hop, ...], at: Callable[[Place], Place]) -> tuple[Hop, ...]:
    return tuple([replace(hop, place=at(hop.place)) for hop in hops])


def _maybe(at: Callable[[Place], Place], place: Place | None) -> Place | None:
    return None if place is None else at(place)


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
        access.manner,
    )
