"""Where a project may be installed: platforms and Python versions, as values for markers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache

from packaging.markers import Marker, UndefinedComparison, UndefinedEnvironmentName
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from rules.dependencies.parse import Unreadable, marker, specifier

MAINTAINED = ("3.11", "3.12", "3.13", "3.14", "3.15")
"""Versions of Python with support in November 2026 (devguide.python.org/versions)."""
FORMER = ("3.6", "3.7", "3.8", "3.9", "3.10")


@dataclass(frozen=True, slots=True)
class Platform:
    """An operating system on a kind of processor, in the words of the environment markers."""

    title: str
    sys_platform: str
    platform_system: str
    os_name: str
    platform_machine: str


PLATFORMS = (
    Platform("Linux (x86_64)", "linux", "Linux", "posix", "x86_64"),
    Platform("Linux (aarch64)", "linux", "Linux", "posix", "aarch64"),
    Platform("macOS (Apple silicon)", "darwin", "Darwin", "posix", "arm64"),
    Platform("macOS (Intel)", "darwin", "Darwin", "posix", "x86_64"),
    Platform("Windows (x64)", "win32", "Windows", "nt", "AMD64"),
    Platform("Windows (ARM)", "win32", "Windows", "nt", "ARM64"),
)


@dataclass(frozen=True, slots=True)
class Environment:
    """One combination of platform and Python."""

    platform: Platform
    python: str

    def fulfils(self, condition: Marker | None) -> bool:
        return condition is None or _evaluate(condition, self)


@lru_cache(maxsize=4096)
def _evaluate(condition: Marker, environment: Environment) -> bool:
    """A marker that compares what can't be compared counts as fulfilled: no installer accepts it."""
    platform = environment.platform
    try:
        return condition.evaluate(_variables(platform, environment.python), context="lock_file")
    except (UndefinedComparison, UndefinedEnvironmentName):
        return True


def _variables(platform: Platform, python: str) -> dict[str, str | AbstractSet[str]]:
    return {
        "sys_platform": platform.sys_platform,
        "platform_system": platform.platform_system,
        "os_name": platform.os_name,
        "platform_machine": platform.platform_machine,
        "platform_release": "",
        "platform_version": "",
        "python_version": python,
        "python_full_version": f"{python}.0",
        "implementation_name": "cpython",
        "implementation_version": f"{python}.0",
        "platform_python_implementation": "CPython",
        "extra": "",
        "extras": frozenset(),
        "dependency_groups": frozenset(),
    }


def environments(requires_python: str, supported: Sequence[str] = ()) -> tuple[Environment, ...]:
    """Every environment that a project allows; Pythons without support only where it allows no others.

    `supported` are markers of which one has to hold (`tool.uv.environments`).
    """
    markers = [found for text in supported if (found := _readable(text)) is not None]
    return tuple(
        environment
        for python in pythons(requires_python)
        for platform in PLATFORMS
        if (environment := Environment(platform, python))
        and (not markers or any(environment.fulfils(marker) for marker in markers))
    )


def pythons(requires_python: str) -> tuple[str, ...]:
    """The maintained versions of Python that a project allows, or else the former ones, or else all maintained."""
    try:
        allowed = specifier(requires_python)
    except Unreadable:
        return MAINTAINED
    for versions in (MAINTAINED, FORMER):
        if found := tuple(version for version in versions if _allows(allowed, version)):
            return found
    return MAINTAINED


def _allows(allowed: SpecifierSet, python: str) -> bool:
    """Whether some patch release of that Python is allowed: `>=3.12.4` allows 3.12, `==3.12.*` too."""
    return any(allowed.contains(Version(f"{python}.{patch}")) for patch in (0, 1, 5, 10, 30))


def _readable(text: str) -> Marker | None:
    try:
        return marker(text)
    except Unreadable:
        return None


def describe(failing: Iterable[Environment], considered: Iterable[Environment]) -> str:
    """Names the failing environments among those considered, as short as they can be told; '' when all fail."""
    failed, everywhere = set(failing), set(considered)
    if failed == everywhere:
        return ""
    versions = sorted({environment.python for environment in everywhere}, key=Version)
    whole = [version for version in versions if _all(everywhere, failed, python=version)]
    rest = [version for version in versions if version not in whole]
    platforms = [title for platform in PLATFORMS if (title := _where_on(platform, failed, everywhere, rest))]
    parts = [f"on {_listed(platforms)}"] if platforms else []
    return " and ".join([*parts, *([f"with {_pythons(whole, versions)}"] if whole else [])])


def _where_on(platform: Platform, failed: set[Environment], everywhere: set[Environment], versions: list[str]) -> str:
    """A platform on which some of the versions fail, with those versions where it is not all of them; '' for none."""
    known = [version for version in versions if Environment(platform, version) in everywhere]
    failing = [version for version in known if Environment(platform, version) in failed]
    if not failing or failing == known:
        return platform.title if failing else ""
    return f"{platform.title} with {_pythons(failing, known)}"


def _all(everywhere: set[Environment], failed: set[Environment], *, python: str) -> bool:
    return all(environment in failed for environment in everywhere if environment.python == python)


def _pythons(versions: list[str], known: list[str]) -> str:
    newest = known[-len(versions) :] == versions
    if newest:
        return f"Python {versions[0]} and newer" if len(versions) > 1 or versions[0] != known[0] else "every Python"
    return f"Python {_listed(versions)}"


def _listed(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
