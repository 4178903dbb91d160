"""A template's syntax tree with exact places: jinja2 keeps line numbers, so the lexer gives it ones that know more."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from jinja2 import Environment, TemplateSyntaxError, nodes
from jinja2.lexer import TOKEN_OPERATOR, Lexer

from rules.source.ir import Position

_STRING = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""", re.DOTALL)
_ESCAPED = re.compile(r"""[\x00-\x1f\x7f\\'"]""")
_NAME_AFTER_DOT = re.compile(r"\.\s*\w+")
_EXTENSIONS = ("jinja2.ext.do", "jinja2.ext.loopcontrols", "jinja2.ext.i18n", "jinja2.ext.debug")


class NotATemplate(Exception):
    """The file cannot be read as a Jinja template; `reason` says why, for people."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Token(int):
    """A line number with the offsets of its token; an opening bracket ends behind its partner."""

    start: int
    end: int


class _Lexer(Lexer):
    def tokeniter(
        self, source: str, name: str | None, filename: str | None = None, state: str | None = None
    ) -> Iterator[tuple[int, str, str]]:
        position = 0
        brackets: list[Token] = []
        for line, kind, value in super().tokeniter(source, name, filename, state):
            token = Token(line)
            token.start = max(source.find(value, position), position)  # white space may have been stripped before it
            token.end = position = token.start + len(value)
            if kind == TOKEN_OPERATOR and value in "([{":
                brackets.append(token)
            elif kind == TOKEN_OPERATOR and value in ")]}" and brackets:
                brackets.pop().end = position
            yield token, kind, value


class _Environment(Environment):
    @property
    def lexer(self) -> Lexer:
        return _Lexer(self)


_ENVIRONMENT = _Environment(extensions=_EXTENSIONS)


def parse(text: str) -> nodes.Template:
    """Parses and nothing more: no template is loaded, no expression evaluated. Raises `NotATemplate`."""
    try:
        return _ENVIRONMENT.parse(text)
    except TemplateSyntaxError as error:
        raise NotATemplate(f"no Jinja template: {error.message} on line {int(error.lineno)}") from None
    except ValueError as error:
        raise NotATemplate(f"no Jinja template: {error}") from None
    except RecursionError:
        raise NotATemplate("nested too deeply to be read") from None


def normalised(text: str) -> str:
    """Without byte order mark, every line ended by a line feed: the text that places count in."""
    text = text.removeprefix("\ufeff")
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


class Text:
    """A template's text and the ranges in it, in the file it stands in."""

    def __init__(self, text: str, literal: Position | None = None) -> None:
        self.text = text
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self._literal = literal
        self._opening = 0 if literal is None else _opening(text, literal)

    def position(self, start: int, end: int) -> Position:
        line, column, end_line, end_column = (*self._place(start), *self._place(end))
        if self._literal is None:
            return (line, column, end_line, end_column)
        if not self._opening:
            return self._literal
        first, shift = self._literal[0], self._literal[1] + self._opening
        columns = [column + shift if line == 1 else column, end_column + shift if end_line == 1 else end_column]
        return (first + line - 1, columns[0], first + end_line - 1, columns[1])

    def _place(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._starts, offset)
        return line, len(self.text[self._starts[line - 1] : offset].encode("utf-8", "surrogatepass"))

    def line(self, number: int) -> Position:
        """A whole line without the white space around it."""
        begin = self._starts[min(max(number, 1), len(self._starts)) - 1]
        line = self.text[begin:].partition("\n")[0]
        return self.position(begin + len(line) - len(line.lstrip()), begin + len(line.rstrip()))

    def of(self, node: nodes.Node) -> Position:
        """The range of an expression, of a statement its tag's name; the whole line where nothing better is known."""
        if not isinstance(node.lineno, Token):
            return self.line(node.lineno or 1)
        start, end = self._start(node), self._end(node)
        shown = _STRING.sub("", self.text[start:end])
        missing = shown.count(")") - shown.count("(")
        for _ in range(missing):  # the chain hangs on an expression in brackets
            start = max(self.text.rfind("(", 0, start), 0)
        return self.position(start, max(end, start))

    def inside(self, node: nodes.Const) -> Position:
        """What stands between the quotes of a string."""
        if not isinstance(node.lineno, Token):
            return self.line(node.lineno or 1)
        return self.position(node.lineno.start + 1, node.lineno.end - 1)

    def _start(self, node: nodes.Node) -> int:
        first = _leftmost(node)
        return first.lineno.start if isinstance(first.lineno, Token) else 0

    def _end(self, node: nodes.Node) -> int:
        last = _rightmost(node)
        if not isinstance(last.lineno, Token):
            return 0
        dotted = isinstance(last, nodes.Getattr | nodes.Getitem)
        name = _NAME_AFTER_DOT.match(self.text, last.lineno.start) if dotted else None
        end = name.end() if name else last.lineno.end
        if isinstance(last, nodes.Filter | nodes.Test):
            arguments = [*last.args, *(keyword.value for keyword in last.kwargs)]
            if arguments and self.text[end:].lstrip().startswith("("):
                end = self.text.find(")", self._end(arguments[-1])) + 1 or end
        return end


def _opening(text: str, literal: Position) -> int:
    """How many bytes open a string literal; 0 where its text does not stand in the code as it is (escapes, parts)."""
    line, column, end_line, end_column = literal
    last = len(text.rpartition("\n")[2].encode("utf-8", "surrogatepass"))
    if line == end_line and "\n" not in text:
        around = end_column - column - last
        if around in (3, 7):  # a prefix, where it cannot be an escape
            return 0 if _ESCAPED.search(text) else around // 2 + 1
        return around // 2 if around in (2, 6) else 0
    return 3 if end_line - line == text.count("\n") and end_column - last == 3 else 0


def _leftmost(node: nodes.Node) -> nodes.Node:
    while True:
        inner: nodes.Node | None = None
        match node:
            case nodes.Getattr() | nodes.Getitem() | nodes.Call() | nodes.Filter() | nodes.Test():
                inner = node.node
            case nodes.BinExpr():
                inner = node.left
            case nodes.Compare():
                inner = node.expr
            case nodes.CondExpr():
                inner = node.expr1
            case nodes.Concat() if node.nodes:
                inner = node.nodes[0]
        if inner is None:
            return node
        node = inner


def _rightmost(node: nodes.Node) -> nodes.Node:
    while True:
        inner: nodes.Node | None = None
        match node:
            case nodes.BinExpr():
                inner = node.right
            case nodes.UnaryExpr():
                inner = node.node
            case nodes.Compare() if node.ops:
                inner = node.ops[-1].expr
            case nodes.CondExpr():
                inner = node.expr2 or node.test
            case nodes.Concat() if node.nodes:
                inner = node.nodes[-1]
        if inner is None:
            return node
        node = inner
