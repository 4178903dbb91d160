"""Python that is newer than the running interpreter, rewritten in place so that `ast` reads it at the same positions.

Every replacement has the length, in bytes, of what it replaces, and keeps its line ends. What the rewriting changed is
put right again in the tree afterwards:

| written | rewritten | in the tree |
|---|---|---|
| `class A[T: int](Base):`, `def f[T](x):` | `class A(         Base):` | type parameters apart |
| `type X[T] = list[T]` | `(X       ) = list[T]` | an assignment |
| `f"{x["a"]} {y!r}"` where quotes, comments, backslashes or line ends are new | `(  x["a"],  y,   )` | an f-string |
| `t"{x}"` | `f"{x}"` | an f-string |
| `except A, B:` | `except A| B:` | a tuple |
| `lazy import x` | `import      x` | an import |
| `[*x for x in y]` | `[ x for x in y]` | a comprehension of `x` |

tree-sitter finds the places. What it finds wrongly does no harm: `ast` has the last word.
"""

from __future__ import annotations

import ast
import itertools
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from tree_sitter import Node, Parser, Query

_DECLARES_TYPES = tuple(
    re.compile(rf"{keyword}[ \t\\\n]+\w+[ \t\\\n]*{following}")
    for keyword, following in (("class", r"\["), ("def", r"\["), ("type", r"[\[=]"))
)
"""One pattern to a keyword: a literal beginning is found ten times as fast as an alternative."""
_MAY_BE_NEWER = re.compile(
    r"""\b(?:[fF][rR]?|[rR][fF]|[tT][rR]?|[rR][tT])["']|^[ \t]*except\b.*,|^[ \t]*lazy[ \t]|[\[({][ \t\n]*\*""",
    re.MULTILINE,
)
_PLACES = """
[(string) (concatenated_string)] @string
[(class_definition) (function_definition)] @generic
(type_alias_statement) @alias
(except_clause) @except
[(list_comprehension) (set_comprehension) (generator_expression)] @comprehension
(ERROR) @error
"""
"""Kinds of nodes only: a pattern of their children would take quadratic time on nested ones."""
_LAZY = re.compile(rb"lazy([ \t]+)(import|from)\b")
_TEMPLATE = re.compile(rb"[rR]?[tT]")
_FORMAT = re.compile(rb"[fFtT]|[rR][fFtT]")
_HOLDERS = frozenset({"interpolation", "format_specifier", "format_expression"})
_NO_EXPRESSION = frozenset(
    {"comment", "line_continuation", "string_start", "string_content", "string_end", "type_conversion"}
)
_DEEPEST = 150
"""f-strings inside f-strings that CPython reads."""
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")
_BLOCKS = frozenset({"body", "orelse", "finalbody", "handlers", "cases"})
"""The fields that hold statements."""
_NOT_NEWLINE = re.compile(rb"[^\n]")

Position = tuple[int, int]
"""Line from 1, column in bytes of UTF-8 from 0: as in `ast`."""


@dataclass(frozen=True, slots=True)
class TypeParameter:
    """`T: int` in `class A[T: int]`; the bound (or the tuple of constraints) is '' when there is none."""

    name: str
    bound_source: str = ""


@dataclass(slots=True)
class Rewritten:
    """A text that `ast` may read, and what is to be put right in its tree."""

    text: str = ""
    type_parameters: dict[int, tuple[TypeParameter, ...]] = field(default_factory=dict)
    formats: set[Position] = field(default_factory=set)
    excepts: dict[Position, int] = field(default_factory=dict)
    """The number of commas of each handler."""
    aliases: dict[Position, Position] = field(default_factory=dict)
    """From the statement to its name."""

    def restore(self, tree: ast.Module) -> None:
        """Gives the nodes of `tree` the kinds and places that they have in the file."""
        if self.formats:
            _replace(tree, self._restored)
        elif self.excepts or self.aliases:
            _replace(tree, self._restored, _BLOCKS)

    def _restored(self, node: ast.AST) -> ast.AST:
        if isinstance(node, ast.Tuple) and _start(node) in self.formats:
            return _format(node)
        if isinstance(node, ast.ExceptHandler) and (commas := self.excepts.get(_start(node))):
            node.type = _handled(node.type, commas)
        elif isinstance(node, ast.Assign) and (name_at := self.aliases.get(_start(node))):
            _move(node.targets[0], name_at)
        return node


