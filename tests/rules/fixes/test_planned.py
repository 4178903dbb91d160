"""Fixes that are planned ahead, in several processes."""

from __future__ import annotations

import os
import signal
from typing import NoReturn

import pytest

from rules.cache.kept import Kept
from rules.fixes.edits import plan
from rules.fixes.planned import Planner
from rules.fixes.recipe import AddLoaderOption, Recipe, Statement
from rules.project import MemoryProject, Project
from tests.rules.fixes.planning import marked, step

TEXTS, PLACES = zip(
    *(
        marked(f"from sqlalchemy import select\nfrom app.models import User\nquery{number} = «select(User)»\n", path)
        for number, path in enumerate(("app/a.py", "app/b.py", "app/c.py"))
    ),
    strict=True,
)
PROJECT = MemoryProject(dict(zip(("app/a.py", "app/b.py", "app/c.py"), TEXTS, strict=True)))
RECIPES: list[Recipe] = [
    AddLoaderOption(Statement.SELECT, place, (step("User", "posts", many=True),)) for (place,) in PLACES
]


@pytest.fixture(autouse=True)
def small_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rules.fixes.planned.WORTH_A_PROCESS", 1)


def test_what_was_planned_ahead_is_what_planning_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    planner = Planner(Kept("plans"), PROJECT, processes=2)
    planner.prepare(RECIPES)

    def again(recipe: Recipe, project: Project) -> NoReturn:
        raise AssertionError(recipe)

    monkeypatch.setattr("rules.fixes.planned.plan", again)

    assert [planner.plan(recipe) for recipe in RECIPES] == [plan(recipe, PROJECT) for recipe in RECIPES]
    assert planner.plan(RECIPES[0]) is not None


def test_a_process_that_is_killed_is_made_up_for(monkeypatch: pytest.MonkeyPatch) -> None:
    parent = os.getpid()
    here: list[Recipe] = []

    def killed(recipe: Recipe, project: Project) -> object:
        if os.getpid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
        here.append(recipe)
        return plan(recipe, project)

    monkeypatch.setattr("rules.fixes.planned.plan", killed)
    planner = Planner(Kept("plans"), PROJECT, processes=2)
    planner.prepare(RECIPES)
    assert 0 < len(here) < len(RECIPES)

    assert [planner.plan(recipe) for recipe in RECIPES] == [plan(recipe, PROJECT) for recipe in RECIPES]
    assert sorted(here, key=repr) == sorted(RECIPES, key=repr)
