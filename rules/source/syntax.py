"""Bytes to syntax tree: decoding, `ast.parse`, and the reasons why a file is no Python."""

from __future__ import annotations

import ast
import codecs
import io
import re
import sys
import tokenize
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from rules.finding import Location
from rules.source import newer_syntax
from rules.source.newer_syntax import TypeParameter

__all__ = ["NotPython", "Parsed", "TypeParameter", "parse"]

_DECODERS_OF_NO_SOURCE = frozenset({"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape"})
"""Codecs of the standard library which no source is written in, and which take quadratic time or hide line ends."""
_TEMPLATE_LINE = re.compile(r"^\s*(\{[%#].*)", re.MULTILINE)
_TEMPLATE_TAG = re.compile(r"\{\{.*?\}\}|\{[%#].*?[%#]\}")
_CONFLICT = re.compile(r"^(?:<{7} |>{7} )", re.MULTILINE)
_READS_TYPES = sys.version_info >= (3, 12)
"""Whether the interpreter knows type parameters."""
TOO_DEEP = "nested too deeply to be read"


class NotPython(Exception):
    """The file cannot be read as Python; `reason` says why, for people."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Parsed:
    """One file as `ast` sees it.

    The tree is in the syntax of Python 3.11, whatever the file and the interpreter: `type X = Y` is an assignment,
    and type parameters are only in `type_parameters`. Every line and column is the one of the file.
    """

    tree: ast.Module
    text: str
    """Decoded, without byte order mark; every line ends with a line feed. Lines and columns are those of the file."""
    type_parameters: Mapping[int, tuple[TypeParameter, ...]] = field(default_factory=dict)
    """By the line of the `class`, `def` or `type` statement."""

    @cached_property
    def lines(self) -> list[str]:
        """Line 1 is at index 0; without line ends."""
        return self.text.split("\n")

    @cached_property
    def _ascii(self) -> bool:
        return self.text.isascii()

    def column(self, line: int, offset: int) -> int:
        """The column (in characters, from 1) of what `ast` calls `col_offset` (in bytes of UTF-8, from 0)."""
        if self._ascii:
            return offset + 1
        return len(self.lines[line - 1].encode()[:offset].decode(errors="replace")) + 1

    def location(self, path: str, node: ast.expr | ast.stmt | ast.arg | ast.alias | ast.keyword) -> Location:
        """The exact range of a node that has one."""
        end_line = node.end_lineno or node.lineno
        end_offset = node.end_col_offset if node.end_col_offset is not None else node.col_offset
        return Location(
            path,
            node.lineno,
            self.column(node.lineno, node.col_offset),
            end_line,
            self.column(end_line, end_offset),
        )


def parse(data: bytes) -> Parsed:
    """Reads one file; raises `NotPython` with the reason when it cannot be read.

    Syntax that is newer than the running interpreter is read too: see `rules.source.newer_syntax`.
    """
    text = decode(data)
    try:
        tree = _tree(text)
    except SyntaxError as error:
        return _parse_newer(text, error)
    parameters = newer_syntax.lower(tree, text) if _READS_TYPES and newer_syntax.declares_types(text) else {}
    return Parsed(tree, text, parameters)


def decode(data: bytes) -> str:
    """The text of a Python file by its byte order mark and encoding declaration, with line feeds as line ends."""
    if b"\0" in data:
        raise NotPython("holds null bytes: a binary file, or UTF-16")
    encoding = encoding_of(data)
    try:
        text = data.decode(encoding)
        text.encode()
    except LookupError:
        raise NotPython(f"declares the encoding `{encoding}`, which is not one of text") from None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise NotPython(f"line {line} is not {_pretty(encoding)}: {error.reason}") from None
    except UnicodeError as error:
        raise NotPython(f"is not {_pretty(encoding)}: {error}") from None
    if "\0" in text:
        raise NotPython("holds null characters")
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def encoding_of(data: bytes) -> str:
    """By the byte order mark or the declaration; raises `NotPython` when it is none that sources are written in."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    except SyntaxError as error:
        reason = str(error.msg)
        if reason.startswith("unknown encoding"):
            raise NotPython(f"declares an {reason.replace(': ', ' `', 1)}`") from None
        if "encoding problem" in reason:
            raise NotPython("begins with a UTF-8 byte order mark and declares another encoding") from None
        return "utf-8"
    if codecs.lookup(encoding).name.replace("-", "_") in _DECODERS_OF_NO_SOURCE:
        raise NotPython(f"declares the encoding `{encoding}`, in which no source is written")
    return encoding


def _pretty(encoding: str) -> str:
    return "UTF-8" if encoding in {"utf-8", "utf-8-sig"} else f"`{encoding}`, the encoding that it declares"


def _tree(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about the code under review: invalid escapes, `is` with a literal
        try:
            return ast.parse(text)
        except (RecursionError, MemoryError):
            raise NotPython(TOO_DEEP) from None


def _parse_newer(text: str, error: SyntaxError) -> Parsed:
    """Reads what the interpreter refused with `error`, or says why nobody can."""
    rewritten = newer_syntax.rewrite(text)
    if rewritten is None:
        raise NotPython(_reason(text, error))
    try:
        tree = _tree(rewritten.text)
    except SyntaxError as remaining:
        raise NotPython(_reason(text, remaining)) from None
    rewritten.restore(tree)
    return Parsed(tree, text, rewritten.type_parameters)


def _reason(text: str, error: SyntaxError) -> str:
    if conflict := _CONFLICT.search(text):
        return f"holds a merge conflict on line {_line(text, conflict)}"
    if template := _TEMPLATE_LINE.search(text):
        return f"a template, not Python: line {_line(text, template)} holds `{_short(template[1])}`"
    lines = text.split("\n")
    line = error.lineno or 1
    if line <= len(lines) and (tag := _TEMPLATE_TAG.search(lines[line - 1])):
        return f"a template, not Python: line {line} holds `{_short(tag[0])}`"
    return f"no valid Python: {error.msg.partition(' (<unknown>')[0]} on line {line}"


def _line(text: str, match: re.Match[str]) -> int:
    return text.count("\n", 0, match.end()) + 1


def _short(tag: str) -> str:
    tag = tag.strip()
    return tag if len(tag) <= 40 else f"{tag[:39]}…"
