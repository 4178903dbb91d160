"""Generated programs: SQLAlchemy itself says which of their reads fail, and the engine has to agree.

What is generated is the same in every run, so that this says the same of the same code; `make robustness` goes on
with programs that were never seen. Hypothesis shrinks one that contradicts to the smallest that still does.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.rules.robustness.judged import judge
from tests.rules.robustness.played import forget
from tests.rules.robustness.programs import Program, programs

SETTINGS = settings(
    max_examples=40,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate, Phase.shrink),
)


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    yield
    forget()


@SETTINGS
@given(programs())
def test_read_that_works_is_never_reported(program: Program) -> None:
    verdict = judge(program)
    assert verdict.false == {}, program.story


@SETTINGS
@given(programs(followed=True))
def test_read_that_fails_is_reported_where_the_program_can_be_followed(program: Program) -> None:
    verdict = judge(program)
    assert verdict.false == {}, program.story
    assert not verdict.missed, f"{verdict.played.failed}\n{program.story}"


def test_programs_fail_and_work() -> None:
    """The two properties say something only if both kinds of programs are among those generated."""
    seen: set[str] = set()

    @SETTINGS
    @given(programs())
    def collect(program: Program) -> None:
        played = judge(program).played
        seen.add("other" if played.other else "failed" if played.failed else "worked")

    collect()
    assert {"failed", "worked"} <= seen
