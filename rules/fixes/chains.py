"""Chains of calls, and what stands in their brackets: `select(...).where(...)`, `selectinload(...).load_only(...)`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import libcst as cst

from rules.fixes import elements
from rules.fixes.source_file import Change, SourceFile

LOADING = frozenset({"selectinload", "joinedload", "subqueryload", "immediateload", "contains_eager"})
FORBIDDING = frozenset({"raiseload", "noload"})
LOADERS = LOADING | FORBIDDING | {"lazyload", "defaultload"}


@dataclass(frozen=True, slots=True)
class Link:
    """One call of a chain: `.where(...)`, or the `select(...)` that begins it."""

    name: str
    call: cst.Call


@dataclass(frozen=True, slots=True)
class Container:
    """What stands in brackets: the arguments of a call, or the elements of a list."""

    values: tuple[cst.BaseExpression, ...]
    spans: tuple[elements.Span, ...]
    opening: int
    closing: int

    def append(self, file: SourceFile, new: str) -> list[Change]:
        return elements.append(file, self.spans, self.opening, self.closing, new)


def called(call: cst.Call) -> str:
    """The last name of what is called."""
    if isinstance(call.func, cst.Attribute):
        return call.func.attr.value
    return call.func.value if isinstance(call.func, cst.Name) else ""


def argument(call: cst.Call, name: str) -> cst.Arg | None:
    return next((arg for arg in call.args if arg.keyword and arg.keyword.value == name), None)


def following(file: SourceFile, call: cst.Call) -> Iterator[Link]:
    """The calls behind a call in its chain: `.where(...)`, `.limit(...)`."""
    node: cst.CSTNode = call
    while True:
        attribute = file.parent(node)
        if not isinstance(attribute, cst.Attribute) or attribute.value is not node:
            return
        above = file.parent(attribute)
        if not isinstance(above, cst.Call) or above.func is not attribute:
            return
        yield Link(attribute.attr.value, above)
        node = above


def option_links(expression: cst.BaseExpression) -> list[Link]:
    """The calls of a loader option, in their order; none when the expression is something else."""
    links: list[Link] = []
    node = expression
    while isinstance(node, cst.Call):
        links.insert(0, Link(called(node), node))
        if not isinstance(node.func, cst.Attribute) or not isinstance(node.func.value, cst.Call):
            break
        node = node.func.value
    return links if links and (links[0].name in LOADERS or links[0].name == "Load") else []


def same_level(links: Sequence[Link]) -> list[Link]:
    """The first links that stay at the same path: `load_only`, `options`."""
    level: list[Link] = []
    for link in links:
        if link.name in LOADERS:
            break
        level.append(link)
    return level


def arguments(file: SourceFile, call: cst.Call) -> Container:
    opening = file.text.index("(", file.span(call.func)[1]) + 1
    spans = tuple(file.span(arg) for arg in call.args)
    return Container(tuple(arg.value for arg in call.args), spans, opening, file.span(call)[1] - 1)


def listed(file: SourceFile, node: cst.List | cst.Tuple | cst.Set) -> Container:
    start, end = file.span(node)
    if not isinstance(node, cst.Tuple):
        start, end = start + 1, end - 1
    spans = tuple(file.span(element) for element in node.elements)
    return Container(tuple(element.value for element in node.elements), spans, start, end)


def container_of(file: SourceFile, option: cst.Call) -> Container | None:
    """What an option stands in, when another one may stand beside it."""
    parent = file.parent(option)
    above = file.parent(parent) if parent else None
    if isinstance(parent, cst.Arg) and isinstance(above, cst.Call) and called(above) == "options":
        return arguments(file, above)
    if isinstance(parent, cst.Element) and isinstance(above, cst.List | cst.Tuple):
        return listed(file, above)
    return None


def indentation_of_dot(file: SourceFile, link: Link) -> str | None:
    """The indentation of a link that begins a line; None for one that does not."""
    if not isinstance(link.call.func, cst.Attribute):
        return None
    dot = file.span(link.call.func.attr)[0] - 1
    return file.indentation(dot) if file.begins_line(dot) else None


def operand(file: SourceFile, expression: cst.BaseExpression) -> str:
    """The text of an expression, on one line, that can stand behind `==` or `*`."""
    code = collapsed(file.code(expression))
    closed = cst.Name | cst.Attribute | cst.Call | cst.Subscript | cst.BaseNumber | cst.BaseString | cst.Await
    return code if isinstance(expression, closed | cst.List | cst.BinaryOperation) else f"({code})"


def collapsed(code: str) -> str:
    """The code on one line."""
    code = re.sub(r"\s*\n\s*", " ", code)
    return re.sub(r"([(\[]) | (?=[)\].])", r"\1", code).replace(",)", ")").replace(",]", "]")
