"""Facts of every file of a project: from memory, from the store, or from its bytes on as many processors as pay."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rules.cache import Store
from rules.cache.kept import Kept
from rules.cache.version import engine_digest
from rules.dependencies import FileUsage, Manifest, is_used
from rules.library.testing import is_test_code
from rules.project import Project
from rules.reading import packing
from rules.reading.importable import Importable
from rules.reading.one_file import PYTHON, OneFile, read_file, read_template
from rules.reading.parallel import read_packed
from rules.report import Skipped
from rules.source.comments import Suppression
from rules.source.facts import FileFacts
from rules.source.layout import Layout
from rules.source.template_places import NotATemplate

TABLE = "facts"
WORTH_PACKING = 100
"""Files whose facts take less memory, and in the end less time, as bytes that are unpacked when somebody asks, even
where nothing is kept or sent; packing one takes more for a moment."""
MOST_TRIALS = 14
"""Of one entry point: all fixes together, and each by itself (`rules.fixes.offer`)."""


@dataclass(slots=True)
class Read:
    """What reading the project's files gave."""

    paths: Sequence[str]
    template: Callable[[str], FileFacts]
    """Reads one template, when code renders it; raises `NotATemplate`."""
    facts: list[FileFacts] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    suppressions: dict[str, tuple[Suppression, ...]] = field(default_factory=dict)
    usage: dict[str, FileUsage] = field(default_factory=dict)
    blob_of: Callable[[str], str] = field(default=lambda path: "")
    """The id of a path, '' where there is no such file."""


@dataclass(slots=True)
class Memory:
    """What was read already: in this process by path and blob id, and in the store, if there is one, by blob id."""

    store: Store | None = None
    processes: int = 1
    """How many may read at the same time, where there is enough to read."""
    files: dict[str, OneFile] = field(default_factory=dict)
    """By `path:blob id`."""
    manifests: dict[str, Manifest] = field(default_factory=dict)
    """By `path:blob id`."""
    entry_points: Kept = field(init=False)
    """What interpreting entry points found out."""
    trials: Kept = field(init=False)
    """The same, of projects with a fix in them."""
    plans: Kept = field(init=False)
    """Fixes before they are tried."""
    reports: Kept = field(init=False)
    """What came of it all."""

    def __post_init__(self) -> None:
        self.entry_points = Kept("roots", self.store)
        self.trials = Kept("trials", self.store, most=MOST_TRIALS)
        self.plans = Kept("plans", self.store)
        self.reports = Kept("reports", self.store)

    def layout_of(self, path: str, blob: str) -> Layout | None:
        """The layout of a file with that blob id, where it was read before and is still kept."""
        one = self.files.get(f"{path}:{blob}")
        if one is None and self.store is not None:
            key = _key(path, blob)
            known = self.store.get_many(TABLE, [key])
            one = packing.unpack(path, known[key]) if key in known else None
        return None if one is None or one.facts is None else one.facts.layout


def read_files(project: Project, memory: Memory) -> Read:
    """Facts of every Python file; a file that is none is skipped with its reason.

    Of tests that no other code imports there is only an outline: a file without definitions.
    """

    def template(path: str) -> FileFacts:
        one = _one(project, path, memory)
        if one.facts is None:
            raise NotATemplate(one.reason)
        if one.suppressions:
            read.suppressions[path] = one.suppressions
        return one.facts

    def blob_of(path: str) -> str:
        found = blobs.get(path)
        if found is None:
            found = blobs[path] = project.blob_id(path) if path in paths else ""
        return found

    read = Read(project.paths(), template, blob_of=blob_of)
    paths = frozenset(read.paths)
    wanted = [path for path in read.paths if path.endswith(PYTHON) or is_used(path)]
    blobs = {path: project.blob_id(path) for path in wanted}
    outlines = _outlines(wanted)
    found = _remembered(project, [_Wanted(path, blobs[path], path in outlines) for path in wanted], memory)
    imports = Importable(outlines)
    pending = [path for path in wanted if path not in outlines]
    while needed := imports.of({path: found[path].facts for path in pending}):
        found.update(_remembered(project, [_Wanted(path, blobs[path], False) for path in needed], memory))
        pending = needed
    for path in wanted:
        one = found[path]
        if one.usage is not None:
            read.usage[path] = one.usage
        if one.suppressions:
            read.suppressions[path] = one.suppressions
        if one.facts is not None:
            read.facts.append(one.facts)
        if one.reason:
            read.skipped.append(Skipped(path, one.reason))
    return read