def declares_types(text: str) -> bool:
    """Whether type parameters or type aliases may be in the text."""
    return any(pattern.search(text) for pattern in _DECLARES_TYPES)


def rewrite(text: str) -> Rewritten | None:
    """The text in the syntax of Python 3.11, or None when it holds nothing that was new since."""
    if not declares_types(text) and not _MAY_BE_NEWER.search(text):
        return None
    rewriter = _Rewriter(text.encode())
    return rewriter.rewritten() if rewriter.changed else None


def lower(tree: ast.Module, text: str) -> dict[int, tuple[TypeParameter, ...]]:
    """Takes type parameters and type aliases out of a tree that the interpreter read by itself."""
    found: dict[int, tuple[TypeParameter, ...]] = {}

    def lowered(node: Any) -> ast.AST:
        if declared := getattr(node, "type_params", None):
            found[node.lineno] = (*found.get(node.lineno, ()), *(_declared_type(each, text) for each in declared))
            node.type_params = []
        if type(node).__name__ != "TypeAlias":
            return cast(ast.AST, node)
        node.name.ctx = ast.Store()
        return ast.copy_location(ast.Assign([node.name], node.value), node)

    _replace(tree, lowered)
    return dict(sorted(found.items()))


def _declared_type(parameter: Any, text: str) -> TypeParameter:
    bound = getattr(parameter, "bound", None)
    return TypeParameter(parameter.name, (ast.get_source_segment(text, bound) or "") if bound else "")


def _replace(tree: ast.Module, replaced: Callable[[ast.AST], ast.AST], fields: frozenset[str] | None = None) -> None:
    """Puts `replaced(node)` in the place of every node below `tree` (or below some fields), outer nodes first."""
    stack: list[ast.AST] = [tree]
    while stack:
        node = stack.pop()
        for name in node._fields if fields is None else fields.intersection(node._fields):
            value = getattr(node, name, None)
            if isinstance(value, ast.AST):
                child = replaced(value)
                setattr(node, name, child)
                stack.append(child)
            elif isinstance(value, list):
                value[:] = [replaced(item) if isinstance(item, ast.AST) else item for item in value]
                stack.extend(item for item in value if isinstance(item, ast.AST))


