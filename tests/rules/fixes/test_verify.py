"""A fix is safe only when the edited project was analysed again and is better in every respect."""

from __future__ import annotations

import re

import pytest

from rules.finding import Confidence, Edit, Finding, Fix, Location, Read, Safety, Severity, Step
from rules.fixes.edit_text import EditConflict
from rules.fixes.recipe import GiveCollection, KeepOnCommit
from rules.fixes.verify import apply, can_be_safe, verified
from rules.project import MemoryProject, Project
from rules.report import Report, Skipped
from rules.source.syntax import NotPython, parse

PROJECT = MemoryProject(
    {
        "queries.py": "one = select(A)\ntwo = select(A)\n",
        "helper.py": "def show(a):\n    return a.posts\n",
    }
)


def analyze(project: Project) -> Report:
    """Each `select(A)` without an option is a cause for which every `.posts` fails, each `.old` fails by itself."""
    findings: list[Finding] = []
    skipped: list[Skipped] = []
    reads: list[Read] = []
    for path in project.paths():
        data = project.read(path)
        try:
            parse(data)
        except NotPython as error:
            skipped.append(Skipped(path, error.reason))
        reads += [_read(path, data, match) for match in re.finditer(rb"\ba\.posts\b", data)]
        findings += [_finding([_read(path, data, match)], 1) for match in re.finditer(rb"\ba\.old\b", data)]
    causes = [
        data.count(b"\n", 0, match.start()) + 1
        for path in project.paths()
        for data in [project.read(path)]
        for match in re.finditer(rb"select\(A\)(?!\.options)", data)
    ]
    findings += [_finding(reads, line) for line in causes if reads]
    return Report(tuple(findings), tuple(skipped))


def _read(path: str, data: bytes, match: re.Match[bytes]) -> Read:
    line = data.count(b"\n", 0, match.start()) + 1
    return Read(Location(path, line, 1, line, 2), match[0].decode(), f"{path}:{match[0].decode()}")


def _finding(reads: list[Read], line: int) -> Finding:
    origin = Step("queries.py", line, 1, "the query")
    return Finding("BR-ASYNC-001", "m", Severity.ERROR, Confidence.HIGH, tuple(reads), origin)


def outcome(*edits: Edit, may_be_safe: bool = True) -> Safety | None:
    finding = analyze(PROJECT).findings[0]
    fix = verified(PROJECT, finding, Fix("t", Safety.UNSAFE, edits), analyze, may_be_safe=may_be_safe)
    return None if fix is None else fix.safety


def insertion(path: str, line: int, column: int, text: str) -> Edit:
    return Edit(path, line, column, line, column, text)


OPTION = insertion("queries.py", 1, 16, ".options(x)")


class TestVerified:
    def test_the_fix_of_one_of_two_queries_is_safe(self) -> None:
        """The helper still fails for the other query."""
        assert outcome(OPTION) is Safety.SAFE
        assert len(analyze(apply(PROJECT, [OPTION])).findings) == 1

    def test_a_fix_of_a_kind_that_is_never_safe_is_not(self) -> None:
        assert outcome(OPTION, may_be_safe=False) is Safety.UNSAFE

    def test_a_fix_that_makes_something_else_fail_is_not_safe(self) -> None:
        assert outcome(OPTION, insertion("helper.py", 3, 1, "x = a.old\n")) is Safety.UNSAFE

    def test_a_fix_that_makes_the_same_read_fail_elsewhere_is_dropped(self) -> None:
        assert outcome(OPTION, insertion("queries.py", 3, 1, "three = select(A)\n")) is None

    @pytest.mark.parametrize(
        "edits",
        [
            pytest.param((insertion("helper.py", 1, 1, "# nothing\n"),), id="the read still fails"),
            pytest.param((OPTION, insertion("helper.py", 2, 1, ")")), id="a file cannot be read any more"),
            pytest.param((OPTION, insertion("helper.py", 9, 1, "x")), id="it cannot be applied"),
            pytest.param((OPTION, Edit("queries.py", 1, 7, 2, 3, "")), id="its edits overlap"),
        ],
    )
    def test_a_fix_that_does_not_work_is_dropped(self, edits: tuple[Edit, ...]) -> None:
        assert outcome(*edits) is None

    def test_a_read_that_is_left_at_one_of_two_places_is_left(self) -> None:
        project = MemoryProject({"queries.py": "one = select(A)\n", "helper.py": "a.posts\na.posts\n"})
        finding = analyze(project).findings[0]
        fix = Fix("t", Safety.UNSAFE, (Edit("helper.py", 1, 1, 2, 1, ""),))

        assert verified(project, finding, fix, analyze) is None

    def test_the_report_before_need_not_be_made_again(self) -> None:
        calls: list[Project] = []

        def counted(project: Project) -> Report:
            calls.append(project)
            return analyze(project)

        before = analyze(PROJECT)
        verified(PROJECT, before.findings[0], Fix("t", Safety.UNSAFE, (OPTION,)), counted, before=before)
        assert len(calls) == 1


def test_which_recipes_can_be_safe() -> None:
    place = Location("a.py", 1, 1, 1, 2)
    assert can_be_safe(GiveCollection(place, "x"))
    assert not can_be_safe(KeepOnCommit(place))


class TestApply:
    def test_several_files_are_edited_and_the_others_stay(self) -> None:
        project = MemoryProject({"a.py": b"x\r\n", "b.py": "y\n", "c.py": "z\n"})
        edited = apply(project, [insertion("a.py", 1, 2, "1\n"), insertion("b.py", 1, 1, "# é\n")])
        assert {path: edited.read(path) for path in edited.paths()} == {
            "a.py": b"x1\r\n\r\n",
            "b.py": "# é\ny\n".encode(),
            "c.py": b"z\n",
        }

    def test_a_file_keeps_its_encoding(self) -> None:
        project = MemoryProject({"a.py": b"# coding: latin-1\nx = '\xe9'\n"})
        edited = apply(project, [insertion("a.py", 2, 6, "é")])
        assert edited.read("a.py") == b"# coding: latin-1\nx = '\xe9\xe9'\n"
        with pytest.raises(EditConflict, match=r"a\.py"):
            apply(project, [insertion("a.py", 2, 6, "😀")])

    def test_a_file_that_is_missing_is_made(self) -> None:
        edited = apply(MemoryProject({}), [insertion("requirements.txt", 1, 1, "greenlet\n")])
        assert edited.paths() == ["requirements.txt"]
        assert edited.read("requirements.txt") == b"greenlet\n"
