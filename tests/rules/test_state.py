"""What a path of the analysis keeps of what was decided on it."""

from __future__ import annotations

from rules.analysis.state import MAX_CONDITIONS, State


def test_a_path_keeps_the_verdicts_that_were_reached_last() -> None:
    state = State()
    for number in range(MAX_CONDITIONS + 10):
        state.decide(f"{number}", number % 2 == 0)

    assert [state.decided(f"{number}") for number in (0, 9, 10, 11, MAX_CONDITIONS + 9)] == [
        None,
        None,
        True,
        False,
        False,
    ]
    assert len(state.conditions) == MAX_CONDITIONS


def test_a_fork_does_not_see_what_is_decided_later() -> None:
    state = State()
    state.decide("flag", True)
    fork = state.fork()
    state.decide("other", True)

    assert fork.decided("flag") is True
    assert fork.decided("other") is None
