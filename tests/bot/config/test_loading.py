"""Which file is the configuration, and what is told where there are none, or two."""

from __future__ import annotations

import pytest

from bot.config import DEFAULT, PATHS, Config, ConfigErrors, Layer, load
from bot.config.model import Level
from tests.bot.config.examples import RULES, TOML, YAML

ADVISORY = {YAML: b"gate: {fail-on: off}\n", TOML: b"[tool.greenlatch.gate]\nfail-on = 'off'\n"}


def test_without_a_file_there_are_the_defaults() -> None:
    assert load({}, RULES) is DEFAULT
    assert load({"README.md": b"gate: 3", "greenlatch.yml": b"gate: 3"}, RULES) is DEFAULT
    assert load({TOML: b"[project]\nname = 'greenlatch-demo'\n"}, RULES) is DEFAULT


@pytest.mark.parametrize("path", PATHS)
def test_every_place_is_looked_at(path: str) -> None:
    loaded = load({path: ADVISORY[TOML if path == TOML else YAML]}, RULES)
    assert isinstance(loaded, Config)
    assert loaded.document.gate.fail_on is Level.OFF
    assert loaded.places["gate", "fail-on"].path == path


@pytest.mark.parametrize("data", [b"", b"# nothing\n", b"~\n", b"---\n"])
def test_an_empty_file_is_a_configuration(data: bytes) -> None:
    loaded = load({YAML: data}, RULES)
    assert isinstance(loaded, Config)
    assert dict(loaded.places) == {}


def test_two_configurations_are_an_error_at_the_second() -> None:
    loaded = load({YAML: b"", TOML: b"[project]\n\n[tool.greenlatch]\n"}, RULES)
    assert str(loaded) == (
        "pyproject.toml, line 3, column 2: `.github/greenlatch.yml` has a configuration too; keep one of them"
        " [two-configurations]"
    )
    twice = load(dict.fromkeys(PATHS[:2], b"gate: {}"), RULES)
    assert isinstance(twice, ConfigErrors)


def test_two_configurations_are_told_together_with_what_is_wrong_in_them() -> None:
    loaded = load({YAML: b"gate: 3", TOML: b"[tool.greenlatch]\nx = 1\n"}, RULES)
    assert isinstance(loaded, ConfigErrors)
    assert [(one.reference, one.place.path) for one in loaded.problems] == [
        ("wrong-value", YAML),
        ("unknown-setting", TOML),
        ("two-configurations", TOML),
    ]


def test_a_broken_pyproject_is_ours_only_if_it_speaks_of_us() -> None:
    assert load({TOML: b"[project\n"}, RULES) is DEFAULT
    assert load({TOML: b"\xff\xfe"}, RULES) is DEFAULT
    loaded = load({TOML: b"[tool.greenlatch]\ngate = \n"}, RULES)
    assert str(loaded) == "pyproject.toml, line 2, column 8: this is no TOML: Invalid value [not-toml]"


def test_the_layer_is_in_every_place() -> None:
    loaded = load({YAML: b"gate: 3\nx: 1"}, RULES, Layer.ORGANISATION)
    assert isinstance(loaded, ConfigErrors)
    assert {one.place.layer for one in loaded.problems} == {Layer.ORGANISATION}
    assert ".github/greenlatch.yml of the organisation, line 1, column 7: " in str(loaded)


def test_a_file_that_is_too_large_is_not_read() -> None:
    assert "[too-large]" in str(load({YAML: b"#" * 70_000}, RULES))
    assert load({TOML: b"# greenlatch " + b"#" * 70_000}, RULES) is DEFAULT
    assert "[too-large]" in str(load({TOML: b"# greenlatch " + b"#" * 2_000_000}, RULES))


@pytest.mark.parametrize(("path", "text"), [(YAML, "gates: 1"), (TOML, "tool.greenlatch.gates = 1")])
def test_a_byte_order_mark_is_no_column(path: str, text: str) -> None:
    loaded = load({path: f"\ufeff{text}".encode()}, RULES)
    assert isinstance(loaded, ConfigErrors)
    assert [(one.reference, one.place.line, one.place.column) for one in loaded.problems] == [("unknown-setting", 1, 1)]
