"""Suppression comments: `# greenlatch: ignore[BR-ASYNC-001] reason`, which lines they cover, and what they silence.

Reading them is per file and pure, so it is a fact of the file. A comment covers its own line and every line of the
statement it stands in; of a compound statement (`for`, `with`, `def`) that is the header, never the body.
`ignore-file` covers the whole file. In a template the comment is `{# greenlatch: ignore[...] reason #}` and covers
its own lines; so it does in a manifest, where it begins with `#` again. Without brackets a comment silences every rule.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from rules.finding import Confidence, Edit, Finding, Fix, Location, Read, Safety, Severity, Step

UNUSED = "BR-SUP-001"
"""The rule of a comment that suppresses nothing; its page is `rules.checks.unused_suppression`."""

_MARK = "greenlatch:"
_DIRECTIVE = r"greenlatch:\s*ignore(?P<file>-file)?(?![\w-])(?:\[(?P<rules>[^\]\n]*)\])?"
_PYTHON = re.compile(rf"#[ \t]*{_DIRECTIVE}(?P<reason>(?:(?!\s#)[^\r\n])*)")
_TEMPLATE = re.compile(rf"\{{#[-+]?\s*{_DIRECTIVE}(?P<reason>.*?)[-+]?#\}}", re.DOTALL)
_NEWLINE = re.compile(r"\r\n|\r|\n")
_LAST_LINE = 2**31 - 1
_Node = ast.stmt | ast.ExceptHandler | ast.pattern


class Span(NamedTuple):
    """A range in one file, without its path: facts depend on nothing but the bytes of the file. As in `Location`."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Suppression:
    """One comment and the lines it covers, both inclusive."""

    first_line: int
    last_line: int
    rules: tuple[str, ...]
    reason: str
    comment: Span
    brackets: Span | None
    """What stands between the brackets; None without brackets, when the comment silences every rule."""
    removal: Span
    """What goes when the comment goes: the blanks before it, too, or its whole line."""

    def silences(self, rule: str, line: int) -> bool:
        return self.first_line <= line <= self.last_line and (self.brackets is None or rule in self.rules)


@dataclass(frozen=True, slots=True)
class Suppressed:
    """Findings after the comments spoke: what is left, what they silenced, and a notice for each idle comment."""

    kept: tuple[Finding, ...]
    suppressed: tuple[Finding, ...]
    unused: tuple[Finding, ...]


def suppressions(text: str, tree: ast.AST | None) -> tuple[Suppression, ...]:
    """The comments of one file: of a Python module with its `tree`, of a template with None.

    `text` has the positions that `tree` was parsed from. Nearly every file costs one substring search.
    """
    if _MARK not in text:
        return ()
    source = _Source(text)
    if tree is None:
        return tuple(_read(match, source) for match in _TEMPLATE.finditer(text))
    strings = list(_strings(tree, source))
    comments = [match for match in _PYTHON.finditer(text) if not any(a <= match.start() < b for a, b in strings)]
    statements = list(_statements(tree, source)) if comments else []
    return tuple(_over_statement(_read(match, source), statements) for match in comments)


def line_suppressions(text: str) -> tuple[Suppression, ...]:
    """The comments of a file that has lines and no statements: `pyproject.toml`, `requirements.txt`."""
    if _MARK not in text:
        return ()
    source = _Source(text)
    return tuple(_read(match, source) for match in _PYTHON.finditer(text))


def apply_suppressions(findings: Iterable[Finding], by_path: Mapping[str, Sequence[Suppression]]) -> Suppressed:
    """Silences read by read: a finding of which some reads are left is kept with those."""
    used: set[tuple[str, Suppression, str]] = set()
    kept: list[Finding] = []
    suppressed: list[Finding] = []
    for finding in findings:
        reads = tuple(read for read in finding.reads if not _silenced(finding.rule, read.location, by_path, used))
        if reads:
            kept.append(finding if len(reads) == len(finding.reads) else replace(finding, reads=reads))
        else:
            suppressed.append(finding)
    notices = list(_notices(by_path, used))
    unused = tuple(one for one in notices if not _silenced(UNUSED, one.location, _naming(UNUSED, by_path), used))
    return Suppressed(tuple(kept), tuple(suppressed), unused)


