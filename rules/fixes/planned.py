"""Fixes that were planned before: planning one reads its file with libcst, which costs more than all the rest of it."""

from __future__ import annotations

import hashlib
import marshal
from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter

from rules.cache.kept import Kept
from rules.cache.version import engine_digest
from rules.finding import Edit, Fix, Safety
from rules.fixes.edits import path_of, plan
from rules.fixes.recipe import Recipe
from rules.forking import may_fork, shares, spread
from rules.project import Project
from rules.reading.told import Watched

_EDIT = attrgetter(*Edit.__slots__)


WORTH_A_PROCESS = 8
"""Recipes for each process: about half a second."""


class Planner:
    """The recipes of one project as fixes, which are kept with the blob ids of the files that planning read."""

    def __init__(self, kept: Kept, project: Project, processes: int = 1) -> None:
        self._kept = kept
        self._project = project
        self._processes = processes
        self._paths = hashlib.blake2b(repr(tuple(project.paths())).encode("utf-8", "backslashreplace")).digest()

    def prepare(self, recipes: Iterable[Recipe]) -> None:
        """Plans what is not known yet in several processes, where that pays: the recipes of one file in one of them."""
        by_path: dict[str, dict[bytes, Recipe]] = {}
        for recipe in recipes:
            key = self._key(recipe)
            if self._known(key) is None:
                by_path.setdefault(path_of(recipe), {})[key] = recipe
        sizes = [len(found) for found in by_path.values()]
        processes = min(self._processes, sum(sizes) // WORTH_A_PROCESS, len(sizes))
        if processes <= 1 or not may_fork():
            return
        from rules.fixes import source_file  # noqa: F401 - libcst, once for all processes

        files = list(by_path.values())
        parts = [[files[number] for number in part] for part in shares(sizes, processes)]
        for told in spread(self._plan_all, parts):
            self._kept.add_many(dict(zip((told or ())[::2], (told or ())[1::2], strict=True)))

    def plan(self, recipe: Recipe) -> Fix | None:
        """As `rules.fixes.edits.plan`."""
        key = self._key(recipe)
        packed = self._known(key)
        if packed is None:
            packed = self._planned(recipe)
            self._kept.add_many({key: packed})
        _, fix = marshal.loads(packed)  # noqa: S302 - ours
        return _fix(*fix) if fix else None

    def _key(self, recipe: Recipe) -> bytes:
        name = repr(recipe).encode("utf-8", "backslashreplace")
        return hashlib.blake2b(name + self._paths, digest_size=20, key=engine_digest()).digest()

    def _known(self, key: bytes) -> bytes | None:
        for packed in self._kept.get_many([key]).get(key, ()):
            read, _ = marshal.loads(packed)  # noqa: S302 - ours
            if all(self._project.blob_id(path) == blob for path, blob in read):
                return packed
        return None

    def _planned(self, recipe: Recipe) -> bytes:
        watched = Watched(self._project)
        found = plan(recipe, watched)
        fix = () if found is None else (found.title, found.safety.value, tuple([_EDIT(edit) for edit in found.edits]))
        return marshal.dumps((tuple([(path, watched.id_of(path)) for path in sorted(watched.asked)]), fix))

    def _plan_all(self, files: Sequence[Mapping[bytes, Recipe]]) -> list[bytes]:
        """Keys and what is kept under them, in turn."""
        return [part for found in files for key, recipe in found.items() for part in (key, self._planned(recipe))]


def _fix(title: str, safety: str, edits: tuple[tuple[str, int, int, int, int, str], ...]) -> Fix:
    return Fix(title, Safety(safety), tuple([Edit(*edit) for edit in edits]))
