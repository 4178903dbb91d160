"""A share of the interpreter's library, of its tests and of the installed packages; `make robustness` takes it all.

The interpreter looks only at what can matter, and little of this does: so the same files are taken once more with
mapped instances in every function (see `inhabited.py`).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from rules.project import Project
from tests.rules.robustness.corpus import LIBRARY, NO_TESTS, PACKAGES, has_tests, read, sample
from tests.rules.robustness.inhabited import inhabit
from tests.rules.robustness.watched import Bounds, Outcome, watch

BOUNDS = Bounds(seconds=120, memory=2048)
SHARES = {"library": (LIBRARY, 12), "packages": (PACKAGES, 40)}
INHABITED = {"library": (LIBRARY, 60), "packages": (PACKAGES, 100)}


@pytest.mark.parametrize("name", SHARES)
def test_share_is_analysed_to_its_end(name: str) -> None:
    folder, share = SHARES[name]
    chosen = sample(folder, share)
    outcome = ended_well(watch(name, lambda: read(folder, chosen), BOUNDS))
    assert outcome.files + len(outcome.skipped) >= len(chosen) > 50


@pytest.mark.parametrize("name", INHABITED)
def test_instances_run_through_every_function(name: str) -> None:
    folder, share = INHABITED[name]
    outcome = ended_well(watch(name, lambda: inhabited(folder, sample(folder, share)), BOUNDS))
    assert outcome.findings > 0


def test_tests_of_the_library_are_among_the_files() -> None:
    if not has_tests():
        pytest.skip(NO_TESTS)
    assert any("test" in path.relative_to(LIBRARY).parts for path in sample(LIBRARY, SHARES["library"][1]))


def inhabited(folder: Path, chosen: list[Path]) -> Project:
    return inhabit(read(folder, chosen))


def ended_well(outcome: Outcome) -> Outcome:
    assert outcome.problem == ""
    return outcome
