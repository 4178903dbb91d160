"""What makes two findings the same."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.findings import Finding, Step
from tests.bot.examples import FINDING, finding

HERE = finding(origin=Step("q.py", 3, "the query of line 3"), trace=(Step("r.py", 7, "returned by `get`"),))


def test_moved_code_is_the_same_finding() -> None:
    moved = finding(
        line=40, origin=Step("q.py", 12, "the query of line 12"), trace=(Step("r.py", 70, "returned by `get`"),)
    )
    assert moved.key == HERE.key


@pytest.mark.parametrize(
    "other",
    [
        replace(HERE, origin=Step("other.py", 3, "the query of line 3")),
        replace(HERE, origin=Step("q.py", 3, "the commit")),
        replace(HERE, reads=(replace(HERE.first, trace=(Step("r.py", 7, "returned by `list`"),)),)),
        replace(HERE, reads=(replace(HERE.first, fingerprint="0" * 16),)),
    ],
)
def test_another_cause_way_or_read_is_another_finding(other: Finding) -> None:
    assert other.key != HERE.key


def test_a_finding_stands_at_its_first_new_read() -> None:
    old, new = replace(FINDING.reads[0], is_new=False), FINDING.reads[1]
    mixed = replace(FINDING, reads=(old, new))
    assert mixed.is_new
    assert mixed.first is new
    assert mixed.short_id == "fedcba98"
    assert not replace(FINDING, reads=(old,)).is_new


def test_a_finding_needs_a_place() -> None:
    with pytest.raises(ValueError, match="needs a place"):
        replace(FINDING, reads=())
