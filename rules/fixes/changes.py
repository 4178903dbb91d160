"""Changes of one file as edits, with the lines broken that they made too long."""

from __future__ import annotations

import ast

from rules.finding import Edit
from rules.fixes import layout
from rules.fixes.layout import Style
from rules.fixes.source_file import Change, SourceFile
from rules.source.syntax import NotPython, parse


def to_edits(file: SourceFile, changes: list[Change], style: Style) -> tuple[Edit, ...]:
    """The changes with lines broken that became too long, if only their layout changes."""
    plain = _joined(changes)
    broken = _joined([change for group in _by_line(file, plain) for change in _laid_out(file, group, style)])
    tree = _tree(_applied(file.text, plain))
    if tree is None:
        return ()
    chosen = broken if broken == plain or _same(tree, _tree(_applied(file.text, broken))) else plain
    return tuple(_edit(file, change) for change in chosen)


def _joined(changes: list[Change]) -> list[Change]:
    """In their order; insertions at one place become one."""
    joined: list[Change] = []
    for change in sorted(changes, key=lambda change: (change.start, change.end)):
        if joined and joined[-1].end == change.start and (joined[-1].start == joined[-1].end):
            last = joined.pop()
            joined.append(Change(last.start, change.end, last.text + change.text))
        else:
            joined.append(change)
    return joined


def _applied(text: str, changes: list[Change]) -> str:
    for change in reversed(changes):
        text = text[: change.start] + change.text + text[change.end :]
    return text


def _tree(text: str) -> ast.Module | None:
    try:
        return parse(text.encode()).tree
    except NotPython:
        return None


def _same(tree: ast.Module, other: ast.Module | None) -> bool:
    """Whether two trees differ in nothing but places."""
    return other is not None and ast.dump(tree) == ast.dump(other)


def _by_line(file: SourceFile, changes: list[Change]) -> list[list[Change]]:
    """The changes that touch one line, together."""
    groups: list[list[Change]] = []
    for change in changes:
        if groups and file.line_start(change.start) <= groups[-1][-1].end:
            groups[-1].append(change)
        else:
            groups.append([change])
    return groups


def _laid_out(file: SourceFile, changes: list[Change], style: Style) -> list[Change]:
    """One change that breaks what is too long now, or the changes as they are."""
    start, end = file.line_start(changes[0].start), file.line_end(changes[-1].end)
    before = file.text[start:end]
    moved = [Change(change.start - start, change.end - start, change.text) for change in changes]
    lines = _applied(before, moved).split("\n")
    known = set(before.split("\n"))
    first = (moved[0].start, moved[0].start + len(moved[0].text.partition("\n")[0]))
    fitted: list[str] = []
    for number, line in enumerate(lines):
        focus = first if number == 0 else (0, len(line))
        fitted += [line] if line in known else layout.fitted(line, focus, style)
    if fitted == lines:
        return changes
    return [_trimmed(before, "\n".join(fitted), start)]


def _trimmed(before: str, after: str, start: int) -> Change:
    """The change from one text to another without what both begin and end with."""
    shortest = min(len(before), len(after))
    head = next((i for i in range(shortest) if before[i] != after[i]), shortest)
    tail = next((i for i in range(shortest - head) if before[-1 - i] != after[-1 - i]), shortest - head)
    return Change(start + head, start + len(before) - tail, after[head : len(after) - tail])


def _edit(file: SourceFile, change: Change) -> Edit:
    return Edit(file.path, *file.position(change.start), *file.position(change.end), change.text)
