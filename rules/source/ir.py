"""The compact form of code that the analysis interprets: nested tuples, `(kind, position, ...)`.

A position is `(line, column, end_line, end_column)` as `ast` counts them: lines from 1, columns from 0 in UTF-8 bytes.
Tuples because they are small, hashable, and can be stored; every kind is listed here with its fields. `X?` may be None,
`X*` is a tuple of X.

Expressions:

    NAME id · CONST value · ATTR X name · CALL X args keywords          args: X* (a STAR spreads); keywords: (name?, X)*
    SUB X index · BOOL "and"|"or" X* · NOT X · COMPARE X ops X* · IF test X X · LIST/TUPLE/SET X* · DICT (X?, X)*
    COMP "list"|"set"|"dict"|"gen" X (target, X, X*, async)*             a dict's X is TUPLE(key, value)
    LAMBDA Function · AWAIT X · YIELD X? · YIELD_FROM X · FORMAT (X, conversion)*
    STAR X · SLICE X* · WALRUS name X · BINARY X op X
    OTHER X*                    its parts are evaluated, its value is unknown

Statements:

    ASSIGN target* X · AUGMENT target op X · ANNOTATE target X annotation X? · EXPR X · RETURN X? · IFS test body orelse
    FOR target X body orelse async · WHILE test body orelse · TRY body (X?, name?, body)* orelse final
    WITH (X, target?)* body async · RAISE X? · ASSERT X · MATCH X (pattern, X?, body)* · FUNCTION Function · CLASS Class
    IMPORT (name, module, attribute?)* · DELETE target* · BREAK · CONTINUE

Patterns: ("value", X), ("class", X, (name?, pattern)*), ("bind", name?, pattern?), ("seq", pattern*), ("or", pattern*),
("map", (X, pattern)*, rest?), ("star", name?).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Position = tuple[int, int, int, int]
Node = tuple[Any, ...]
Block = tuple[Node, ...]

NOWHERE: Position = (1, 0, 1, 0)


# Expressions
NAME, CONST, ATTR, CALL, SUB, BOOL, NOT, COMPARE, IF = (
    "name",
    "const",
    "attr",
    "call",
    "sub",
    "bool",
    "not",
    "cmp",
    "if",
)
LIST, TUPLE, SET, DICT, COMP, LAMBDA = "list", "tuple", "set", "dict", "comp", "lambda"
AWAIT, YIELD, YIELD_FROM, FORMAT, STAR, WALRUS = "await", "yield", "yieldfrom", "format", "star", "walrus"
BINARY, OTHER, SLICE = "binary", "other", "slice"
# Statements
ASSIGN, AUGMENT, ANNOTATE, EXPR, RETURN, IFS, FOR, WHILE = "=", "op=", ":=", "expr", "return", "ifs", "for", "while"
TRY, WITH, RAISE, ASSERT, MATCH, FUNCTION, CLASS = "try", "with", "raise", "assert", "match", "def", "class"
IMPORT, DELETE, BREAK, CONTINUE = "import", "del", "break", "continue"


def nodes(found: object, kinds: frozenset[str]) -> Iterator[Node]:
    """The nodes of some kinds in a node or a block, in no order; what is within nested functions is not looked at."""
    stack = [found]
    while stack:
        part = stack.pop()
        if type(part) is tuple and part:
            if len(part) > 2 and type(part[0]) is str and part[0] in kinds:
                yield part
            stack.extend(part)


def contains(found: object, kinds: frozenset[str]) -> bool:
    return next(nodes(found, kinds), None) is not None


def last_name(node: Node) -> str:
    """`c` of `a.b.c`, and of a call of it; '' of anything else."""
    while node[0] == CALL:
        node = node[2]
    return str(node[3]) if node[0] == ATTR else str(node[2]) if node[0] == NAME else ""