class _Rewriter:
    """Rewrites one file; the bytes of `buffer` keep their number and their line ends."""

    def __init__(self, source: bytes) -> None:
        self.source = source
        self.buffer = bytearray(source)
        self.result = Rewritten()
        places = _places(source)
        self._strings(places.get("string", ()))
        for kind, rewrite in (
            ("generic", self._generic),
            ("alias", self._alias),
            ("except", self._except),
            ("comprehension", self._comprehension),
            ("error", self._lazy),
        ):
            for node in places.get(kind, ()):
                rewrite(node)

    @property
    def changed(self) -> bool:
        return self.buffer != self.source

    def rewritten(self) -> Rewritten:
        self.result.text = self.buffer.decode()
        self.result.type_parameters = dict(sorted(self.result.type_parameters.items()))
        return self.result

    def _blank(self, start: int, end: int) -> None:
        self.buffer[start:end] = _NOT_NEWLINE.sub(b" ", self.buffer[start:end])

    def _generic(self, node: Node) -> None:
        """`[T](` becomes `(   `; without a list of bases, `[T]` becomes `( )`."""
        declared = node.child_by_field_name("type_parameters")
        following = node.child_by_field_name("parameters") or node.child_by_field_name("superclasses")
        if declared is None:
            return
        self._note_parameters(node, declared)
        end = following.start_byte + 1 if following else declared.end_byte
        self._blank(declared.start_byte, end)
        self.buffer[declared.start_byte] = ord("(")
        if not following:
            self.buffer[end - 1] = ord(")")

    def _alias(self, node: Node) -> None:
        """`type X[T] =` becomes `(X       ) =`, at the indentation of the statement."""
        left = node.child_by_field_name("left")
        name = next((leaf for leaf in _leaves(left) if leaf.type == "identifier"), None) if left else None
        if left is None or name is None or not self._apart(node.start_byte + len("type"), name.start_byte):
            return  # `type(x).attribute = y` is no alias
        for parameters in _declared(left):
            self._note_parameters(node, parameters)
        self._blank(node.start_byte, left.end_byte)
        head = b"(" + _text(name).encode()
        self.buffer[node.start_byte : node.start_byte + len(head)] = head
        self.buffer[left.end_byte - 1] = ord(")")
        self.result.aliases[_position(node)] = _position(name)

    def _apart(self, start: int, end: int) -> bool:
        return end > start and not self.source[start:end].strip(b" \t\f\\\n")

    def _note_parameters(self, statement: Node, node: Node) -> None:
        line = statement.start_point[0] + 1
        known = self.result.type_parameters.get(line, ())
        self.result.type_parameters[line] = (*known, *_type_parameters(node, self.source))

    def _except(self, node: Node) -> None:
        if commas := [child.start_byte for child in node.children if child.type == ","]:
            self.result.excepts[_position(node)] = len(commas)
        for comma in commas:
            self.buffer[comma] = ord("|")

    def _lazy(self, error: Node) -> None:
        """`lazy import x` becomes `import      x`: the statement begins where it began."""
        if keywords := _LAZY.match(self.source, error.start_byte):
            self.buffer[keywords.start() : keywords.end()] = keywords[2] + b"    " + keywords[1]

    def _comprehension(self, node: Node) -> None:
        """`[*x for x in y]` gives what `x` holds; `[x for x in y]` reads the same."""
        for splat in node.children[1:2]:
            if splat.type == "list_splat":
                self._blank(splat.start_byte, splat.start_byte + 1)

    def _strings(self, nodes: Iterable[Node]) -> None:
        """Outer strings before those inside them; what is concatenated, as one."""
        ends: list[int] = []
        concatenated: set[int] = set()
        for node in sorted(nodes, key=lambda node: (node.start_byte, -node.end_byte)):
            if node.type == "string" and node.start_byte in concatenated:
                continue
            literals = node.children if node.type == "concatenated_string" else [node]
            concatenated.update(literal.start_byte for literal in literals)
            while ends and ends[-1] <= node.start_byte:
                ends.pop()
            ends.append(node.end_byte)
            if len(ends) <= _DEEPEST and any(_FORMAT.match(self.source, literal.start_byte) for literal in literals):
                self._string(node, literals)

    def _string(self, node: Node, literals: list[Node]) -> None:
        """An f-string that `ast` does not read becomes a tuple of its expressions; those inside these come later."""
        for literal in literals:
            self._template(literal)
        start = node.start_byte
        before = bytes(self.buffer[start : node.end_byte])
        expressions = list(_expressions(literals))
        if not expressions or _reads(before):
            return
        self._blank(start, node.end_byte)
        self.buffer[start] = ord("(")
        self.buffer[node.end_byte - 1] = ord(")")
        for expression in expressions:
            self._keep(expression, before, start)
        self.result.formats.add(_position(node))

    def _template(self, literal: Node) -> None:
        """`t"..."` holds the same expressions as `f"..."`."""
        if prefix := _TEMPLATE.match(self.source, literal.start_byte):
            self.buffer[prefix.end() - 1] = ord("f")

    def _keep(self, expression: Node, before: bytes, start: int) -> None:
        """Puts an expression of the string `before` back, with a comma behind it."""
        first, end = expression.start_byte - start, expression.end_byte - start
        self.buffer[start + first : start + end] = before[first:end]
        after = _NOT_NEWLINE.search(before, end)
        if after and before[end - 1] != ord(","):
            self.buffer[start + after.start()] = ord(",")


@cache
def _tools() -> tuple[Parser, Query]:
    import tree_sitter
    import tree_sitter_python

    language = tree_sitter.Language(tree_sitter_python.language())
    return tree_sitter.Parser(language), tree_sitter.Query(language, _PLACES)


