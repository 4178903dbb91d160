"""Fixes that were planned before: planning one reads its file with libcst, which costs more than all the rest of it."""

from __future__ import annotations

import hashlib
import marshal
from operator import attrgetter

from rules.cache.kept import Kept
from rules.cache.version import engine_digest
from rules.finding import Edit, Fix, Safety
from rules.fixes.edits import plan
from rules.fixes.recipe import Recipe
from rules.project import Project
from rules.reading.told import Watched

_EDIT = attrgetter(*Edit.__slots__)


class Planner:
    """The recipes of one project as fixes, which are kept with the blob ids of the files that planning read."""

    def __init__(self, kept: Kept, project: Project) -> None:
        self._kept = kept
        self._project = project
        self._paths = hashlib.blake2b(repr(tuple(project.paths())).encode("utf-8", "backslashreplace")).digest()

    def plan(self, recipe: Recipe) -> Fix | None:
        """As `rules.fixes.edits.plan`."""
        name = repr(recipe).encode("utf-8", "backslashreplace")
        key = hashlib.blake2b(name + self._paths, digest_size=20, key=engine_digest()).digest()
        for packed in self._kept.get_many([key]).get(key, ()):
            read, fix = marshal.loads(packed)  # noqa: S302 - ours
            if all(self._project.blob_id(path) == blob for path, blob in read):
                return _fix(*fix) if fix else None
        watched = Watched(self._project)
        found = plan(recipe, watched)
        fix = () if found is None else (found.title, found.safety.value, tuple([_EDIT(edit) for edit in found.edits]))
        read = tuple([(path, watched.id_of(path)) for path in sorted(watched.asked)])
        self._kept.add_many({key: marshal.dumps((read, fix))})
        return found


def _fix(title: str, safety: str, edits: tuple[tuple[str, int, int, int, int, str], ...]) -> Fix:
    return Fix(title, Safety(safety), tuple([Edit(*edit) for edit in edits]))
