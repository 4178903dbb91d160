"""All manifests of a tree, the projects that they belong to, and the ways in which each project is installed."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property

from rules.dependencies.declared import WORKSPACE, Declared, Group, Include, Kind, Manifest
from rules.dependencies.locking import preference
from rules.dependencies.paths import OUTSIDE, folder_of, is_below
from rules.dependencies.read import kind_of, read_as_requirements, read_manifest
from rules.project import Project
from rules.report import Skipped

_REQUIREMENT_FOLDERS = frozenset({"requirements", "requirement", "reqs"})
_PACKAGE_KINDS = (Kind.PYPROJECT, Kind.SETUP_CFG, Kind.SETUP_PY, Kind.PIPFILE)
_TEST_FOLDERS = frozenset({"test", "tests", "testing", "e2e", "integration_tests"})
_TEST_WORDS = frozenset({"ci", "e2e", "test", "testing", "tests", "tox"})
_SCRIPT_FOLDERS = frozenset({"bin", "hack", "script", "scripts", "tools", "utilities"})
_ASIDE_FOLDERS = frozenset(
    {"benchmark", "benchmarks", "demo", "demos", "doc", "docs", "example", "examples", "notebooks", "samples"}
)
_DEPTH = 50
_DECIDES = re.compile(r"sqlalchemy|sqlmodel|greenlet", re.IGNORECASE)
"""A line about one of these that nobody can read leaves open what is installed."""


class Role(StrEnum):
    """What a file of code is for, as far as its path tells."""

    RUNTIME = "runtime"
    SCRIPT = "script"
    """A tool for those who run the project."""
    TEST = "test"
    ASIDE = "aside"
    """Documentation, examples, benchmarks: not installed with the project."""


@dataclass(frozen=True, slots=True)
class Root:
    """One way to install a project: a manifest with all that it takes along."""

    manifest: Manifest
    requirements: tuple[Declared, ...]
    constraints: tuple[Declared, ...] = ()
    lock: Manifest | None = None
    development: bool = False
    requires_python: str = ""
    environments: tuple[str, ...] = ()
    opaque: bool = False
    """It takes along a file or a folder that could not be read, so that nothing can be said to be missing."""

    @property
    def path(self) -> str:
        return self.manifest.path

    def named(self, name: str) -> tuple[Declared, ...]:
        return tuple(item for item in self.requirements if item.name == name)


@dataclass(frozen=True)
class Unit:
    """A folder with manifests, and the code below it that has none of its own."""

    folder: str
    manifests: tuple[Manifest, ...]
    tree: Tree = field(repr=False)

    @cached_property
    def packages(self) -> tuple[Manifest, ...]:
        """The manifests that declare a project, the leading one first."""
        return tuple(m for kind in _PACKAGE_KINDS for m in self.manifests if m.kind is kind)

    @cached_property
    def requirement_files(self) -> tuple[Manifest, ...]:
        return tuple(m for m in self.manifests if m.kind is Kind.REQUIREMENTS)

    @cached_property
    def requires_python(self) -> str:
        return next((m.requires_python for m in self.manifests if m.requires_python), "")

    @cached_property
    def included(self) -> frozenset[str]:
        """Paths that other manifests of the unit take along."""
        return frozenset(include.path for m in self.manifests for include in m.includes)

    def lock_of(self, package: Manifest) -> Manifest | None:
        """The lock of a project's own tool: beside it, or uv's at the root of its workspace; None for other files."""
        if package.kind not in {Kind.PYPROJECT, Kind.PIPFILE}:
            return None
        pipenv = package.kind is Kind.PIPFILE
        beside = [m for m in self.manifests if m.lock is not None and (m.file == "Pipfile.lock") is pipenv]
        beside.sort(key=lambda lock: preference(lock.path, package.tool))
        return beside[0] if beside else self.tree.workspace_lock(self.folder)

    def roots(self, *, development: bool = False) -> tuple[Root, ...]:
        """The ways to install the project; with `development`, together with what its developers need."""
        found = [self._package_root(manifest, development) for manifest in self.packages]
        found += [self._file_root(m, development) for m in self.requirement_files if self._is_entry(m, development)]
        found += [self._file_root(m, development) for m in self.manifests if m.kind is Kind.CONDA]
        return tuple(root for root in found if root.requirements)

    def _is_entry(self, manifest: Manifest, development: bool) -> bool:
        """A requirements file that is installed by itself: no other takes it along, or it is the plain one."""
        groups = {item.group for item in manifest.declared} | {include.group for include in manifest.includes}
        if groups == {Group.CONSTRAINT} or not groups:
            return False
        if Group.RUNTIME not in groups and not development:
            return False
        return manifest.path not in self.included or manifest.file in {"requirements.txt", "requirements.in"}

    def _package_root(self, manifest: Manifest, development: bool) -> Root:
        groups = {Group.RUNTIME, Group.EXTRA, *({Group.DEVELOPMENT} if development else ())}
        return self._root(manifest, groups, lock=self.lock_of(manifest))

    def _file_root(self, manifest: Manifest, development: bool) -> Root:
        groups = {Group.RUNTIME, Group.EXTRA, *({Group.DEVELOPMENT} if development else ())}
        return self._root(manifest, groups, lock=None)

    def _root(self, manifest: Manifest, groups: set[Group], lock: Manifest | None) -> Root:
        closure = self.tree.closure(manifest, frozenset(groups))
        return Root(
            manifest,
            tuple(item for item in closure.declared if item.group is not Group.CONSTRAINT),
            tuple(item for item in closure.declared if item.group is Group.CONSTRAINT),
            lock,
            Group.DEVELOPMENT in groups,
            self.requires_python,
            manifest.environments,
            closure.opaque,
        )


@dataclass(frozen=True, slots=True)
class Closure:
    """What one manifest declares together with all that it takes along."""

    declared: tuple[Declared, ...]
    opaque: bool


class Tree:
    """Every manifest of a project's tree. What could not be read is in `skipped`, with the reason."""

    def __init__(self, project: Project, known: dict[str, Manifest] | None = None) -> None:
        """`known` has manifests that were read before by `path:blob id`, and gets those that were not."""
        paths = project.paths()
        manifests: dict[str, Manifest] = {}
        for path in paths:
            if kind_of(path) is not None:
                key = f"{path}:{project.blob_id(path)}" if known is not None else ""
                found = None if known is None else known.get(key)
                manifests[path] = found or read_manifest(path, project.read(path))
                if known is not None:
                    known[key] = manifests[path]
        self._fill(project, frozenset(paths), manifests)

    def _fill(self, project: Project, paths: frozenset[str], manifests: dict[str, Manifest]) -> None:
        self.project = project
        self.manifests = manifests
        self._paths = paths
        self._adopt_included()

    def edited(self, project: Project, changed: Iterable[str]) -> Tree:
        """The same tree with some of its files changed, as `project` has them."""
        tree = Tree.__new__(Tree)
        again = {path: self._reread(path, project.read(path)) for path in changed if path in self.manifests}
        tree._fill(project, self._paths, {**self.manifests, **again})
        return tree

    def _reread(self, path: str, data: bytes) -> Manifest:
        return read_manifest(path, data) if kind_of(path) is not None else read_as_requirements(path, data)

    def _adopt_included(self) -> None:
        """Reads files that are taken along although their name tells nothing."""
        pending = list(self.manifests.values())
        while pending:
            for include in pending.pop().includes:
                if include.path in self._paths and include.path not in self.manifests:
                    adopted = read_as_requirements(include.path, self.project.read(include.path))
                    self.manifests[include.path] = adopted
                    pending.append(adopted)

    @cached_property
    def skipped(self) -> tuple[Skipped, ...]:
        links = [path for path in self.project.links if kind_of(path) is not None]
        return (
            *(Skipped(path, "a symbolic link, which is not followed") for path in links),
            *(
                Skipped(manifest.path, problem)
                for manifest in self.manifests.values()
                for problem in (*manifest.problems, *self._include_problems(manifest), *self._folder_problems(manifest))
            ),
        )

    def _folder_problems(self, manifest: Manifest) -> Iterator[str]:
        """Packages that a manifest takes from folders in which nothing can be read."""
        for item in manifest.declared:
            if item.local == OUTSIDE:
                yield f"line {item.line}: `{item.text[:80]}` names a folder outside of the checked tree"
            elif item.local and not self._packages_at(item.local, manifest):
                what = item.local.removeprefix(WORKSPACE)
                where = "is no package of the workspace" if item.local.startswith(WORKSPACE) else "has no manifest"
                yield f"line {item.line}: `{what}` {where} that could be read"

    def _include_problems(self, manifest: Manifest) -> Iterator[str]:
        for include in manifest.includes:
            if include.problem:
                yield f"line {include.line}: {include.problem}"
            elif include.path == OUTSIDE:
                yield f"line {include.line}: names a file outside of the checked tree"
            elif include.path not in self._paths:
                yield f"line {include.line}: `{include.path}` does not exist (a symbolic link counts as missing)"
            elif self._reaches(include.path, manifest.path):
                yield f"line {include.line}: `{include.path}` includes this file again"

    def _reaches(self, start: str, target: str) -> bool:
        seen, stack = {start}, [start]
        while stack:
            path = stack.pop()
            if path == target:
                return True
            found = {include.path for include in self.manifests[path].includes} if path in self.manifests else set()
            stack.extend(found - seen)
            seen |= found
        return False

    @cached_property
    def units(self) -> Mapping[str, Unit]:
        """The projects by their folder ('' is the root)."""
        folders: dict[str, list[Manifest]] = {}
        for manifest in self.manifests.values():
            folders.setdefault(_unit_folder(manifest.path), []).append(manifest)
        return {folder: Unit(folder, tuple(found), self) for folder, found in folders.items()}

    @cached_property
    def crossing(self) -> bool:
        """Whether a project takes along what belongs to another one, so that a change there matters here."""
        return any(
            item.local not in {"", ".", manifest.folder}
            for manifest in self.manifests.values()
            for item in manifest.declared
        ) or any(
            _unit_folder(include.path) != _unit_folder(manifest.path)
            for manifest in self.manifests.values()
            for include in manifest.includes
        )

    def made_from(self, manifest: Manifest) -> tuple[Manifest, ...]:
        """The manifests of the tree that a generated file is made from."""
        generated = manifest.generated
        if generated is None:
            return ()
        named = [self.manifests[path] for path in generated.sources if path in self.manifests]
        default = next((self.manifests[path] for path in generated.defaults if path in self.manifests), None)
        return tuple(named) or ((default,) if default is not None and default is not manifest else ())

    def touched_by(self, changed: Iterable[str]) -> frozenset[str]:
        """The folders of the units that a change of some files can matter to."""
        if self.crossing:
            return frozenset(self.units)
        return frozenset(
            unit.folder
            for path in changed
            for unit in (*self.unit_of(path), self.units.get(_unit_folder(path)))
            if unit
        )

    def unit_of(self, path: str) -> Iterator[Unit]:
        """The units that a file of code may belong to, the nearest first."""
        folder = folder_of(path)
        while True:
            if folder in self.units:
                yield self.units[folder]
            if not folder:
                return
            folder = folder_of(folder)

    def workspace_lock(self, folder: str) -> Manifest | None:
        """`uv.lock` of the workspace that a folder is a member of."""
        parent = folder
        while parent:
            parent = folder_of(parent)
            root = self.manifests.get(f"{parent}/pyproject.toml" if parent else "pyproject.toml")
            if root is not None and _is_member(folder, root):
                return self.manifests.get(f"{parent}/uv.lock" if parent else "uv.lock")
        return None

    def closure(self, manifest: Manifest, groups: frozenset[Group]) -> Closure:
        """Follows includes, folders and workspace members; each file once, so loops end."""
        found: list[Declared] = []
        seen: set[tuple[str, Group | None]] = set()
        opaque = self._follow(manifest, groups, found, seen, None, 0)
        return Closure(tuple(found), opaque)

    def everything(self, manifest: Manifest) -> tuple[Declared, ...]:
        """All that a manifest declares for anybody, with what it takes along."""
        return self.closure(manifest, frozenset(Group)).declared

    def _follow(
        self,
        manifest: Manifest,
        groups: frozenset[Group],
        found: list[Declared],
        seen: set[tuple[str, Group | None]],
        override: Group | None,
        depth: int,
    ) -> bool:
        if (manifest.path, override) in seen or depth > _DEPTH:
            return False
        seen.add((manifest.path, override))
        opaque = any(_DECIDES.search(problem) for problem in manifest.problems)
        for item in manifest.declared:
            taken = replace(item, group=override) if override is not None else item
            if taken.group in groups or taken.group is Group.CONSTRAINT:
                found.append(taken)
                if item.local:
                    opaque |= self._local(item, manifest, groups, found, seen, depth)
        for include in manifest.includes:
            if include.group in groups or include.group is Group.CONSTRAINT or override is not None:
                target = self.manifests.get(include.path)
                group = _included_group(include, manifest, override)
                opaque |= target is None or self._follow(target, groups, found, seen, group, depth + 1)
        return opaque

    def _local(
        self,
        item: Declared,
        manifest: Manifest,
        groups: frozenset[Group],
        found: list[Declared],
        seen: set[tuple[str, Group | None]],
        depth: int,
    ) -> bool:
        """What a package of the tree requires; its extras only where they are asked for."""
        packages = self._packages_at(item.local, manifest)
        opaque = not packages
        for package in packages:
            wanted = frozenset({Group.RUNTIME})
            opaque |= self._follow(package, wanted, found, seen, None, depth + 1)
            found.extend(
                replace(extra, group=item.group)
                for extra in package.declared
                if extra.group in {Group.EXTRA, Group.DEVELOPMENT} and extra.group_name in item.extras
            )
        return opaque

    def _packages_at(self, local: str, manifest: Manifest) -> Sequence[Manifest]:
        if local.startswith(WORKSPACE):
            name = local.removeprefix(WORKSPACE)
            return [m for m in self.manifests.values() if m.kind is Kind.PYPROJECT and m.name == name]
        for folder in _seen_from(local, manifest):
            unit = self.units.get(folder)
            if unit is not None and unit.packages:
                return unit.packages
        return ()


