"""Whether version ranges can hold together."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.specifiers import Specifier, SpecifierSet
from packaging.version import InvalidVersion, Version


def compatible(one: SpecifierSet, other: SpecifierSet) -> bool:
    """Whether some version fulfils both. Looks at the borders of both ranges and right beside them."""
    both = SpecifierSet(",".join(text for text in (str(one), str(other)) if text))
    if not list(one) or not list(other):
        return True
    return any(both.contains(version, prereleases=True) for version in _candidates([*one, *other]))


def _candidates(clauses: list[Specifier]) -> Iterator[Version]:
    yield Version("0")
    yield Version("999999")
    for clause in clauses:
        try:
            version = Version(clause.version.removesuffix(".*"))
        except InvalidVersion:
            continue  # `===` compares texts; what it wants is no version that others could want too
        yield version
        yield from _beside(version)


def _beside(version: Version) -> Iterator[Version]:
    """Versions right above, and below: any range that ends here or begins here holds one of them."""
    epoch = f"{version.epoch}!" if version.epoch else ""
    release = [*version.release, 0, 0][: max(len(version.release), 3)]
    yield Version(f"{epoch}{'.'.join(map(str, [*release, 1]))}")
    yield Version(f"{epoch}{'.'.join(map(str, [*release[:-1], release[-1] + 1]))}")
    for index in range(len(release) - 1, -1, -1):
        if release[index] > 0:
            below = [*release[:index], release[index] - 1, 99999]
            yield Version(f"{epoch}{'.'.join(map(str, below))}")
            break
