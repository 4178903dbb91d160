"""Adds imports to a file: to those that are there, in their order and style, or as a new line among them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import libcst as cst

from rules.fixes import elements
from rules.fixes.bindings import Bindings
from rules.fixes.source_file import Change, SourceFile, Unfixable

_Key = Callable[[str], tuple[int, str]]


def add_imports(bindings: Bindings, wanted: Iterable[tuple[str, str]]) -> list[Change]:
    """Imports `(module, name)` at the top of the file."""
    changes: list[Change] = []
    for module, names in _by_module(wanted).items():
        statement = _extendable(bindings, module)
        if statement is None:
            changes.append(_new_line(bindings, module, _line(bindings, module, names)))
        else:
            changes += _extended(bindings.file, statement, names)
    return changes


def add_local_imports(
    bindings: Bindings, function: cst.FunctionDef | cst.Lambda | None, wanted: Iterable[tuple[str, str]]
) -> list[Change]:
    """Imports `(module, name)` at the top of a function, behind its docstring."""
    lines = [_line(bindings, module, names) for module, names in _by_module(wanted).items()]
    if not lines:
        return []
    if not isinstance(function, cst.FunctionDef) or not isinstance(function.body, cst.IndentedBlock):
        raise Unfixable("the function cannot hold an import")
    file = bindings.file
    start, end = file.span(function.body.body[0])
    indent = file.indentation(start)
    text = f"\n{indent}".join(lines)
    if function.get_docstring() is not None:
        end = file.line_end(end)
        return [Change(end, end, f"\n{indent}{text}\n")]
    start = file.line_start(start)
    return [Change(start, start, f"{indent}{text}\n\n")]


def _by_module(wanted: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for module, name in wanted:
        found.setdefault(module, []).append(name)
    return found


def _line(bindings: Bindings, module: str, names: Sequence[str]) -> str:
    return f"from {_written(bindings, module)} import {', '.join(sorted(names, key=_by_type))}"


def _written(bindings: Bindings, module: str) -> str:
    """The module as an import of this file names it: relative, when its imports of the project are."""
    folders = bindings.file.path.split("/")[:-1]
    parts = module.split(".")
    relative = any(binding.relative for binding in bindings.all)
    if not relative or not folders or parts[0] != folders[0]:
        return module
    differing = (i for i, (folder, part) in enumerate(zip(folders, parts, strict=False)) if folder != part)
    shared = next(differing, min(len(folders), len(parts)))
    return "." * (len(folders) - shared + 1) + ".".join(parts[shared:])


def _extendable(bindings: Bindings, module: str) -> cst.ImportFrom | None:
    for binding in bindings.all:
        statement = binding.statement
        usable = binding.module == module and binding.runtime and binding.function is None
        if usable and isinstance(statement, cst.ImportFrom) and not isinstance(statement.names, cst.ImportStar):
            return statement
    return None


def _extended(file: SourceFile, statement: cst.ImportFrom, names: Sequence[str]) -> list[Change]:
    """Adds names to an import, in its order if it has one."""
    aliases = () if isinstance(statement.names, cst.ImportStar) else statement.names
    spans = [file.span(alias) for alias in aliases]
    written = [alias.evaluated_name for alias in aliases]
    key = _order(written)
    closing = file.span(statement)[1] - (1 if statement.rpar else 0)
    by_index: dict[int, list[str]] = {}
    for name in sorted(names, key=key or _by_type):
        index = sum(key(other) < key(name) for other in written) if key else len(written)
        by_index.setdefault(index, []).append(name)
    changes: list[Change] = []
    for index, new in by_index.items():
        if index < len(spans):
            changes.append(elements.insert(file, spans, index, ", ".join(new)))
        else:
            changes += elements.append(file, spans, spans[0][0], closing, ", ".join(new))
    return changes


def _order(names: Sequence[str]) -> _Key | None:
    """The order in which the names are: constants, classes, functions (isort, ruff), or the alphabet."""
    for key in (_by_type, lambda name: (0, name.casefold()), lambda name: (0, name)):
        if list(names) == sorted(names, key=key):
            return key
    return None


def _by_type(name: str) -> tuple[int, str]:
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return kind, name


def _new_line(bindings: Bindings, module: str, line: str) -> Change:
    """A new import among those of its package, in their order; else behind all imports."""
    file = bindings.file
    imports = list(bindings.top_level())
    package = [(node, name) for node, name in imports if name.split(".")[0] == module.split(".")[0]]
    later = next((node for node, name in package if name > module), None)
    if later is not None and isinstance(later.body[0], cst.ImportFrom):
        start = file.line_start(file.span(later)[0])
        return Change(start, start, f"{line}\n")
    if behind := package or imports:
        end = file.line_end(file.span(behind[-1][0])[1])
        return Change(end, end, f"\n{line}")
    return _first_line(file, line)


def _first_line(file: SourceFile, line: str) -> Change:
    first = file.module.body[0]
    start, end = file.span(first)
    if file.module.get_docstring() is not None:
        end = file.line_end(end)
        return Change(end, end, f"\n\n{line}")
    start = file.line_start(start)
    return Change(start, start, f"{line}\n\n")
