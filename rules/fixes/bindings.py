"""The imports of a file: which names they bind, where, and whether they do so at run time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import libcst as cst
from libcst.helpers import get_full_name_for_node

from rules.fixes.source_file import SourceFile


@dataclass(frozen=True, slots=True)
class Binding:
    """A name that an import binds: `name` of `module`, the module itself when `name` is '', all when it is `*`."""

    local: str
    module: str
    name: str
    statement: cst.Import | cst.ImportFrom
    function: cst.FunctionDef | cst.Lambda | None
    """The function that holds the import."""
    runtime: bool
    """False under `if TYPE_CHECKING:`."""

    @property
    def relative(self) -> bool:
        return isinstance(self.statement, cst.ImportFrom) and bool(self.statement.relative)


class Bindings:
    """All that the imports of one file bind."""

    def __init__(self, file: SourceFile) -> None:
        self.file = file

    @cached_property
    def all(self) -> list[Binding]:
        return [
            *(binding for node in self.file.nodes(cst.Import) for binding in self._modules(node)),
            *(binding for node in self.file.nodes(cst.ImportFrom) for binding in self._members(node)),
        ]

    def usable(self, place: cst.CSTNode) -> list[Binding]:
        """What is bound at run time at a place, inner functions first."""
        scopes = [self.file.function(place), *self.file.ancestors(place)]
        functions = [scope for scope in scopes if isinstance(scope, cst.FunctionDef)]
        inner = [binding for function in functions for binding in self.all if binding.function is function]
        outer = [binding for binding in self.all if binding.function is None]
        return [binding for binding in (*inner, *outer) if binding.runtime]

    def top_level(self) -> Iterator[tuple[cst.SimpleStatementLine, str]]:
        """The import statements that stand in no block, with the first module that each names."""
        for node in self.file.module.body:
            statement = node.body[0] if isinstance(node, cst.SimpleStatementLine) else None
            if isinstance(node, cst.SimpleStatementLine) and isinstance(statement, cst.ImportFrom):
                yield node, self._absolute(statement)
            elif isinstance(node, cst.SimpleStatementLine) and isinstance(statement, cst.Import):
                yield node, statement.names[0].evaluated_name

    def _modules(self, node: cst.Import) -> Iterator[Binding]:
        function, runtime = self.file.function(node), self._runtime(node)
        for alias in node.names:
            module = alias.evaluated_name
            yield Binding(alias.evaluated_alias or module, module, "", node, function, runtime)

    def _members(self, node: cst.ImportFrom) -> Iterator[Binding]:
        function, runtime = self.file.function(node), self._runtime(node)
        module = self._absolute(node)
        if isinstance(node.names, cst.ImportStar):
            yield Binding("*", module, "*", node, function, runtime)
            return
        for alias in node.names:
            name = alias.evaluated_name
            yield Binding(alias.evaluated_alias or name, module, name, node, function, runtime)

    def _runtime(self, node: cst.CSTNode) -> bool:
        tests = (above.test for above in self.file.ancestors(node) if isinstance(above, cst.If))
        return not any("TYPE_CHECKING" in self.file.code(test) for test in tests)

    def _absolute(self, node: cst.ImportFrom) -> str:
        """The dotted module of an import; a relative one is taken from the file's path."""
        module = (get_full_name_for_node(node.module) or "") if node.module else ""
        if not node.relative:
            return module
        folders = self.file.path.split("/")[:-1]
        base = folders[: len(folders) - len(node.relative) + 1]
        return ".".join((*base, *filter(None, [module])))
