"""`[tool.greenlatch]`: the same settings in every form that TOML has, each with its place."""

from __future__ import annotations

import pytest

from tests.bot.config.examples import TOML, told, valid

FORMS = [
    '[tool.greenlatch]\ngate = {fail-on = "off", confidence = "low"}\n',
    '[tool.greenlatch.gate]\nfail-on = "off"\nconfidence = "low"\n',
    '[tool.greenlatch]\ngate.fail-on = "off"\ngate.confidence = "low"\n',
    "[tool]\ngreenlatch.gate = {fail-on = \"off\", confidence = 'low'}\n",
    'tool.greenlatch.gate.fail-on = "off"\ntool."greenlatch".gate.confidence = """low"""\n',
    '[ "tool" . greenlatch . \'gate\' ]\n"fail-on" = "off"\nconfidence = "low"\n',
]


@pytest.mark.parametrize("text", FORMS)
def test_every_form_says_the_same_and_has_its_places(text: str) -> None:
    config = valid(text, TOML)
    assert config.document.model_dump(mode="json", by_alias=True, exclude_unset=True) == {
        "gate": {"fail-on": "off", "confidence": "low"}
    }
    lines = text.splitlines()
    for name in ("fail-on", "confidence"):
        place = config.places["gate", name]
        assert name in lines[place.line - 1]


@pytest.mark.parametrize("text", FORMS)
def test_a_wrong_value_is_told_at_the_value(text: str) -> None:
    (problem,) = told(text.replace("off", "of"), TOML)
    place, _, sentence = problem.partition(" ")
    line, column = map(int, place.split(":"))
    assert text.splitlines()[line - 1][column - 1 :].startswith('"off"')
    assert sentence.endswith("not `of`; did you mean `off`?")


def test_places_in_lists_and_behind_other_characters() -> None:
    text = """\
        [tool.ruff]  # é
        x = 1
        [tool.greenlatch.paths]
        include = [
          "a",  # a comment, no item
          3,
          "é", 4 ]
        """
    assert told(text, TOML) == [
        "6:3 `paths.include.2` takes text, not `3`",
        "7:8 `paths.include.4` takes text, not `4`",
    ]


def test_a_table_of_another_kind() -> None:
    assert told("[[tool.greenlatch.gate]]\nx = 1\n", TOML) == ["1:3 `gate` takes settings of its own, not a list"]
    assert told("[tool]\ngreenlatch = 3\n", TOML) == ["2:1 `tool.greenlatch` is a table; write `[tool.greenlatch]`"]


def test_a_date_is_no_severity() -> None:
    assert told("[tool.greenlatch.gate]\nfail-on = 2020-01-01\n", TOML) == [
        "2:11 `gate.fail-on` takes `error`, `warning`, `notice` or `off`, not `2020-01-01`"
    ]


def test_what_is_no_toml() -> None:
    assert told("[tool.greenlatch]\nx = 'open", TOML)[0].startswith("2:10 this is no TOML: ")
    assert told("greenlatch = " + "[" * 60_000, TOML)[0].endswith("this is nested too deeply for a configuration")
    long = f"{'a.' * 60_000}b = 1\n[tool.greenlatch]\n"
    assert told(long, TOML)[0].endswith("this is nested too deeply for a configuration")
    assert "this is no TOML: Exceeds the limit" in told(f"[tool.greenlatch]\nx = {'9' * 5000}", TOML)[0]


def test_our_table_behind_many_others() -> None:
    tables = "".join(f"[tool.other.t{n}]\nx = {{y = [1, 2, 3]}}\n" for n in range(500))
    assert valid(f"{tables}\n[tool.greenlatch]\ncomments.limit = 3\n", TOML).comment_limit == 3