class _Source:
    """Offsets in a text and the lines and columns they are at."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = [0, *(match.end() for match in _NEWLINE.finditer(text))]

    def line(self, number: int) -> str:
        end = self.starts[number] if number < len(self.starts) else len(self.text)
        return self.text[self.starts[number - 1] : end]

    def span(self, start: int, end: int) -> Span:
        return Span(*self._place(start), *self._place(end))

    def offset(self, line: int, utf8_column: int) -> int:
        """Of a place as `ast` gives it: lines from 1, columns in UTF-8 bytes from 0."""
        head = self.line(line).encode("utf-8", "surrogatepass")[:utf8_column]
        return self.starts[line - 1] + len(head.decode("utf-8", "surrogatepass"))

    def _place(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1


def _read(match: re.Match[str], source: _Source) -> Suppression:
    end = match.start() + len(match[0].rstrip())
    comment = source.span(match.start(), end)
    names = match["rules"] or ""
    whole = match["file"] is not None
    return Suppression(
        first_line=1 if whole else comment.line,
        last_line=_LAST_LINE if whole else comment.end_line,
        rules=tuple(dict.fromkeys(name.strip().upper() for name in names.split(",") if name.strip())),
        reason=" ".join(match["reason"].split()).strip("-–—: "),
        comment=comment,
        brackets=None if match["rules"] is None else source.span(*match.span("rules")),
        removal=_removal(match.start(), end, source),
    )


def _removal(start: int, end: int, source: _Source) -> Span:
    text = source.text
    blank = len(text[:start].rstrip(" \t\f"))
    newline = _NEWLINE.match(text, end + len(text[end:]) - len(text[end:].lstrip(" \t\f")))
    if blank in source.starts and newline:
        return source.span(blank, newline.end())
    return source.span(blank, end)


def _strings(tree: ast.AST, source: _Source) -> Iterator[tuple[int, int]]:
    """Where strings are that could hold what only looks like a comment."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)):
            last = node.end_lineno or node.lineno
            yield source.offset(node.lineno, node.col_offset), source.offset(last, node.end_col_offset or 0)


def _statements(tree: ast.AST, source: _Source) -> Iterator[tuple[int, int]]:
    """First and last line of each statement, of a compound one the lines before its body."""
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt | ast.ExceptHandler):
            inner = (
                node.cases[0].pattern if isinstance(node, ast.Match) else next(iter(getattr(node, "body", ())), None)
            )
            yield _first_line(node), _header_end(node, inner, source) if inner else node.end_lineno or node.lineno
        elif isinstance(node, ast.match_case):
            yield node.pattern.lineno, _header_end(node.pattern, node.body[0], source)


def _first_line(node: _Node) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _header_end(header: _Node, inner: _Node, source: _Source) -> int:
    line = _first_line(inner) - 1
    while line > header.lineno and source.line(line).lstrip()[:1] in {"", "#"}:
        line -= 1
    return max(line, header.lineno)


def _over_statement(one: Suppression, statements: Iterable[tuple[int, int]]) -> Suppression:
    """Widened to the lines of its statement. Headers and simple statements never nest, so any that holds it counts."""
    holding = [(first, last) for first, last in statements if first <= one.comment.line <= last]
    return replace(
        one,
        first_line=min([one.first_line, *(first for first, _ in holding)]),
        last_line=max([one.last_line, *(last for _, last in holding)]),
    )


def _silenced(
    rule: str,
    place: Location,
    by_path: Mapping[str, Sequence[Suppression]],
    used: set[tuple[str, Suppression, str]],
) -> bool:
    """Whether a comment silences the rule there; each that does is noted in `used`."""
    speaking = [one for one in by_path.get(place.path, ()) if one.silences(rule, place.line)]
    used.update((place.path, one, rule) for one in speaking)
    return bool(speaking)


def _naming(rule: str, by_path: Mapping[str, Sequence[Suppression]]) -> dict[str, list[Suppression]]:
    return {path: [one for one in some if rule in one.rules] for path, some in by_path.items()}


def _notices(
    by_path: Mapping[str, Sequence[Suppression]], used: set[tuple[str, Suppression, str]]
) -> Iterator[Finding]:
    for path, comments in sorted(by_path.items()):
        for one in comments:
            busy = {rule for where, other, rule in used if where == path and other == one}
            idle = tuple(rule for rule in one.rules if rule not in busy and rule != UNUSED)
            if idle or not (busy or one.rules):
                yield _notice(path, one, idle)


def _notice(path: str, one: Suppression, idle: tuple[str, ...]) -> Finding:
    name = f"greenlatch: ignore[{', '.join(idle)}]"
    if idle:
        message = f"{' and '.join(f'`{rule}`' for rule in idle)} is suppressed here, and nothing is found for it"
    elif one.brackets:
        message = "the comment names no rule between its brackets; it suppresses nothing"
    else:
        message = "every rule is suppressed here, and nothing is found"
    return Finding(
        rule=UNUSED,
        message=message,
        severity=Severity.NOTICE,
        confidence=Confidence.HIGH,
        reads=(Read.of(Location(path, *one.comment), name, (UNUSED, "", name)),),
        origin=Step(path, one.comment.line, one.comment.column, "the comment"),
        fixes=(_fix(path, one, idle),),
    )


def _fix(path: str, one: Suppression, idle: tuple[str, ...]) -> Fix:
    """Takes away the comment or its idle rules: safe as it is, because only this module reads the comment."""
    rest = ", ".join(rule for rule in one.rules if rule not in idle)
    if rest and one.brackets:
        return Fix(f"Suppress only {rest}", Safety.SAFE, (Edit(path, *one.brackets, rest),))
    return Fix("Remove the comment", Safety.SAFE, (Edit(path, *one.removal, ""),))
