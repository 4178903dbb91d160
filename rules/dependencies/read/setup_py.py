"""Reads the requirements that a `setup.py` writes out; it is parsed and never run."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from rules.dependencies.declared import Declared, Group, Include, Kind, Manifest, Style
from rules.dependencies.parse import (
    MOST,
    NoManifest,
    Unreadable,
    bounded,
    extras_of,
    is_development,
    normalise,
    requirement,
)
from rules.dependencies.paths import join
from rules.finding import Location
from rules.source.syntax import NotPython, Parsed, parse

_LARGEST = 1024 * 1024
_DEEPEST = 20


def read(path: str, data: bytes) -> Manifest:
    if len(data) > _LARGEST:
        raise NoManifest(f"larger than {_LARGEST // 1024} KiB")
    try:
        parsed = parse(data)
    except NotPython as error:
        raise NoManifest(error.reason) from None
    return _Reader(path, parsed).manifest()


class _Reader:
    def __init__(self, path: str, parsed: Parsed) -> None:
        self.path = path
        self.parsed = parsed
        self.values = {
            target.id: node.value
            for node in parsed.tree.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        self._looks = 0
        """Lists that were looked into: names that stand for each other can make any number of them."""
        self.problems: list[str] = []
        self.computed: list[tuple[int, str]] = []
        """Lists that are not written out: their lines and names."""

    def manifest(self) -> Manifest:
        call = next((node for node in ast.walk(self.parsed.tree) if _is_setup(node)), None)
        arguments = {word.arg: word.value for word in call.keywords if word.arg} if isinstance(call, ast.Call) else {}
        declared: list[Declared] = []
        includes: list[Include] = []
        for value, group, name in self._sections(arguments):
            texts = self._strings(value)
            if texts is None:
                includes.extend(self._computed(value, group, name))
            else:
                declared.extend(self._declared(texts, group, name))
        called, python = (_text(arguments.get(key)) for key in ("name", "python_requires"))
        return Manifest(
            self.path,
            Kind.SETUP_PY,
            declared=tuple(declared),
            includes=tuple(includes),
            requires_python=python,
            name=normalise(called),
            problems=(*self.problems, *self._what_is_computed()),
        )

    def _what_is_computed(self) -> Iterator[str]:
        """One reason for all of them: a `setup.py` that computes one extra computes twenty."""
        if self.computed:
            line, what = self.computed[0]
            others = len(self.computed) - 1
            more = f" and {others} more are" if others else " is"
            yield f"line {line}: `{what}`{more} computed, not written out"

    def _sections(self, arguments: dict[str, ast.expr]) -> Iterator[tuple[ast.expr, Group, str]]:
        if "install_requires" in arguments:
            yield arguments["install_requires"], Group.RUNTIME, ""
        if "tests_require" in arguments:
            yield arguments["tests_require"], Group.DEVELOPMENT, "tests"
        if "extras_require" not in arguments:
            return
        extras = self._resolve(arguments["extras_require"])
        if not isinstance(extras, ast.Dict):
            self.computed.append((extras.lineno, "extras_require"))
            return
        yield from self._extras(extras)

    def _extras(self, extras: ast.Dict, depth: int = 0) -> Iterator[tuple[ast.expr, Group, str]]:
        for key, value in zip(extras.keys, extras.values, strict=True):
            name, inner = _text(key), self._resolve(value)
            if key is None and isinstance(inner, ast.Dict) and depth < _DEEPEST:
                yield from self._extras(inner, depth + 1)
            elif name:
                yield value, Group.DEVELOPMENT if is_development(name) else Group.EXTRA, name
            else:
                self.computed.append((value.lineno, "extras_require"))

    def _resolve(self, value: ast.expr) -> ast.expr:
        for _ in range(5):
            if not isinstance(value, ast.Name) or value.id not in self.values:
                break
            value = self.values[value.id]
        return value

    def _strings(self, value: ast.expr, depth: int = 0) -> list[ast.Constant] | None:
        """The strings of a list that is written out, in parts and under names too, or None when it is computed."""
        value = self._resolve(value)
        self._looks += 1
        if depth >= _DEEPEST or self._looks > MOST:
            return None
        if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
            left, right = self._strings(value.left, depth + 1), self._strings(value.right, depth + 1)
            return left + right if left is not None and right is not None else None
        if not isinstance(value, ast.List | ast.Tuple | ast.Set):
            return None
        found: list[ast.Constant] = []
        for item in value.elts:
            one = self._item(item, depth)
            if one is None:
                return None
            found.extend(one)
        return found

    def _item(self, item: ast.expr, depth: int) -> list[ast.Constant] | None:
        """One string, by itself or under a name; or the strings of a list that is put in with a star."""
        if isinstance(item, ast.Starred):
            return self._strings(item.value, depth + 1)
        named = self._resolve(item)
        return [named] if isinstance(named, ast.Constant) and isinstance(named.value, str) else None

    def _computed(self, value: ast.expr, group: Group, name: str) -> Iterator[Include]:
        """A list that is read from a file of requirements is followed, when the file's name is written out."""
        resolved = self._resolve(value)
        wanted = [node for node in ast.walk(self.parsed.tree) if _names_requirements(node)]
        inside = [node for node in ast.walk(resolved) if _names_requirements(node)]
        files = {_text(node) for node in inside or wanted}
        if len(files) == 1:
            yield Include(join(self.path, files.pop()), value.lineno, group=group, group_name=name)
        else:
            what = "install_requires" if group is Group.RUNTIME else f"extras_require[{name!r}]"
            self.computed.append((value.lineno, what))

    def _declared(self, texts: list[ast.Constant], group: Group, name: str) -> Iterator[Declared]:
        for node in bounded(texts):
            text = str(node.value)
            try:
                parsed = requirement(text)
            except Unreadable as error:
                self.problems.append(f"line {node.lineno}: `{text[:80]}` is no requirement: {error}")
                continue
            yield Declared(
                name=normalise(parsed.name),
                location=self._place(node),
                text=text,
                specifier=parsed.specifier,
                group=group,
                group_name=name,
                extras=extras_of(parsed.extras),
                marker=parsed.marker,
                url=parsed.url or "",
                style=Style.STRING,
            )

    def _place(self, node: ast.Constant) -> Location:
        """Of the text between the quotes, where it is one plain string."""
        whole = self.parsed.location(self.path, node)
        if whole.line != whole.end_line or whole.end_column - whole.column != len(str(node.value)) + 2:
            return whole
        return Location(self.path, whole.line, whole.column + 1, whole.line, whole.end_column - 1)


def _is_setup(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    function = node.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name == "setup"


def _text(node: ast.AST | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _names_requirements(node: ast.AST) -> bool:
    text = _text(node)
    return "requirements" in text and text.endswith((".txt", ".in")) and not re.search(r"[\n{}%*]", text)
