"""Fingerprints of files and definitions as the analysis sees them: of their text, and of what they take from elsewhere.

What was found out by looking at some files stays true while their fingerprints are the same, and the answers to the
questions that were asked beside them (`rules.index.consulted`). Where a file has changed, it stays true while the
definitions in it that were looked at have the same text and the same links.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Any

from rules.index.consulted import Question
from rules.index.models import Column, Model, ModelIndex, Plain, Proxy, Relationship
from rules.index.program import ClassInfo, FunctionInfo, Module, Program, all_classes, described, nested
from rules.index.templates import Templates
from rules.source.facts import Import

SIZE = 16
_ATTRIBUTES = {
    kind: attrgetter(*(name for name in kind.__slots__ if name != "target_class"))
    for kind in (Column, Relationship, Proxy, Plain)
}


class Prints:
    """Of one program, each made when it is first wanted."""

    def __init__(
        self,
        program: Program,
        models: ModelIndex,
        templates: Templates | None,
        blob_of: Callable[[str], str],
        marks: Callable[[FunctionInfo | ClassInfo], object],
        setting: Callable[[str], object],
        general: Iterable[object],
    ) -> None:
        """`blob_of` gives the id of a path, '' where there is none. `marks` and `setting` are what later stages decided
        on each function, class and file from more than that file, `general` what they decided on the whole project."""
        self._program = program
        self.models = models
        self._templates = templates
        self._blob_of = blob_of
        self._marks = marks
        self._setting = setting
        self.general = _digest(tuple(general))
        self._known: dict[str, bytes] = {}
        self._sets: dict[frozenset[str], bytes] = {}
        self._links: dict[tuple[str, int], bytes] = {}
        self._answers: dict[Question, object] = {}

    def of(self, path: str) -> bytes:
        found = self._known.get(path)
        if found is None:
            module = self._program.modules.get(path)
            seen = self._taken(module) if module is not None else ()
            found = self._known[path] = _digest((self._blob_of(path), *seen))
        return found

    def blob(self, path: str) -> str:
        return self._blob_of(path)

    def together(self, paths: frozenset[str]) -> bytes:
        found = self._sets.get(paths)
        if found is None:
            found = self._sets[paths] = _digest((self.general, *((path, self.of(path)) for path in sorted(paths))))
        return found

    def answer(self, question: Question) -> object:
        """What a question of an evaluation gets for an answer in this program; () where it cannot be asked."""
        if question not in self._answers:
            self._answers[question] = self._answer(question)
        return self._answers[question]

    def _answer(self, question: Question) -> object:
        kind, *given = question
        if kind in ("import", "name", "member"):
            path, name, *rest = given
            module = self._program.modules.get(str(path))
            if module is None:
                return ()
            if kind == "name":
                return described(self._program.lookup(module, str(name)))
            if kind == "member":
                importer = self._program.modules.get(str(rest[0]))
                return described(self._program.member(module, str(name), importer)) if importer is not None else ()
            return described(self._program.imported(module, Import(name, *rest)))  # type: ignore[arg-type]
        if self._templates is None:
            return ()
        if kind == "templates":
            return self._templates.has(given[0])
        return self._templates.answer(*given)  # type: ignore[arg-type]

    def links(self, path: str, numbers: Iterable[int]) -> bytes:
        """Of some pieces of the file, by their numbers in its layout: what they take from the rest of the program."""
        layout = self._program.modules[path].facts.layout
        assert layout is not None
        return _digest(sorted([(layout.pieces[number].key, self._link(path, number)) for number in numbers]))

    def _link(self, path: str, number: int) -> bytes:
        found = self._links.get((path, number))
        if found is None:
            found = self._links[path, number] = _digest(tuple(self._linked(self._program.modules[path], number)))
        return found

    def _linked(self, module: Module, number: int) -> Iterable[object]:
        layout = module.facts.layout
        assert layout is not None
        piece = layout.pieces[number]
        yield self._setting(module.path)
        for name in piece.names:
            yield name, described(self._program.lookup(module, name))
        kind, _, name = piece.key.partition(" ")
        if kind == "def":
            function = module.functions.get(name.partition("#")[0])
            yield self._marks(function) if function is not None else ()
        elif kind == "class":
            info = module.classes.get(name.partition("#")[0])
            for one in () if info is None else (info, *nested(info)):
                yield [described(base) for base, _ in one.bases]
                yield from self._described(one)

    def _described(self, info: ClassInfo) -> Iterable[object]:
        yield self._marks(info), [self._marks(function) for function in info.methods.values()]
        if info.subclasses:
            yield info.facts.qualname, [described(other) for other in info.subclasses]
        model = self.models.of(info)
        if model is not None:
            yield _model(model), sorted([described(one.info) for one in self.models.loaded_with(model)])

    def _taken(self, module: Module) -> Iterable[object]:
        yield self._setting(module.path)
        for name, found in module.facts.imports.items():
            yield name, described(self._program.imported(module, found))
        for star in module.facts.stars:
            yield star, self._offered(module, star)
        yield tuple([self._marks(function) for function in module.functions.values()])
        for info in all_classes(module):
            yield from self._described(info)

    def _offered(self, module: Module, star: str) -> object:
        """What `from star import *` may bind."""
        source = self._program.find_module(star, module)
        if source is None or source is module:
            return ()
        facts = source.facts
        names = sorted({*facts.classes, *facts.functions, *facts.imports, *facts.assignments})
        nested = [] if not facts.stars else [(one, self._stars_of(source, one)) for one in facts.stars]
        return source.path, [(name, described(self._program.lookup(source, name))) for name in names], nested

    def _stars_of(self, source: Module, star: str) -> object:
        """Further down it is the whole file that counts, which is more than need be."""
        seen: set[str] = set()
        pending = [(source, star)]
        while pending:
            importer, name = pending.pop()
            found = self._program.find_module(name, importer)
            if found is not None and found.path not in seen:
                seen.add(found.path)
                pending.extend((found, one) for one in found.facts.stars)
        return [(path, self._blob_of(path)) for path in sorted(seen)]


def _model(model: Model) -> tuple[Any, ...]:
    """Its mapping, which mixins, base classes and other models' backrefs have a part in."""
    return (
        model.info.facts.qualname,
        [_attribute(one) for one in model.attributes.values()],
        model.table,
        model.eager_defaults,
        model.as_dataclass,
        model.has_async_attrs,
        model.sqlmodel,
        model.joined,
        described(model.parent.info) if model.parent is not None else (),
        sorted(model.own),
    )


def _attribute(found: Any) -> tuple[Any, ...]:
    return (
        type(found).__name__,
        _ATTRIBUTES[type(found)](found),
        described(found.target_class) if isinstance(found, Relationship) else (),
    )


def _digest(value: object) -> bytes:
    return hashlib.blake2b(repr(value).encode("utf-8", "backslashreplace"), digest_size=SIZE).digest()