def _places(source: bytes) -> Mapping[str, list[Node]]:
    from tree_sitter import QueryCursor

    parser, query = _tools()
    return QueryCursor(query).captures(parser.parse(source).root_node)


def _reads(segment: bytes) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(b"(\n" + segment + b"\n)")
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True


def _expressions(literals: list[Node]) -> Iterator[Node]:
    """The expressions of a string in their order, those of format specifiers too."""
    stack = [child for literal in reversed(literals) for child in reversed(literal.children)]
    while stack:
        part = stack.pop()
        if part.type in _HOLDERS:
            stack.extend(reversed(part.children))
        elif part.is_named and part.type not in _NO_EXPRESSION:
            yield from _without_yield(part)


def _without_yield(node: Node) -> list[Node]:
    """A `yield` cannot stand in a tuple without parentheses; what it yields can."""
    return [child for child in node.children if child.is_named] if node.type == "yield" else [node]


def _type_parameters(node: Node, source: bytes) -> Iterator[TypeParameter]:
    """The parameters between the brackets, also where the grammar does not know their defaults."""
    for leaves in _split(list(_leaves(node))[1:-1]):
        name = next((leaf for leaf in leaves if leaf.type == "identifier"), None)
        if name is not None:
            yield TypeParameter(_text(name), _bound(leaves, source))


def _split(leaves: Iterable[Node]) -> Iterator[list[Node]]:
    """Groups leaves by the commas that stand in no bracket."""
    depth = 0
    group: list[Node] = []
    for leaf in leaves:
        depth += (leaf.type in _OPENING) - (leaf.type in _CLOSING)
        if depth == 0 and leaf.type == ",":
            yield group
            group = []
        else:
            group.append(leaf)
    yield group


def _bound(leaves: list[Node], source: bytes) -> str:
    """The source between `T:` and the end, or the `=` of a default."""
    if len(leaves) < 3 or leaves[1].type != ":":
        return ""
    bound = list(itertools.takewhile(lambda leaf: leaf.type != "=", leaves[2:]))
    return source[bound[0].start_byte : bound[-1].end_byte].decode() if bound else ""


def _declared(left: Node) -> list[Node]:
    """`[T]` of `X[T]`, the left side of a type alias."""
    generics = [child for child in left.children if child.type == "generic_type"]
    return [child for generic in generics for child in generic.children if child.type == "type_parameter"]


def _leaves(node: Node) -> Iterator[Node]:
    """The tokens in their order; a string is one, a comment is none."""
    stack = [node]
    while stack:
        node = stack.pop()
        if node.child_count == 0 or node.type == "string":
            if node.type != "comment":
                yield node
        else:
            stack.extend(reversed(node.children))


def _text(node: Node) -> str:
    return node.text.decode() if node.text else ""


def _position(node: Node) -> Position:
    return node.start_point[0] + 1, node.start_point[1]


def _start(node: ast.Tuple | ast.Assign | ast.ExceptHandler) -> Position:
    return node.lineno, node.col_offset


def _format(node: ast.Tuple) -> ast.JoinedStr:
    values: list[ast.expr] = [ast.copy_location(ast.FormattedValue(value, -1), value) for value in node.elts]
    return ast.copy_location(ast.JoinedStr(values), node)


def _handled(alternatives: ast.expr | None, commas: int) -> ast.expr | None:
    """`A | B | C` as the tuple that it was before its commas were replaced."""
    first = alternatives
    rest: list[ast.expr] = []
    while commas and isinstance(first, ast.BinOp):
        rest.append(first.right)
        first, commas = first.left, commas - 1
    if first is None or alternatives is None:
        return alternatives
    return ast.copy_location(ast.Tuple([first, *reversed(rest)], ast.Load()), alternatives)


def _move(name: ast.expr, start: Position) -> None:
    """Puts the name of an alias back to where it stands in the file."""
    length = (name.end_col_offset or 0) - name.col_offset
    name.lineno = name.end_lineno = start[0]
    name.col_offset, name.end_col_offset = start[1], start[1] + length
