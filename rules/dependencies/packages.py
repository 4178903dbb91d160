"""What is known of packages' own metadata: releases of SQLAlchemy, when they require greenlet, and who brings it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

from rules.dependencies.parse import normalise, requirement

NEWEST = Version("999999")
"""Stands for a package's newest release, whatever its number."""


@dataclass(frozen=True, slots=True)
class _Series:
    releases: tuple[Version, ...]
    requires_python: SpecifierSet


@dataclass(frozen=True, slots=True)
class _Package:
    since: Version
    until: Version
    extra: str
    requires: tuple[Requirement, ...]


@lru_cache(maxsize=1024)
def sqlalchemy_version(specifier: SpecifierSet, python: str) -> Version | None:
    """The release that an installer takes for `specifier` under a Python; None when none fits."""
    return max(_fitting(specifier, python), default=None) or _pinned(specifier)


@lru_cache(maxsize=1024)
def oldest_release(specifier: SpecifierSet, python: str) -> Version | None:
    """The oldest release that `specifier` admits under a Python; None when none fits, or it says nothing."""
    return (min(_fitting(specifier, python), default=None) or _pinned(specifier)) if len(specifier) else None


def _fitting(specifier: SpecifierSet, python: str) -> list[Version]:
    return [
        version
        for series in _series()
        if series.requires_python.contains(f"{python}.0")
        for version in series.releases
        if specifier.contains(version)
    ]


def _pinned(specifier: SpecifierSet) -> Version | None:
    """A release that is not known here, but asked for by its number, or by a lower bound above all known ones."""
    for clause in specifier:
        if clause.operator in {"==", ">=", "~=", "==="}:
            try:
                version = Version(clause.version.removesuffix(".*"))
            except InvalidVersion:
                continue
            if specifier.contains(version, prereleases=True) and (clause.operator == "==" or version > _last()):
                return version
    return None


def greenlet_marker(version: Version) -> Marker | None:
    """The marker under which a plain `sqlalchemy` of that version requires greenlet; None where it never does."""
    return next((condition for since, condition in reversed(_greenlet_markers()) if version >= since), None)


@cache
def _greenlet_markers() -> tuple[tuple[Version, Marker | None], ...]:
    return tuple(
        (Version(row["since"]), Marker(row["marker"]) if "marker" in row else None) for row in _sqlalchemy()["greenlet"]
    )


def sqlalchemy_extra(extra: str, version: Version) -> tuple[str, ...]:
    """The packages that an extra of SQLAlchemy brings in a version."""
    for row in _sqlalchemy()["extra"]:
        if row["name"] == extra and version >= Version(row["since"]):
            return tuple(row["requires"])
    return ()


def brought_by(
    name: str, specifier: SpecifierSet, extras: frozenset[str], *, former: bool = False
) -> tuple[Requirement, ...]:
    """What a package is known to require, as far as it decides about greenlet and drivers.

    `former`: of the last release that required something else than the newest one does, where `specifier` allows it.
    """
    return _brought_by(name, specifier, extras, former) if name in _packages() else ()


@lru_cache(maxsize=1024)
def _brought_by(name: str, specifier: SpecifierSet, extras: frozenset[str], former: bool) -> tuple[Requirement, ...]:
    rows = _packages().get(name, ())
    version = _likely_version(specifier, rows)
    if former and (earlier := [row.since for row in rows if row.until <= version and specifier.contains(row.since)]):
        version = max(earlier)
    return tuple(
        needed
        for row in rows
        if row.since <= version < row.until and (not row.extra or row.extra in extras)
        for needed in row.requires
    )


def rank(name: str) -> int:
    """Sorts packages that bring others: those that are all about SQLAlchemy stand first among the known ones."""
    known = list(_packages())
    return known.index(name) if name in known else len(known)


def newest_release(name: str) -> str:
    """The version that a project gets which pins all it requires."""
    return next(str(row["newest"]) for row in _sqlalchemy()["release"] if row["name"] == name)


def driver_users() -> frozenset[str]:
    """Packages that use a driver which the project declares itself."""
    return frozenset(name for row in _data("packages.toml")["driver-user"] for name in row["names"])


def _likely_version(specifier: SpecifierSet, rows: tuple[_Package, ...]) -> Version:
    """The newest version that `specifier` allows, as exact as the borders between the rows demand."""
    candidates = {NEWEST, *(row.since for row in rows), *_versions_in(specifier)}
    allowed = [version for version in candidates if specifier.contains(version, prereleases=True)]
    return max(allowed, default=NEWEST)


def _versions_in(specifier: SpecifierSet) -> Iterator[Version]:
    for clause in specifier:
        try:
            yield Version(clause.version.removesuffix(".*"))
        except InvalidVersion:
            continue


@cache
def _packages() -> dict[str, tuple[_Package, ...]]:
    found: dict[str, tuple[_Package, ...]] = {}
    for row in _data("packages.toml")["package"]:
        package = _Package(
            Version(row.get("since", "0")),
            Version(row["until"]) if "until" in row else Version("9999999"),
            normalise(row["extra"]) if "extra" in row else "",
            tuple(requirement(text) for text in row["requires"]),
        )
        found[row["name"]] = (*found.get(row["name"], ()), package)
    return found


@cache
def _series() -> tuple[_Series, ...]:
    return tuple(
        _Series(tuple(_releases(row["newest"])), SpecifierSet(row["requires-python"]))
        for row in _sqlalchemy()["series"]
    )


def _releases(newest: str) -> Iterator[Version]:
    prefix, _, last = newest.rpartition(".")
    return (Version(f"{prefix}.{micro}") for micro in range(int(last) + 1))


def _last() -> Version:
    return max(series.releases[-1] for series in _series())


@cache
def _sqlalchemy() -> dict[str, list[dict[str, Any]]]:
    return _data("sqlalchemy.toml")


@cache
def _data(name: str) -> dict[str, list[dict[str, Any]]]:
    text = resources.files("rules.dependencies").joinpath("data", name).read_text(encoding="utf-8")
    return tomllib.loads(text)