def _seen_from(local: str, manifest: Manifest) -> Iterator[str]:
    """A folder as its manifest names it; pip counts it from where it runs, which may be a folder further up."""
    yield "" if local == "." else local
    above = manifest.folder
    if manifest.kind is Kind.REQUIREMENTS and above and is_below(local, above):
        relative = local[len(above) :]
        while above:
            above = folder_of(above)
            yield f"{above}{relative}".removeprefix("/")


def role_of(path: str, folder: str) -> Role:
    """What a file is for, judged by its path below the folder of its project."""
    below = path.removeprefix(f"{folder}/") if folder else path
    *folders, name = below.lower().split("/")
    if _ASIDE_FOLDERS & set(folders):
        return Role.ASIDE
    if ".github" in folders or (not name.endswith(".py") and _TEST_WORDS & set(re.split(r"[-_.]", name))):
        return Role.TEST
    if _TEST_FOLDERS & set(folders) or name.startswith(("test_", "conftest.")) or name.endswith("_test.py"):
        return Role.TEST
    return Role.SCRIPT if _SCRIPT_FOLDERS & set(folders) else Role.RUNTIME


def _unit_folder(path: str) -> str:
    folder = folder_of(path)
    while folder.rpartition("/")[2].lower() in _REQUIREMENT_FOLDERS:
        folder = folder_of(folder)
    parent = folder_of(folder)
    if path.endswith((".txt", ".in")) and parent.rpartition("/")[2].lower() in _REQUIREMENT_FOLDERS:
        return folder_of(parent)
    return folder


def _is_member(folder: str, root: Manifest) -> bool:
    if not root.members or not is_below(folder, root.folder):
        return False
    relative = folder.removeprefix(f"{root.folder}/") if root.folder else folder
    return any(fnmatch.fnmatchcase(relative, pattern.removeprefix("./").rstrip("/")) for pattern in root.members)


def _included_group(include: Include, manifest: Manifest, override: Group | None) -> Group | None:
    """Constraints stay constraints; a file that is taken along counts for those for whom it is taken."""
    if include.constraint or override is Group.CONSTRAINT:
        return Group.CONSTRAINT
    return override or include.group
