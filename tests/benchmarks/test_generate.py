"""Generated projects: the same for a seed, readable, as large as asked for, with findings where they are planted."""

from __future__ import annotations

import ast

import pytest

from benchmarks.generate import PLANTED, generate, write
from benchmarks.pathological import SHAPES
from rules.analyze import analyze
from rules.project import DirectoryProject, MemoryProject
from rules.reading import read_file


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    return dict(generate(2500, seed=5))


def test_a_seed_gives_one_project(files: dict[str, str]) -> None:
    assert dict(generate(2500, seed=5)) == files
    assert dict(generate(2500, seed=6)) != files


def test_it_has_the_lines_that_were_asked_for(files: dict[str, str]) -> None:
    lines = sum(text.count("\n") for path, text in files.items() if path.endswith(".py"))
    assert 2500 <= lines < 4500


def test_every_file_parses_and_none_is_like_another(files: dict[str, str]) -> None:
    python = {path: text for path, text in files.items() if path.endswith(".py")}
    dumped = {ast.dump(ast.parse(text)) for path, text in python.items() if text}
    assert len(dumped) == sum(bool(text) for text in python.values())


def test_a_larger_project_begins_like_a_smaller_one_and_repeats_no_name() -> None:
    paths = [path for path, _ in generate(20_000, seed=5)]
    assert len(paths) == len(set(paths))


def test_findings_are_where_they_are_planted(files: dict[str, str]) -> None:
    planted = {
        (path, number)
        for path, text in files.items()
        for number, line in enumerate(text.splitlines(), start=1)
        if line.endswith(PLANTED)
    }
    found = analyze(MemoryProject(files), fixes=False).findings
    assert planted
    assert {(one.location.path, one.location.line) for one in found} == planted


def test_it_is_written_as_it_is_generated(tmp_path_factory: pytest.TempPathFactory, files: dict[str, str]) -> None:
    folder = tmp_path_factory.mktemp("written")
    write(folder, 2500, seed=5)
    project = DirectoryProject(folder)
    assert {path: project.read(path).decode() for path in project.paths()} == files


@pytest.mark.parametrize("name", SHAPES)
def test_pathological_files_are_python_of_the_size_they_say(name: str) -> None:
    make, size = SHAPES[name]
    small = make(max(size // 50, 4))
    assert read_file("code.py", small.encode()).reason == ""
    assert len(make(size)) > 4 * len(small)
