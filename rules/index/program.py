"""What exists in the project and what a name means: modules, classes with their ancestors, functions, externals."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Union

from rules.index.consulted import Consulted
from rules.library.names import WELL_KNOWN_PACKAGES, canonical
from rules.source import ir
from rules.source.facts import Class, FileFacts, Function, Import
from rules.source.ir import Node, last_name


@dataclass(frozen=True, slots=True)
class External:
    """Something that the project imports: `sqlalchemy.select`, by its canonical name."""

    name: str

    @property
    def last(self) -> str:
        return self.name.rpartition(".")[2]


@dataclass(eq=False)
class Module:
    path: str
    name: str
    facts: FileFacts
    program: Program = field(repr=False)
    classes: dict[str, ClassInfo] = field(default_factory=dict)
    functions: dict[str, FunctionInfo] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Variable:
    """A name that module-level statements bind; the analysis evaluates it when it is wanted."""

    module: Module
    name: str

    @property
    def statements(self) -> tuple[Node, ...]:
        self.module.program.consulted.definitions.add((self.module.path, self.name))
        return self.module.facts.assignments[self.name]


@dataclass(eq=False)
class FunctionInfo:
    facts: Function
    module: Module
    owner: ClassInfo | None = None

    @property
    def name(self) -> str:
        return self.facts.name

    @cached_property
    def place(self) -> tuple[str, ir.Position]:
        return (self.module.path, self.facts.position)

    @cached_property
    def decorator_names(self) -> frozenset[str]:
        """The last name of each decorator, called or not: `property`, `get`, `setter`."""
        return frozenset(filter(None, (last_name(node) for node in self.facts.decorators)))

    @property
    def is_property(self) -> bool:
        return bool(self.decorator_names & {"property", "cached_property", "hybrid_property", "computed_field"})

    @property
    def is_class_method(self) -> bool:
        return "classmethod" in self.decorator_names

    @property
    def is_static(self) -> bool:
        return "staticmethod" in self.decorator_names

    @property
    def is_trivial(self) -> bool:
        """A declaration without a body of its own: `...`, `pass`, `raise NotImplementedError`."""
        self.module.program.consulted.definitions.add(self.place)
        return self.facts.is_trivial


Symbol = Union[Module, "ClassInfo", FunctionInfo, Variable, External]


@dataclass(eq=False)
class ClassInfo:
    facts: Class
    module: Module
    subclasses: list[ClassInfo] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.facts.name

    @cached_property
    def methods(self) -> dict[str, FunctionInfo]:
        return {name: FunctionInfo(facts, self.module, self) for name, facts in self.facts.methods.items()}

    @cached_property
    def nested(self) -> dict[str, ClassInfo]:
        return {name: ClassInfo(facts, self.module) for name, facts in self.facts.classes.items()}

    @cached_property
    def assignments(self) -> dict[str, tuple[Node | None, Node | None]]:
        """Name -> (annotation, value), the last of each."""
        found: dict[str, tuple[Node | None, Node | None]] = {}
        for statement in self.facts.body:
            if statement[0] == ir.ASSIGN:
                for target in statement[2]:
                    if target[0] == ir.NAME:
                        found[target[2]] = (found.get(target[2], (None, None))[0], statement[3])
            elif statement[0] == ir.ANNOTATE and statement[2][0] == ir.NAME:
                found[statement[2][2]] = (statement[3], statement[4])
        return found

    @cached_property
    def bases(self) -> tuple[tuple[Symbol | None, Node], ...]:
        """Each base as what it resolves to, `Generic` arguments stripped, with its expression."""
        program = self.module.program
        found: list[tuple[Symbol | None, Node]] = []
        for node in self.facts.bases:
            plain = node[2] if node[0] == ir.SUB else node
            found.append((program.class_of(program.resolve(self.module, plain)), node))
        return tuple(found)

    @cached_property
    def mro(self) -> tuple[ClassInfo, ...]:
        """The class and its ancestors in the project, nearest first (depth first, each once)."""
        order: list[ClassInfo] = []
        seen: set[int] = set()

        def visit(info: ClassInfo, depth: int) -> None:
            if id(info) in seen or depth > 40:
                return
            seen.add(id(info))
            order.append(info)
            for base, _ in info.bases:
                if isinstance(base, ClassInfo):
                    visit(base, depth + 1)

        visit(self, 0)
        return _last_shared(order, self)

    @cached_property
    def paths(self) -> frozenset[str]:
        """The files of the class and its ancestors."""
        return frozenset(info.module.path for info in self.mro)

    @cached_property
    def externals(self) -> frozenset[str]:
        """Canonical names of the ancestors that are not in the project."""
        return frozenset(base.name for info in self.mro for base, _ in info.bases if isinstance(base, External))

    @cached_property
    def is_error(self) -> bool:
        """By the name of a class that it inherits from: `Exception`, `ValueError`, `HTTPException`."""
        return any(last_name(node).endswith(("Error", "Exception")) for info in self.mro for _, node in info.bases)

    @cached_property
    def ancestors(self) -> frozenset[ClassInfo]:
        return frozenset(self.mro)

    def find_method(self, name: str) -> FunctionInfo | None:
        self.module.program.consulted.classes.add(self)
        for info in self.mro:
            if name in info.methods:
                return info.methods[name]
        return None

    def find_assignment(self, name: str) -> tuple[ClassInfo, Node | None, Node | None] | None:
        """The nearest (class, annotation, value) that binds `name` in a class body."""
        self.module.program.consulted.classes.add(self)
        annotated: tuple[ClassInfo, Node | None, Node | None] | None = None
        for info in self.mro:
            found = info.assignments.get(name)
            if found is not None:
                if found[1] is not None:
                    return info, found[0], found[1]
                annotated = annotated or (info, found[0], None)
        return annotated

    @cached_property
    def type_arguments(self) -> Mapping[str, tuple[Module, Node]]:
        """What the type parameters of the ancestors are bound to: `class Users(Repository[User])` binds `ModelT`."""
        bound: dict[str, tuple[Module, Node]] = {}
        for info in self.mro:
            for base, node in info.bases:
                if isinstance(base, ClassInfo) and node[0] == ir.SUB:
                    given = node[3][2] if node[3][0] == ir.TUPLE else (node[3],)
                    for name, argument in zip(base.type_parameters, given, strict=False):
                        if argument[0] == ir.NAME and argument[2] in bound:
                            bound.setdefault(name, bound[argument[2]])
                        else:
                            bound.setdefault(name, (info.module, argument))
        return bound

    @cached_property
    def type_parameters(self) -> tuple[str, ...]:
        if self.facts.type_parameters:
            return self.facts.type_parameters
        names: list[str] = []
        for _, node in self.bases:
            if node[0] == ir.SUB:
                generic = last_name(node[2]) in ("Generic", "Protocol")
                given = node[3][2] if node[3][0] == ir.TUPLE else (node[3],)
                for argument in given:
                    named = argument[0] == ir.NAME and argument[2] not in names
                    if named and (generic or self._is_type_variable(argument)):
                        names.append(argument[2])
        return tuple(names)

    def _is_type_variable(self, node: Node) -> bool:
        symbol = self.module.program.resolve(self.module, node)
        if not isinstance(symbol, Variable):
            return False
        return any(
            statement[0] == ir.ASSIGN and statement[3][0] == ir.CALL and last_name(statement[3]) == "TypeVar"
            for statement in symbol.statements
        )


def _last_shared(order: list[ClassInfo], first: ClassInfo) -> tuple[ClassInfo, ...]:
    """Moves an ancestor behind its own descendants, as C3 would: `class A(Mixin, Base)`, `class Mixin(Base)`."""
    result = list(order)
    changed = True
    rounds = 0
    while changed and rounds < 10:
        changed = False
        rounds += 1
        place = {id(info): number for number, info in enumerate(result)}
        for info in list(result):
            for base, _ in info.bases:
                if (
                    isinstance(base, ClassInfo)
                    and id(base) in place
                    and place[id(base)] < place[id(info)]
                    and base is not first
                ):
                    result.remove(base)
                    result.insert(result.index(info) + 1, base)
                    changed = True
                    place = {id(item): number for number, item in enumerate(result)}
    return tuple(result)


class Program:
    """All files of a project, linked: imports, re-exports, base classes."""

    def __init__(self, files: Iterable[FileFacts]) -> None:
        self.modules: dict[str, Module] = {}
        self._by_suffix: dict[str, list[tuple[str, Module]]] = {}
        self._resolved: dict[tuple[str, str], Symbol | None] = {}
        self._resolving: set[tuple[str, str]] = set()
        self.consulted = Consulted()
        """What is looked at is noted here; whoever wants to know puts one of their own in its place."""
        for facts in sorted(files, key=lambda facts: facts.path):
            self._add(facts)
        self._packages = {path.rpartition("/")[0] for path in self.modules if path.endswith("__init__.py")}
        for module in self.modules.values():
            for info in all_classes(module):
                for base, _ in info.bases:
                    if isinstance(base, ClassInfo):
                        base.subclasses.append(info)

    def _add(self, facts: FileFacts) -> None:
        parts = facts.path.removesuffix(".py").removesuffix(".pyi").split("/")
        if parts[-1] == "__init__" and len(parts) > 1:
            parts.pop()
        module = Module(facts.path, ".".join(parts), facts, self)
        module.classes = {name: ClassInfo(found, module) for name, found in facts.classes.items()}
        module.functions = {name: FunctionInfo(found, module) for name, found in facts.functions.items()}
        self.modules[facts.path] = module
        for start in range(len(parts)):
            self._by_suffix.setdefault(".".join(parts[start:]), []).append(("/".join(parts[:start]), module))

    def classes(self) -> Iterator[ClassInfo]:
        for module in self.modules.values():
            yield from all_classes(module)

    def functions(self) -> Iterator[FunctionInfo]:
        """Module-level functions and methods; nested ones are met where their function is interpreted."""
        for module in self.modules.values():
            yield from module.functions.values()
            for info in all_classes(module):
                yield from info.methods.values()

    # Names

    def find_module(self, name: str, importer: Module) -> Module | None:
        """The module that `import name` means in `importer`: the candidate whose root is nearest to it."""
        if name.startswith("."):
            return self._relative(name, importer)
        if "__init__.py" in self.modules and name not in self._by_suffix:
            # The checked folder is itself a package, which its modules name when they import each other.
            name = name.partition(".")[2] or name
        root = name.partition(".")[0]
        found: list[tuple[str, Module]] = []
        for folder, module in self._by_suffix.get(name, ()):
            if folder and (root in sys.stdlib_module_names or root in WELL_KNOWN_PACKAGES):
                continue
            if folder and folder in self._packages and not importer.path.startswith(folder + "/"):
                continue
            if module is importer and "." not in name:
                continue
            found.append((folder, module))
        if len(found) < 2:
            return found[0][1] if found else None
        return max(found, key=lambda one: _common_parts(one[0], importer.path))[1]

    def _relative(self, name: str, importer: Module) -> Module | None:
        rest = name.lstrip(".")
        level = len(name) - len(rest)
        parts = importer.path.split("/")[:-1]
        folder = parts[: len(parts) - (level - 1)] if level > 1 else parts
        base = "/".join([*folder, *(rest.split(".") if rest else [])])
        for candidate in (f"{base}.py", f"{base}/__init__.py" if base else "__init__.py"):
            if candidate in self.modules:
                return self.modules[candidate]
        return None

    def lookup(self, module: Module, name: str) -> Symbol | None:
        """What a global name of `module` means, through imports and re-exports."""
        key = (module.path, name)
        if key in self._resolved:
            found = self._resolved[key]
            self._note(module, name, found)
            return found
        if key in self._resolving:
            return None
        self._resolving.add(key)
        try:
            found = self._lookup(module, name)
        finally:
            self._resolving.discard(key)
        self._resolved[key] = found
        self._note(module, name, found)
        return found

    def _note(self, module: Module, name: str, found: Symbol | None) -> None:
        """A name that code of its own module mentions is part of that code's print (`rules.index.prints`), unless it
        comes by a star import."""
        if type(found) is ClassInfo:
            self.consulted.classes.add(found)
        elif type(found) is FunctionInfo or type(found) is Variable:
            self.consulted.definitions.add((found.module.path, found.name))
        if module.facts.stars:
            self._ask(module, name, found)

    def _ask(self, module: Module, name: str, found: Symbol | None) -> None:
        self.consulted.asked["name", module.path, name] = described(found)

    def _lookup(self, module: Module, name: str) -> Symbol | None:
        if name in module.classes:
            return module.classes[name]
        if name in module.functions:
            return module.functions[name]
        if name in module.facts.imports:
            return self.imported(module, module.facts.imports[name])
        if name in module.facts.assignments:
            return self._alias(module, name) or Variable(module, name)
        for star in module.facts.stars:
            source = self.find_module(star, module)
            if source is not None and source is not module:
                found = self.lookup(source, name)
                if found is not None:
                    return found
        return None

    def _alias(self, module: Module, name: str) -> Symbol | None:
        """`Name = Other` at module level is another name of the same class, function or external."""
        statements = module.facts.assignments[name]
        if len(statements) == 1 and statements[0][0] == ir.ASSIGN and statements[0][3][0] in (ir.NAME, ir.ATTR):
            found = self.resolve(module, statements[0][3])
            return None if isinstance(found, Variable) and found.name == name and found.module is module else found
        return None

    def imported_later(self, module: Module, found: Import) -> Symbol | None:
        """What an import within a function binds, which `rules.index.prints` of its file does not tell."""
        symbol = self.imported(module, found)
        question = ("import", module.path, found.module, found.attribute, found.binds_root)
        self.consulted.asked[question] = described(symbol)
        return symbol

    def imported(self, module: Module, found: Import) -> Symbol | None:
        if found.attribute is None:
            if found.binds_root:
                root = found.module.partition(".")[0]
                return self.find_module(root, module) or External(canonical(root))
            return self.find_module(found.module, module) or External(canonical(found.module))
        source = self.find_module(found.module, module)
        if source is not None:
            symbol = self.lookup(source, found.attribute) if source is not module else None
            if symbol is not None:
                return symbol
        separator = "" if found.module.endswith(".") else "."
        submodule = self.find_module(f"{found.module}{separator}{found.attribute}", module)
        if submodule is not None:
            return submodule
        if source is not None or found.module.startswith("."):
            return None
        return External(canonical(f"{found.module}.{found.attribute}"))

    def resolve(self, module: Module, node: Node) -> Symbol | None:
        """What a dotted expression at module level means; None when that is not a definition."""
        if node[0] == ir.NAME:
            return self.lookup(module, node[2])
        if node[0] == ir.ATTR:
            return self.member(self.resolve(module, node[2]), node[3], module)
        if node[0] == ir.SUB:
            return self.resolve(module, node[2])
        return None

    def member(self, symbol: Symbol | None, name: str, importer: Module) -> Symbol | None:
        if isinstance(symbol, Module):
            found = self.lookup(symbol, name) or self.find_module(f"{symbol.name}.{name}", importer)
            self.consulted.asked["member", symbol.path, name, importer.path] = described(found)
            return found
        if isinstance(symbol, External):
            return External(canonical(f"{symbol.name}.{name}"))
        if isinstance(symbol, ClassInfo):
            return symbol.nested.get(name) or symbol.find_method(name)
        return None

    def class_of(self, symbol: Symbol | None) -> Symbol | None:
        """A base that is made by a call (`Base = declarative_base()`) counts as that external."""
        if isinstance(symbol, Variable):
            for statement in symbol.statements:
                value = (
                    statement[3] if statement[0] == ir.ASSIGN else statement[4] if statement[0] == ir.ANNOTATE else None
                )
                if value is not None:
                    made = self._made_class(symbol.module, value)
                    if made is not None:
                        return made
        return symbol

    def _made_class(self, module: Module, value: Node) -> Symbol | None:
        if value[0] == ir.CALL:
            name = last_name(value[2])
            if name in ("declarative_base", "generate_base", "automap_base"):
                for keyword, argument in value[4]:
                    if keyword == "cls":
                        given = self.resolve(module, argument)
                        if isinstance(given, ClassInfo):
                            return given
                return External("sqlalchemy.orm.DeclarativeBase")
            if name == "cast" and len(value[3]) == 2:
                return self._made_class(module, value[3][1])
        if value[0] in (ir.NAME, ir.ATTR):
            found = self.resolve(module, value)
            return None if isinstance(found, Variable) else found
        return None


def described(symbol: Symbol | None) -> tuple[str, ...]:
    """Which symbol it is, in plain words: the same of two programs where they have it at the same place."""
    match symbol:
        case Module():
            return ("module", symbol.path)
        case ClassInfo():
            return ("class", symbol.module.path, symbol.facts.qualname)
        case FunctionInfo():
            return ("function", symbol.module.path, symbol.facts.qualname)
        case Variable():
            return ("variable", symbol.module.path, symbol.name)
        case External():
            return ("external", symbol.name)
    return ()


def nested(info: ClassInfo) -> Iterator[ClassInfo]:
    """The classes within a class."""
    for inner in info.nested.values():
        yield inner
        yield from nested(inner)


def all_classes(module: Module) -> Iterator[ClassInfo]:
    stack: list[ClassInfo] = list(module.classes.values())
    while stack:
        info = stack.pop()
        yield info
        stack.extend(info.nested.values())


def _common_parts(folder: str, path: str) -> int:
    count = 0
    for left, right in zip(folder.split("/"), path.split("/"), strict=False):
        if left != right:
            break
        count += 1
    return count if folder else 0


def names_of(nodes: Sequence[Node]) -> Iterator[str]:
    """The plain strings among expressions, for `refresh(obj, ["a", "b"])` and its like."""
    for node in nodes:
        if node[0] == ir.CONST and isinstance(node[2], str):
            yield node[2]
