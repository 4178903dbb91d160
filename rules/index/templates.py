"""Which Jinja templates a project has, which of them a name means, and their functions, read when they are wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from rules.index.program import FunctionInfo, Module, Program
from rules.report import Skipped
from rules.source.facts import FileFacts
from rules.source.ir import Position
from rules.source.template_places import NotATemplate
from rules.source.templates import BODY, lower_template

SUFFIXES = (".html", ".htm", ".jinja", ".jinja2", ".j2", ".txt", ".md", ".xml", ".prompt")


class Templates:
    """The templates of a project. Only those that code renders, and those they need, are ever read.

    `read` gives the facts of one template by its path and raises `NotATemplate`.
    """

    def __init__(self, program: Program, paths: Iterable[str], read: Callable[[str], FileFacts]) -> None:
        self.skipped: list[Skipped] = []
        """Templates that are rendered and could not be read."""
        self._program = program
        self._read = read
        self._modules: dict[str, Module | None] = {}
        self._roots: dict[str, str] = {}
        self._by_name: dict[str, list[str]] = {}
        for path in paths:
            if path.endswith(SUFFIXES):
                self._by_name.setdefault(path.rpartition("/")[2], []).append(path)

    def find(self, name: str, near: str, roots: Iterable[str] = ()) -> str:
        """The path of the template `name` for code (or a template) at the path `near`; '' where there is none.

        `roots` are the ends of the folders in which it is looked for, in order, as far as they are known. Otherwise
        it is looked for in folders called `templates` first, then in the nearest one.
        """
        roots = tuple(roots)
        path = self._find(name, near, roots)
        self._program.consulted.asked["template", name, near, *roots] = path
        return path

    def answer(self, name: str, near: str, *roots: str) -> str:
        """What `find` gives now, without that it is noted."""
        return self._find(name, near, roots)

    def _find(self, name: str, near: str, roots: Sequence[str]) -> str:
        wanted = name.removeprefix("./").lstrip("/")
        found = self._by_name.get(wanted.rpartition("/")[2], ())
        candidates = [path for path in found if path == wanted or path.endswith("/" + wanted)]
        for root in roots:
            rooted = [path for path in candidates if _is_below(path, wanted, root)]
            if rooted:
                candidates = rooted
                break
        if not candidates:
            return ""
        path = min(candidates, key=lambda path: _rank(path, wanted, near))
        self._roots.setdefault(path, _folder(path, wanted))
        return path

    def has(self, name: object) -> bool:
        """Whether some template goes by this name; a cheap look at the last part of it."""
        if not isinstance(name, str) or not name.endswith(SUFFIXES):
            return False
        last = name.rpartition("/")[2]
        found = last in self._by_name
        self._program.consulted.asked["templates", last] = found
        return found

    def root(self, path: str) -> str:
        """The folder from which the names in a template that was found count."""
        return self._roots.get(path, "")

    def module(self, path: str) -> Module | None:
        """The template as a module; None where it could not be read."""
        self._program.consulted.paths.add(path)
        if path not in self._modules:
            self._modules[path] = self._load(path)
        return self._modules[path]

    def load(self, paths: Iterable[str]) -> None:
        """Reads those of the paths that are templates, for what their comments and faults say."""
        for path in paths:
            if path in self._by_name.get(path.rpartition("/")[2], ()):
                self.module(path)

    def function(self, path: str, name: str = BODY) -> FunctionInfo | None:
        """The function that renders a template, or one of its blocks."""
        module = self.module(path)
        return module.functions.get(name) if module is not None else None

    def add(self, path: str, text: str, literal: Position) -> str:
        """Makes a string in the Python file `path` known as a template; gives what stands for its path."""
        key = f"{path}:{literal}"
        if key not in self._modules:
            try:
                self._modules[key] = self._linked(lower_template(path, text, literal))
            except NotATemplate as error:
                self._modules[key] = None
                self.skipped.append(Skipped(path, f"the template on line {literal[0]}: {error.reason}"))
        return key

    def _load(self, path: str) -> Module | None:
        try:
            return self._linked(self._read(path))
        except NotATemplate as error:
            self.skipped.append(Skipped(path, error.reason))
        return None

    def _linked(self, facts: FileFacts) -> Module:
        module = Module(facts.path, "", facts, self._program)
        module.functions = {name: FunctionInfo(found, module) for name, found in facts.functions.items()}
        return module


def _folder(path: str, wanted: str) -> str:
    """The folder in which `path` is the template `wanted`."""
    return path[: len(path) - len(wanted)].rstrip("/")


def _is_below(path: str, wanted: str, root: str) -> bool:
    folder = _folder(path, wanted)
    return folder == root or folder.endswith("/" + root)


def _rank(path: str, wanted: str, near: str) -> tuple[bool, int, int, str]:
    folder = _folder(path, wanted)
    shared = 0
    for left, right in zip(folder.split("/"), near.split("/"), strict=False):
        if left != right:
            break
        shared += 1
    return "template" not in folder.rpartition("/")[2], -shared, path.count("/"), path
