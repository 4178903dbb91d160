"""Which fixes of a report are offered: tried together, once more without those that work, or by themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass, field

import pytest

from rules.finding import Confidence, Edit, Finding, Fix, Location, Read, Safety, Severity, Step
from rules.fixes.offer import with_fixes
from rules.fixes.recipe import AddLoaderOption, GiveCollection, LoaderStep, Recipe, Statement
from rules.project import MemoryProject, Project
from rules.report import Report

PROJECT = MemoryProject({f"{name}.py": "" for name in "abcde"})


def finding(name: str) -> Finding:
    """Its fix writes `!` to its file."""
    place = Location(f"{name}.py", 1, 1, 1, 2)
    steps = (LoaderStep("User", "posts"),)
    recipe: Recipe = GiveCollection(place, "x") if name == "d" else AddLoaderOption(Statement.GET_KNOWN, place, steps)
    reads = (Read(place, name, name),)
    return Finding("R", "m", Severity.ERROR, Confidence.HIGH, reads, Step(f"{name}.py", 1, 1, ""), recipes=(recipe,))


class Planner:
    def prepare(self, recipes: Iterable[Recipe]) -> None:
        """Knows all."""

    def plan(self, recipe: Recipe) -> Fix:
        place = recipe.place if isinstance(recipe, AddLoaderOption) else recipe.construction  # type: ignore[union-attr]
        return Fix(place.path, Safety.UNSAFE, (Edit(place.path, 1, 1, 1, 1, "!"),))


@dataclass
class Trials:
    """Analyses an edited project: `left` gives the names of the findings that these fixes leave."""

    left: Callable[[str], str]
    tried: list[str] = field(default_factory=list)
    loading: list[Set[str]] = field(default_factory=list)

    def __call__(self, project: Project, loading: Set[str]) -> Report:
        self.tried.append("".join(name for name in "abcd" if project.read(f"{name}.py")))
        self.loading.append(loading)
        return Report(tuple(finding(name) for name in self.left(self.tried[-1])), ())


def offered(names: str, trials: Trials) -> dict[str, Safety]:
    report = with_fixes(PROJECT, Report(tuple(map(finding, names)), ()), trials, Planner())  # type: ignore[arg-type]
    return {one.reads[0].expression: fix.safety for one in report.findings for fix in one.fixes}


def test_what_works_together_is_tried_once() -> None:
    trials = Trials(lambda fixes: "")

    assert offered("abc", trials) == dict.fromkeys("abc", Safety.SAFE)
    assert trials.tried == ["abc"]


def test_what_does_nothing_is_tried_once_more_and_left_out() -> None:
    trials = Trials(lambda fixes: "".join(name for name in "abc" if name not in fixes or name != "a"))

    assert offered("abc", trials) == {"a": Safety.SAFE}
    assert trials.tried == ["abc", "bc"]


def test_what_works_only_without_another_is_offered() -> None:
    trials = Trials(lambda fixes: "b" if "a" in fixes else "a")

    assert offered("ab", trials) == {"a": Safety.SAFE, "b": Safety.SAFE}
    assert trials.tried == ["ab", "b"]


def test_where_something_appears_each_is_tried_by_itself() -> None:
    trials = Trials(lambda fixes: {"ab": "c", "a": "b", "b": "ac"}[fixes])

    assert offered("ab", trials) == {"a": Safety.SAFE, "b": Safety.UNSAFE}
    assert trials.tried == ["ab", "a", "b"]


def test_what_has_no_part_in_what_appears_is_tried_apart() -> None:
    """`c` is what appears: only the fix that edits its file is on the way to it."""
    trials = Trials(lambda fixes: "cc" if "c" in fixes else "c")

    assert offered("abc", trials) == {"a": Safety.SAFE, "b": Safety.SAFE}
    assert trials.tried == ["abc", "ab", "c"]


def test_what_appears_where_nothing_was_edited_is_found_by_halves() -> None:
    trials = Trials(lambda fixes: "e" if "d" in fixes else "")

    assert offered("abcd", trials) == {"a": Safety.SAFE, "b": Safety.SAFE, "c": Safety.SAFE, "d": Safety.UNSAFE}
    assert trials.tried == ["abcd", "ab", "cd", "c", "d"]


@pytest.mark.parametrize(("names", "loading"), [("ad", {"d.py"}), ("a", set()), ("d", {"d.py"})])
def test_the_paths_in_which_fixes_only_have_more_loaded_are_told(names: str, loading: Set[str]) -> None:
    trials = Trials(lambda fixes: "")

    offered(names, trials)

    assert trials.loading == [loading]
