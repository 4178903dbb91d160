"""Finds the configuration among the files of a repository and reads it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from bot.config.effective import DEFAULT, Config, config_of
from bot.config.parsed import Parsed, Unreadable
from bot.config.problems import ConfigErrors, Layer, Place, Problem
from bot.config.toml_text import read_toml
from bot.config.validation import validate
from bot.config.yaml_text import read_yaml

YAML_PATHS = (".github/greenlatch.yml", ".github/greenlatch.yaml")
TOML_PATH = "pyproject.toml"
PATHS = (*YAML_PATHS, TOML_PATH)
"""Where a configuration may stand, in a repository and in an organisation's `.github` repository."""
MAX_BYTES = 64 * 1024
MAX_TOML_BYTES = 1024 * 1024
"""A `pyproject.toml` holds more than our settings."""


def load(
    files: Mapping[str, bytes],
    known_rules: Collection[str],
    layer: Layer = Layer.REPOSITORY,
    *,
    paths: Sequence[str] = PATHS,
) -> Config | ConfigErrors:
    """The configuration in `files`, of which only those in `paths` are looked at; `DEFAULT` where there is none.

    `known_rules` are the ids that the engine has. All that is wrong is told at once.
    """
    problems: list[Problem] = []
    found: list[tuple[Parsed, Config | None]] = []
    for path in (path for path in paths if path in files):
        try:
            parsed = read(path, files[path], layer)
            if parsed is None:
                continue
            found.append((parsed, None))
            found[-1] = (parsed, config_of(validate(parsed, known_rules), parsed))
        except Unreadable as error:
            problems += error.problems
    problems += _one_too_many([parsed for parsed, _ in found])
    if problems:
        return ConfigErrors(tuple(problems))
    return next((config for _, config in found if config), DEFAULT)


def read(path: str, data: bytes, layer: Layer = Layer.REPOSITORY) -> Parsed | None:
    """The settings of one file, not validated; None where it is a `pyproject.toml` without any. Raises Unreadable."""
    is_toml = path.endswith(".toml")
    limit = MAX_TOML_BYTES if is_toml else MAX_BYTES
    if len(data) > limit:
        size = f"the file is larger than {limit // 1024} KiB"
        raise Unreadable(Problem("too-large", Place(path, 1, 1, layer), size))
    return read_toml(path, data, layer) if is_toml else read_yaml(path, data, layer)


def _one_too_many(found: list[Parsed]) -> Iterator[Problem]:
    """Two configurations are an error: one of them would be ignored, and nobody told."""
    for parsed in found[1:]:
        message = f"`{found[0].path}` has a configuration too"
        yield Problem("two-configurations", parsed.start, message, "keep one of them")
