"""A small engine for the command line's own tests: it knows one bug, finds it in real text, and repairs it.

`session.get(User, ...)` without `options` loads a `user` without posts; each `user.posts` after it fails.
"""

from __future__ import annotations

import ast
import re

from rules.finding import Confidence, Edit, Finding, Fix, Location, Read, Safety, Severity, Step, fingerprint
from rules.project import Project
from rules.report import Report, Skipped
from rules.source.comments import apply_suppressions, suppressions

OPTIONS = ", options=[selectinload(User.posts)]"
_QUERY = re.compile(r"session\.get\(User, \w+\)")
_READ = re.compile(r"user\.posts")


def analyze(project: Project, *, fixes: bool = True) -> Report:
    texts = {path: project.read(path).decode() for path in project.paths() if path.endswith(".py")}
    trees = {path: tree for path, text in texts.items() if (tree := _tree(text))}
    found = [finding for path in trees if (finding := _finding(path, texts[path], fixes=fixes))]
    result = apply_suppressions(found, {path: suppressions(texts[path], tree) for path, tree in trees.items()})
    return Report(
        findings=tuple(sorted((*result.kept, *result.unused), key=lambda finding: finding.location)),
        skipped=(*project.skipped, *(Skipped(path, "no valid Python") for path in texts if path not in trees)),
        suppressed=result.suppressed,
        statistics={"files": len(trees)},
    )


def _tree(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except SyntaxError:
        return None


def _finding(path: str, text: str, *, fixes: bool) -> Finding | None:
    query = _QUERY.search(text)
    if query is None:
        return None
    cause = _location(path, text, query)
    origin = Step(path, cause.line, cause.column, "the query loads `User` without `posts`")
    reads = tuple(_read(path, text, match, origin) for match in _READ.finditer(text))
    if not reads:
        return None
    edit = Edit(path, cause.end_line, cause.end_column - 1, cause.end_line, cause.end_column - 1, OPTIONS)
    fix = Fix(f"Load `posts` with the query on line {cause.line}", Safety.SAFE, (edit,))
    return Finding(
        rule="BR-ASYNC-001",
        message="`User.posts` was not loaded with `User`; reading it here fails",
        severity=Severity.ERROR,
        confidence=Confidence.HIGH,
        reads=reads,
        origin=origin,
        model="User",
        attribute="posts",
        fixes=(fix,) if fixes else (),
    )


def _read(path: str, text: str, match: re.Match[str], origin: Step) -> Read:
    place = _location(path, text, match)
    function = re.findall(r"def (\w+)", text[: match.start()])[-1:]
    step = Step(path, place.line, place.column, "`user.posts` is read")
    return Read(place, match[0], fingerprint("BR-ASYNC-001", path, "".join(function), match[0]), (origin, step))


def _location(path: str, text: str, match: re.Match[str]) -> Location:
    line = text.count("\n", 0, match.start()) + 1
    column = match.start() - text.rfind("\n", 0, match.start())
    return Location(path, line, column, line, column + len(match[0]))
