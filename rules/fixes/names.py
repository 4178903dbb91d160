"""Under which name a file can use a loader function or a model at run time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

import libcst as cst

from rules.fixes.bindings import Binding, Bindings
from rules.fixes.imports import add_imports, add_local_imports
from rules.fixes.source_file import Change, SourceFile, Unfixable
from rules.project import Project


class Names:
    """The names of one file, as they are at a place in it. Remembers the imports that are missing."""

    def __init__(self, project: Project, file: SourceFile, place: cst.CSTNode) -> None:
        self.file = file
        self._modules = _Modules(project)
        self._bindings = Bindings(file)
        self._usable = self._bindings.usable(place)
        self._function = file.function(place)
        self._wanted: dict[tuple[str, str], None] = {}
        self._wanted_here: dict[tuple[str, str], None] = {}

    def loader(self, function: str) -> str:
        """How the file writes a loader function."""
        return self.sqlalchemy("sqlalchemy.orm", function)

    def sqlalchemy(self, module: str, name: str) -> str:
        """How the file writes a name of SQLAlchemy: bound, through a module, or by a new import."""
        for binding in self._usable:
            if binding.name == name and binding.module.split(".")[0] in {"sqlalchemy", "sqlmodel"}:
                return binding.local
        if through := self._through_module(module, name):
            return through
        self._want(module, name)
        return name

    def model(self, module: str, name: str) -> str:
        """How the file writes a model class; `module` is '' when nobody knows where it is defined."""
        if written := self._bound_model(module, name):
            return written
        if not module:
            raise Unfixable(f"nobody knows where {name} is defined")
        self._want(self._importable(module, name), name)
        return name

    def changes(self) -> list[Change]:
        """The imports that are to be added."""
        local = add_local_imports(self._bindings, self._function, self._wanted_here)
        return [*add_imports(self._bindings, self._wanted), *local]

    def _bound_model(self, module: str, name: str) -> str | None:
        if any(isinstance(node, cst.ClassDef) and node.name.value == name for node in self.file.module.body):
            if module and not _same_module(self._own_module, module):
                raise Unfixable(f"{name} is another class here")
            return name
        for binding in self._usable:
            if binding.name == name and self._gives(binding.module, module, name):
                return binding.local
        for binding in self._usable:
            if binding.name != "*" and self._reaches(binding, module, name):
                return f"{binding.local}.{name}"
        starred = any(binding.name == "*" for binding in self._usable)
        return name if starred and any(node.value == name for node in self.file.nodes(cst.Name)) else None

    @cached_property
    def _own_module(self) -> str:
        return self.file.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    def _through_module(self, module: str, name: str) -> str | None:
        """`orm.selectinload`, when the file imports the module and not its members."""
        if any(binding.module == module and binding.name for binding in self._usable):
            return None
        parent, _, last = module.rpartition(".")
        for binding in self._usable:
            if (not binding.name and binding.module == module) or (binding.module, binding.name) == (parent, last):
                return f"{binding.local}.{name}"
        for binding in self._usable:
            if not binding.name and binding.module == parent and f"{binding.local}.{last}." in self.file.text:
                return f"{binding.local}.{last}.{name}"
        return None

    def _gives(self, imported: str, module: str, name: str) -> bool:
        """Whether `from imported import name` gives the class that `module` defines."""
        if not module or _same_module(imported, module):
            return True
        if self._modules.defines(imported, name):
            return False
        return self._modules.exports(imported, name) or not self._modules.text(imported)

    def _reaches(self, binding: Binding, module: str, name: str) -> bool:
        """Whether `binding.local.name` is the class that `module` defines."""
        bound = f"{binding.module}.{binding.name}" if binding.name else binding.module
        if module and _same_module(bound, module):
            return True
        written = f"{binding.local}.{name}" in self.file.text
        return written and (not module or self._modules.exports(bound, name))

    def _importable(self, module: str, name: str) -> str:
        """The module to import a model from: one that the file uses already, if it has the name."""
        for binding in self._bindings.all:
            package = binding.module
            if package and binding.name and _same_module(package, module):
                return package
            if module.startswith(f"{package}.") and self._modules.exports(package, name):
                return package
        roots = {binding.module.split(".")[0] for binding in self._bindings.all if not binding.relative}
        parts = module.split(".")
        root = next((index for index, part in enumerate(parts[:-1]) if part in roots), 0)
        return ".".join(parts[root:])

    def _want(self, module: str, name: str) -> None:
        """Asks for an import; in the function itself where the file has it for types alone."""
        if any(taken == name for taken in self._taken()):
            raise Unfixable(f"`{name}` is something else in the file")
        avoided = any(binding.name == name and not binding.runtime for binding in self._bindings.all)
        (self._wanted_here if avoided and self._function else self._wanted)[module, name] = None

    def _taken(self) -> Iterator[str]:
        """Names that an import would take from something else, or something else from it."""
        yield from (binding.local for binding in self._usable)
        for node in self.file.nodes(cst.FunctionDef):
            if self.file.function(node) is None:
                yield node.name.value
        for target in self.file.nodes(cst.AssignTarget):
            if isinstance(target.target, cst.Name):
                yield target.target.value
        yield from (parameter.name.value for parameter in self.file.nodes(cst.Param))


class _Modules:
    """The texts of the project's modules, wherever their root is."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._texts: dict[str, str] = {}

    def defines(self, module: str, name: str) -> bool:
        return re.search(rf"^class\s+{name}\b", self.text(module), re.MULTILINE) is not None

    def exports(self, module: str, name: str) -> bool:
        """Whether the text of a module imports the name, as a package does that gathers the models."""
        imported = rf"\bimport\b[^#\n]*(?:\([^)]*)?\b{name}\b|\bimport\s+\*"
        return re.search(imported, self.text(module)) is not None

    def text(self, module: str) -> str:
        """'' for a module that the project does not have."""
        if module not in self._texts:
            self._texts[module] = self._read(module)
        return self._texts[module]

    def _read(self, module: str) -> str:
        folder = module.replace(".", "/")
        tails = (f"{folder}.py", f"{folder}/__init__.py")
        for path in self._project.paths():
            if path in tails or path.endswith(tuple(f"/{tail}" for tail in tails)):
                return self._project.read(path).decode(errors="replace")
        return ""


def _same_module(one: str, other: str) -> bool:
    """Whether two dotted names are of one module, seen from different roots."""
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")
