"""Configurations, as the tests write them down."""

from __future__ import annotations

from textwrap import dedent

from bot.config import Config, ConfigErrors, Layer, load

RULES = ("BR-ASYNC-001", "BR-ASYNC-002", "BR-DEP-001")
YAML, TOML = ".github/greenlatch.yml", "pyproject.toml"


def given(text: str, path: str = YAML, layer: Layer = Layer.REPOSITORY) -> Config | ConfigErrors:
    return load({path: dedent(text).encode()}, RULES, layer)


def valid(text: str, path: str = YAML, layer: Layer = Layer.REPOSITORY) -> Config:
    loaded = given(text, path, layer)
    assert isinstance(loaded, Config), str(loaded)
    return loaded


def wrong(text: str, path: str = YAML, layer: Layer = Layer.REPOSITORY) -> ConfigErrors:
    loaded = given(text, path, layer)
    assert isinstance(loaded, ConfigErrors)
    return loaded


def told(text: str, path: str = YAML) -> list[str]:
    """The problems as `line:column sentence`."""
    loaded = wrong(text, path)
    assert {one.place.path for one in loaded.problems} == {path}
    return [f"{one.place.line}:{one.place.column} {one.sentence}" for one in loaded.problems]
