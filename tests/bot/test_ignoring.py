"""Ignoring findings: what a command means, what is remembered, and what it hides afterwards."""

from __future__ import annotations

from dataclasses import replace

from bot.commands import Command, CommandName
from bot.ignoring import Already, Forget, Ignored, Remember, Told, Unknown, ignore, unignore, without_ignored
from tests.bot.examples import FINDING

A, B, C = (letter * 16 for letter in "abc")
TOLD = Told((A, B), "BR-ASYNC-001", "x.py", 3, "`User.posts` was not loaded")
REMEMBERED = Ignored((A, B), "BR-ASYNC-001", "x.py", "`User.posts` was not loaded", "ana", 7, "we know")


def command(target: str, reason: str = "") -> Command:
    return Command(CommandName.IGNORE, target, reason)


def test_all_reads_of_a_finding_are_remembered_with_who_and_why() -> None:
    outcome = ignore(command(A[:8], "we  know"), [TOLD], [], author="ana", number=7)
    assert outcome == Remember(REMEMBERED)
    assert REMEMBERED.short_id == A[:8]


def test_findings_of_one_read_have_one_id_and_go_together() -> None:
    outcome = ignore(command(A[:8]), [TOLD, replace(TOLD, fingerprints=(A, C))], [], author="ana", number=7)
    assert isinstance(outcome, Remember)
    assert outcome.ignored.fingerprints == (A, B, C)


def test_a_finding_may_be_named_by_any_of_its_reads_and_in_capitals() -> None:
    outcome = ignore(command(B.upper()), [TOLD], [], author="ana", number=7)
    assert isinstance(outcome, Remember)
    assert outcome.ignored.fingerprints == (A, B)


def test_an_id_that_nobody_has() -> None:
    assert ignore(command("0" * 8), [TOLD], [], author="ana", number=7) == Unknown("0" * 8, (A[:8],))
    assert ignore(command("0" * 8), [], [], author="ana", number=7) == Unknown("0" * 8)


def test_twice_is_once() -> None:
    assert ignore(command(A[:8]), [TOLD], [REMEMBERED], author="bob", number=8) == Already(REMEMBERED)
    assert ignore(command(A[:8]), [], [REMEMBERED], author="bob", number=8) == Already(REMEMBERED)


def test_a_finding_with_a_read_that_came_later_is_ignored_again() -> None:
    grown = replace(TOLD, fingerprints=(A, B, C))
    assert isinstance(ignore(command(A[:8]), [grown], [REMEMBERED], author="bob", number=8), Remember)


def test_forgetting() -> None:
    other = replace(REMEMBERED, fingerprints=(C,))
    assert unignore(command(B[:8]), [REMEMBERED, other]) == Forget((REMEMBERED,))
    assert unignore(command("0" * 8), [REMEMBERED, other]) == Unknown("0" * 8, (A[:8], C[:8]))


def test_what_is_ignored_is_hidden_and_what_came_later_is_told() -> None:
    first, second = FINDING.reads
    both = {first.fingerprint, second.fingerprint}
    assert without_ignored([FINDING], both) == ((), (FINDING,))
    assert without_ignored([FINDING], {first.fingerprint}) == ((replace(FINDING, reads=(second,)),), ())
    assert without_ignored([FINDING], set()) == ((FINDING,), ())
