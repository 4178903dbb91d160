"""Requirements as text, read by `packaging`, and the other spellings of a version that are turned into theirs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TypeVar

from packaging.markers import InvalidMarker, Marker
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

Item = TypeVar("Item")
ANY = SpecifierSet()
MOST = 5000
"""Requirements of one manifest; more are no project's."""
_LONGEST = 2000
_LONGEST_MARKER = 20_000
# fmt: off
_DEVELOPMENT = frozenset(
    {
        "bench", "benchmark", "benchmarks", "build", "check", "checks", "ci", "coverage", "cov", "debug", "dev",
        "devel", "develop", "development", "doc", "docs", "documentation", "e2e", "examples", "format",
        "formatter", "formatting", "integration", "lint", "linter", "linters", "linting", "local", "mypy",
        "nox", "notebook", "notebooks", "pre", "precommit", "publish", "quality", "release", "ruff", "style",
        "test", "tester", "testing", "tests", "tox", "type", "typecheck", "types", "typing"
    }
)
# fmt: on
_CLAUSE = re.compile(r"(\^|~=|~|===|==|!=|<=|>=|<|>|=)?\s*([^\s,|^~=!<>]+)")


class NoManifest(ValueError):
    """A file cannot be read; the text says why."""


class Unreadable(ValueError):
    """A requirement that nobody can read; the text says why."""


@lru_cache(maxsize=4096)
def requirement(text: str) -> Requirement:
    """Reads a requirement; raises `Unreadable`. The result is shared and must not be changed."""
    if len(text) > _LONGEST:
        raise Unreadable(f"longer than {_LONGEST} characters")
    try:
        return Requirement(text)
    except (InvalidRequirement, RecursionError) as error:
        raise Unreadable(str(error).partition("\n")[0]) from None


def bounded(items: Iterable[Item]) -> Iterator[Item]:
    """The items, as long as they are not more than any project has; raises `NoManifest` then."""
    for number, item in enumerate(items):
        if number >= MOST:
            raise NoManifest(f"declares more than {MOST} requirements")
        yield item


def normalise(name: str) -> str:
    return canonicalize_name(name)


def extras_of(names: object) -> frozenset[str]:
    """Extras in the spelling in which they are compared; what is no text is left out."""
    values = names if isinstance(names, list | set | tuple | frozenset) else ()
    return frozenset(normalise(name) for name in values if isinstance(name, str))


def marker(text: str) -> Marker | None:
    """Reads a marker; raises `Unreadable`."""
    if not text.strip():
        return None
    if len(text) > _LONGEST_MARKER:
        raise Unreadable(f"a marker of more than {_LONGEST_MARKER} characters")
    try:
        return Marker(text)
    except (InvalidMarker, RecursionError) as error:
        raise Unreadable(str(error).partition("\n")[0]) from None


def specifier(text: str) -> SpecifierSet:
    """Reads version clauses as PEP 440 writes them; raises `Unreadable`."""
    text = text.strip()
    if text in {"", "*"}:
        return ANY
    if len(text) > _LONGEST:
        raise Unreadable(f"longer than {_LONGEST} characters")
    try:
        return SpecifierSet(text)
    except InvalidSpecifier as error:
        raise Unreadable(str(error)) from None


def clauses_of(specifier: SpecifierSet) -> str:
    """Version clauses in the order in which people write them: `>=2,<3`, not as they are sorted."""
    order = ["===", "==", "~=", ">=", ">", "!=", "<", "<="]
    return ",".join(str(clause) for clause in sorted(specifier, key=lambda clause: order.index(clause.operator)))


def poetry_specifier(text: str) -> tuple[SpecifierSet, bool]:
    """Reads a constraint as Poetry writes it, and tells whether the clauses say all of it.

    Of a union, the newest part is taken: it is the one a resolver tries first.
    """
    if len(text) > _LONGEST:
        raise Unreadable(f"longer than {_LONGEST} characters")
    parts = [part for part in re.split(r"\|\|?", text) if part.strip()]
    if not parts or text.strip() == "*":
        return ANY, True
    return specifier(",".join(_poetry_clauses(parts[-1]))), len(parts) == 1


def _poetry_clauses(text: str) -> list[str]:
    clauses: list[str] = []
    for operator, version in _CLAUSE.findall(text):
        clauses.extend(_poetry_clause(operator, version))
    return clauses


def _poetry_clause(operator: str, version: str) -> list[str]:
    if operator == "^":
        return [f">={version}", f"<{_caret(version)}"]
    if operator == "~":
        return [f">={version}", f"<{_tilde(version)}"]
    if version == "*":
        return []
    if version.endswith(".*") and operator in {"", "=", "=="}:
        return [f"=={version}"]
    return [f"{operator if operator not in {'', '='} else '=='}{version}"]


def _release(version: str) -> list[int]:
    try:
        return list(Version(version).release)
    except InvalidVersion:
        raise Unreadable(f"`{version}` is no version") from None


def _caret(version: str) -> str:
    """The first version that `^version` excludes: the leftmost part that is not zero counts on."""
    release = _release(version)
    index = next((i for i, part in enumerate(release) if part), len(release) - 1)
    return ".".join(str(part) for part in [*release[:index], release[index] + 1])


def _tilde(version: str) -> str:
    release = _release(version)
    kept = release[:2] if len(release) > 1 else release[:1]
    return ".".join(str(part) for part in [*kept[:-1], kept[-1] + 1])


def is_development(name: str) -> bool:
    """Whether the name of a group, extra or file speaks of development rather than of running."""
    words = [word for word in re.split(r"[-_.\s/]+", name.lower()) if word]
    return any(word in _DEVELOPMENT for word in words)
