"""Which definitions refer to which, by the names that they mention: a function to what its names mean and to the
members of its own class, a class to its body, its methods and its bases, a variable to what it is bound to.

What a function is given by its callers it refers to by its annotations alone; to what classes below the one of a method
have in store for it, not at all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from rules.index.program import ClassInfo, External, FunctionInfo, Module, Program, Symbol, Variable

Node = int | tuple[str | int, str]
"""A function or a class by the identity of its facts, the body of a class by the same with a minus, a variable by its
path and name, one of a class by the identity of the class and its name."""

_WANTED = 0


class References:
    """Of one program."""

    def __init__(self, program: Program, wanted: Callable[[External], bool]) -> None:
        """`wanted` tells which names from other packages are to be found."""
        self._program = program
        self._wanted = wanted
        self._from: defaultdict[Node, list[Node]] = defaultdict(list)
        """What refers to each node."""
        self._names: dict[str, frozenset[str]] = {}
        self._meanings: defaultdict[str, dict[str, Node | Module | None]] = defaultdict(dict)
        self._variables: list[Variable] = []
        self._inside = _modules_by_folder(program)
        for module in program.modules.values():
            for function in module.functions.values():
                self._function(function)
        for info in program.classes():
            self._class(info)
        while self._variables:
            variable = self._variables.pop()
            facts = variable.module.facts
            self._mention((facts.path, variable.name), variable.module, facts.mentions.get(variable.name, ()), set())

    def to(self, nodes: Iterable[Node]) -> set[Node]:
        """All that leads to one of the nodes, or to a name that was wanted; the nodes too."""
        found = {_WANTED, *nodes}
        pending = list(found)
        while pending:
            for node in self._from.get(pending.pop(), ()):
                if node not in found:
                    found.add(node)
                    pending.append(node)
        return found

    def _function(self, function: FunctionInfo) -> None:
        node, names = id(function.facts), function.facts.mentions
        seen: set[Module] = set()
        self._mention(node, function.module, names, seen)
        for found in function.facts.imports:
            self._refer(node, self._meaning(self._program.imported(function.module, found)), names, seen)

    def _class(self, info: ClassInfo) -> None:
        node = id(info.facts)
        for name, names in info.facts.mentions.items():
            self._mention((node, name), info.module, names, set())
            self._from[node, name].append(-node)
        self._from[-node].append(node)
        for base, _ in info.bases:
            if isinstance(base, ClassInfo):
                self._from[id(base.facts)].append(node)
        for inner in info.nested.values():
            self._from[id(inner.facts)].append(node)
        methods = info.methods.values()
        for declared, found in _implementations(info):
            self._from[id(found.facts)] += (node, id(declared.facts))
        if methods:
            made = next((one.methods["__init__"] for one in info.mro if "__init__" in one.methods), None)
            members = _Members(info)
            for method in methods:
                self._function(method)
                number = id(method.facts)
                self._from[number].append(node)
                if made is not None:
                    self._from[id(made.facts)].append(number)
                for member in members.named(method.facts.mentions):
                    self._from[member].append(number)

    def _mention(self, node: Node, module: Module, names: Iterable[str], seen: set[Module]) -> None:
        known = self._meanings[module.path]
        for name in names if module.facts.stars else self._defined(module).intersection(names):
            if name not in known:
                known[name] = self._meaning(self._program.lookup(module, name))
            if known[name] is not None:
                self._refer(node, known[name], names, seen)

    def _refer(self, node: Node, meaning: Node | Module | None, names: Iterable[str], seen: set[Module]) -> None:
        """Of a module, whatever is mentioned of it, once."""
        if not isinstance(meaning, Module):
            if meaning is not None:
                self._from[meaning].append(node)
        elif meaning not in seen:
            seen.add(meaning)
            self._mention(node, meaning, names, seen)
            inside = self._inside.get(meaning.path)
            if inside is not None:
                for name in inside.keys() & names:
                    self._refer(node, inside[name], names, seen)

    def _meaning(self, symbol: Symbol | None) -> Node | Module | None:
        if isinstance(symbol, External):
            return _WANTED if self._wanted(symbol) else None
        if isinstance(symbol, Variable):
            node = (symbol.module.path, symbol.name)
            if node not in self._from:
                self._from[node] = []
                self._variables.append(symbol)
            return node
        if isinstance(symbol, Module) or symbol is None:
            return symbol
        return id(symbol.facts)

    def _defined(self, module: Module) -> frozenset[str]:
        found = self._names.get(module.path)
        if found is None:
            facts = module.facts
            found = frozenset((*module.classes, *module.functions, *facts.imports, *facts.assignments))
            self._names[module.path] = found
        return found


class _Members:
    """What names mean on `self` in the methods of a class: members of its ancestors, and of their other descendants
    where a class below inherits from both."""

    def __init__(self, info: ClassInfo) -> None:
        self._found: dict[str, list[Node]] = {}
        below = _descendants(info)
        for one in {ancestor for other in (info, *below) for ancestor in other.mro} - below:
            for name, method in one.methods.items():
                self._found.setdefault(name, []).append(id(method.facts))
            for name in one.facts.mentions:
                self._found.setdefault(name, []).append((id(one.facts), name))

    def named(self, names: Iterable[str]) -> Iterator[Node]:
        for name in names:
            yield from self._found.get(name, ())


def _implementations(info: ClassInfo) -> Iterator[tuple[ClassInfo | FunctionInfo, ClassInfo | FunctionInfo]]:
    """The class, or a method of it, that only declares, with the only one that does what is declared."""
    declared = [method for method in info.methods.values() if method.facts.is_trivial]
    if declared and info.subclasses:
        if len(info.subclasses) == 1:
            yield info, info.subclasses[0]
        below = _descendants(info)
        for method in declared:
            found = [one.methods[method.name] for one in below if method.name in one.methods]
            if len(found) == 1:
                yield method, found[0]


def _descendants(info: ClassInfo) -> set[ClassInfo]:
    found: set[ClassInfo] = set()
    pending = list(info.subclasses)
    while pending:
        one = pending.pop()
        if one not in found:
            found.add(one)
            pending.extend(one.subclasses)
    return found


def _modules_by_folder(program: Program) -> dict[str, dict[str, Module]]:
    """For the path of each package, what it holds by name."""
    found: dict[str, dict[str, Module]] = {}
    for path, module in program.modules.items():
        folder, _, name = path.rpartition("/")
        if name == "__init__.py":
            folder, _, name = folder.rpartition("/")
        package = f"{folder}/__init__.py" if folder else "__init__.py"
        if package in program.modules and package != path:
            found.setdefault(package, {})[name.partition(".")[0]] = module
    return found