def _outlines(paths: Sequence[str]) -> frozenset[str]:
    """Tests, whose code matters only where other code imports it; unless there is nothing else."""
    tests = frozenset(path for path in paths if path.endswith(PYTHON) and is_test_code(path))
    return tests if any(path.endswith(PYTHON) and path not in tests for path in paths) else frozenset()


@dataclass(frozen=True, slots=True)
class _Wanted:
    path: str
    blob: str
    outline: bool

    @property
    def name(self) -> str:
        return f"{self.path}:{self.blob}{':outline' if self.outline else ''}"

    def read(self, project: Project) -> OneFile:
        return read_file(self.path, project.read(self.path), outline=self.outline)


def _remembered(project: Project, wanted: Sequence[_Wanted], memory: Memory) -> dict[str, OneFile]:
    """By path; what is in no cache is read, each blob once."""
    _remember(project, [one for one in wanted if one.name not in memory.files], memory)
    return {one.path: memory.files[one.name] for one in wanted}


def _remember(project: Project, missing: Sequence[_Wanted], memory: Memory) -> None:
    if memory.store is None and memory.processes <= 1 and len(missing) < WORTH_PACKING:
        memory.files.update({one.name: one.read(project) for one in missing})
        return
    keys = {one: _key(one.path, one.blob, outline=one.outline) for one in missing}
    known = memory.store.get_many(TABLE, keys.values()) if memory.store is not None else {}
    first: dict[bytes, _Wanted] = {}
    for one in missing:
        if keys[one] not in known:
            first.setdefault(keys[one], one)
    fresh: dict[bytes, bytes] = {}
    unpackable: dict[bytes, None] = {}
    pieces = [(one.path, one.outline) for one in first.values()]
    for key, packed in zip(first, read_packed(project, pieces, memory.processes), strict=True):
        if packed is None:
            unpackable[key] = None
        else:
            fresh[key] = packed
    for one in missing:
        key = keys[one]
        memory.files[one.name] = (
            one.read(project) if key in unpackable else packing.unpack(one.path, known.get(key) or fresh[key])
        )
    if memory.store is not None:
        memory.store.put_many(TABLE, fresh)


def _one(project: Project, path: str, memory: Memory) -> OneFile:
    """A template, which is read when it is wanted."""
    blob = project.blob_id(path)
    name = f"{path}:{blob}"
    if name not in memory.files:
        memory.files[name] = _template(project, path, blob, memory.store)
    return memory.files[name]


def _template(project: Project, path: str, blob: str, store: Store | None) -> OneFile:
    key = _key(path, blob)
    known = store.get_many(TABLE, [key]) if store is not None else {}
    if key in known:
        return packing.unpack(path, known[key])
    one = read_template(path, project.read(path))
    packed = packing.pack(one) if store is not None else None
    if store is not None and packed is not None:
        store.put_many(TABLE, {key: packed})
    return one


def _key(path: str, blob: str, *, outline: bool = False) -> bytes:
    """Of the path, what the facts depend on: how the file is read, and how a trace names a template."""
    how = "py" if path.endswith(".py") else "pyi" if path.endswith(".pyi") else "place" if is_used(path) else path
    how = f"{how} outline" if outline else how
    return hashlib.blake2b(f"{how}\0{blob}".encode(), digest_size=20, key=engine_digest()).digest()
