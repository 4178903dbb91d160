"""Readers of manifests, one kind to a module: bytes to a `Manifest`, without looking at any other file."""

from __future__ import annotations

import re
from collections.abc import Callable

from rules.dependencies.declared import Kind, Manifest
from rules.dependencies.parse import NoManifest
from rules.dependencies.read import conda, locks, pipfile, pyproject, requirements_file, setup_cfg, setup_py

Reader = Callable[[str, bytes], Manifest]

_BY_NAME: dict[str, tuple[Kind, Reader]] = {
    "pyproject.toml": (Kind.PYPROJECT, pyproject.read),
    "setup.cfg": (Kind.SETUP_CFG, setup_cfg.read),
    "setup.py": (Kind.SETUP_PY, setup_py.read),
    "Pipfile": (Kind.PIPFILE, pipfile.read),
    "uv.lock": (Kind.LOCK, locks.read_uv),
    "poetry.lock": (Kind.LOCK, locks.read_poetry),
    "pdm.lock": (Kind.LOCK, locks.read_pdm),
    "Pipfile.lock": (Kind.LOCK, locks.read_pipfile_lock),
}
_BY_PATTERN: tuple[tuple[re.Pattern[str], Kind, Reader], ...] = (
    (re.compile(r"pylock(\.[^./]+)?\.toml"), Kind.LOCK, locks.read_pylock),
    (re.compile(r"([\w.-]*[-_.])?environment([-_.][\w.-]*)?\.ya?ml"), Kind.CONDA, conda.read),
    (
        re.compile(r"([\w.-]*[-_.])?(requirements|constraints|reqs)([-_.][\w.-]*)?\.(txt|in|lock)", re.IGNORECASE),
        Kind.REQUIREMENTS,
        requirements_file.read,
    ),
)
_IN_FOLDER = re.compile(r"(^|/)(requirements|reqs|requirement)/([\w.-]+/)?[\w.-]+\.(txt|in)$")


def kind_of(path: str) -> Kind | None:
    """What manifest a path names, or None when it names none."""
    found = _reader(path)
    return found[0] if found else None


def read_manifest(path: str, data: bytes) -> Manifest:
    """Reads one manifest; what cannot be read is told in its `problems`.

    `path` decides which reader is asked; it must be one for which `kind_of` answers.
    """
    found = _reader(path)
    if found is None:
        raise ValueError(f"{path} is no manifest")
    return _read(path, data, *found)


def read_as_requirements(path: str, data: bytes) -> Manifest:
    """Reads a file that another one takes along, whatever its name."""
    return _read(path, data, Kind.REQUIREMENTS, requirements_file.read)


def _read(path: str, data: bytes, kind: Kind, reader: Reader) -> Manifest:
    try:
        return reader(path, data)
    except NoManifest as error:
        return Manifest(path, kind, problems=(str(error),))


def _reader(path: str) -> tuple[Kind, Reader] | None:
    name = path.rpartition("/")[2]
    if name in _BY_NAME:
        return _BY_NAME[name]
    for pattern, kind, reader in _BY_PATTERN:
        if pattern.fullmatch(name):
            return kind, reader
    return (Kind.REQUIREMENTS, requirements_file.read) if _IN_FOLDER.search(path) else None
