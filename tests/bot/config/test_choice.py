"""Which configuration a pull request is checked with."""

from __future__ import annotations

from bot.config import DEFAULT, choose
from tests.bot.config.examples import valid, wrong

BASE = valid("gate: {fail-on: warning}")
HEAD = valid("gate: {fail-on: off}")
WRONG = wrong("gate: 3")


def test_never_with_its_own() -> None:
    choice = choose(DEFAULT, BASE, HEAD)
    assert choice.config == BASE
    assert choice.changed
    assert not choice.is_repair
    assert not choose(DEFAULT, BASE, None).changed


def test_with_that_of_the_base_also_where_its_own_is_wrong() -> None:
    choice = choose(DEFAULT, BASE, WRONG)
    assert choice.config == BASE
    assert choice.head_problems == WRONG.problems
    assert choice.problems == ()


def test_with_none_where_the_base_has_a_wrong_one() -> None:
    for head in (None, WRONG):
        choice = choose(DEFAULT, WRONG, head)
        assert choice.config is None
        assert choice.problems == WRONG.problems


def test_the_pull_request_that_repairs_it_is_checked_with_the_defaults_of_the_organisation() -> None:
    choice = choose(BASE, WRONG, HEAD)
    assert choice.config == BASE
    assert choice.is_repair


def test_a_pull_request_that_removes_the_wrong_file_repairs_it() -> None:
    assert choose(DEFAULT, WRONG, DEFAULT).is_repair


def test_wrong_defaults_of_the_organisation_stop_every_check() -> None:
    choice = choose(WRONG, BASE, HEAD)
    assert choice.config is None
    assert choice.problems == WRONG.problems
