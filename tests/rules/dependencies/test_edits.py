"""Edits of manifests: the smallest change, in the style of the neighbours, or none."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.dependencies import edits
from rules.dependencies.declared import Declared
from rules.dependencies.read import read_manifest


def _item(path: str, text: str, name: str = "sqlalchemy") -> Declared:
    manifest = read_manifest(path, text.encode())
    assert not manifest.problems
    return next(item for item in manifest.declared if item.name == name)


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("requirements.txt", "sqlalchemy>=2  # the ORM\n", "sqlalchemy>=2  # the ORM\ngreenlet>=1\n"),
        ("requirements.txt", "a==1\nsqlalchemy==2.1", "a==1\nsqlalchemy==2.1\ngreenlet==9"),
        (
            "setup.cfg",
            "[options]\ninstall_requires =\n  sqlalchemy\n",
            "[options]\ninstall_requires =\n  sqlalchemy\n  greenlet\n",
        ),
        (
            "setup.py",
            "setup(install_requires=[\n  'sqlalchemy'\n])\n",
            "setup(install_requires=[\n  'sqlalchemy',\n  'greenlet'\n])\n",
        ),
        (
            "environment.yml",
            "dependencies:\n- pip:\n  - sqlalchemy\n",
            "dependencies:\n- pip:\n  - sqlalchemy\n  - greenlet\n",
        ),
        (
            "pyproject.toml",
            "[project]\ndependencies = [\n\t'sqlalchemy', # x\n]\n",
            "[project]\ndependencies = [\n\t'sqlalchemy', # x\n\t'greenlet',\n]\n",
        ),
        (
            "pyproject.toml",
            '[project.optional-dependencies]\ndb = ["sqlalchemy"]\nx = ["sqlalchemy"]\n',
            '[project.optional-dependencies]\ndb = ["sqlalchemy", "greenlet"]\nx = ["sqlalchemy"]\n',
        ),
        (
            "pyproject.toml",
            "[tool.poetry.dependencies]\nsqlalchemy = '*' # x\nb = '1'\n",
            "[tool.poetry.dependencies]\nsqlalchemy = '*' # x\ngreenlet = \"*\"\nb = '1'\n",
        ),
    ],
)
def test_add_after(path: str, before: str, after: str) -> None:
    item = _item(path, before)
    edit = edits.add_after(before, item, "greenlet", edits.pinned_like(item, "9", "1"))
    assert edits.apply(before, [edit]) == after


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("setup.cfg", "[options]\ninstall_requires = sqlalchemy\n"),
        ("setup.py", "setup(install_requires=['sqlalchemy', 'b'])\n"),
        ("requirements.txt", "sqlalchemy==2 --hash=sha256:0\n"),
        (
            "pyproject.toml",
            '[tool.poetry.dependencies]\nb = "1"\n[tool.poetry.dependencies.sqlalchemy]\nversion = "1"\n',
        ),
        ("environment.yml", "dependencies: [{pip: [sqlalchemy, b]}]\n"),
    ],
)
def test_no_edit_is_better_than_a_wrong_one(path: str, text: str) -> None:
    with pytest.raises(edits.NoEdit):
        edits.add_after(text, _item(path, text), "greenlet", "")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("sqlalchemy ==2.0 ; python_version > '3'", "sqlalchemy>=2.1 ; python_version > '3'"),
        ("sqlalchemy[asyncio]==2.0", "sqlalchemy[asyncio]>=2.1"),
        ("sqlalchemy", "sqlalchemy>=2.1"),
    ],
)
def test_set_version(before: str, after: str) -> None:
    edit = edits.set_version(before, _item("requirements.txt", before), ">=2.1")
    assert edits.apply(before, [edit]) == after


@pytest.mark.parametrize(
    ("table", "after"),
    [
        ('{version = ">=2"}', '{version = ">=2", extras = ["asyncio"]}'),
        ('{ version = ">=2", python = ">=3.9" }', '{ version = ">=2", python = ">=3.9", extras = ["asyncio"] }'),
        ('{version = ">=2", extras = ["mypy"]}', '{version = ">=2", extras = ["mypy", "asyncio"]}'),
        ('">=2"', '{version = ">=2", extras = ["asyncio"]}'),
    ],
)
def test_an_extra_in_a_table(table: str, after: str) -> None:
    text = f"[tool.poetry.dependencies]\nsqlalchemy = {table}  # the ORM\n"
    edit = edits.add_extra(text, _item("pyproject.toml", text), "asyncio")
    assert edits.apply(text, [edit]) == text.replace(table, after)


@pytest.mark.parametrize(
    ("neighbours", "clauses"),
    [
        ("a>=1\nb>=2,<3\n", ">=5.0"),
        ("a==1\nb==2\nc>=1\n", "==5.0"),
        ("a\nb\n", "==5.0"),
    ],
)
def test_a_pin_among_ranges_becomes_one(neighbours: str, clauses: str) -> None:
    declared = read_manifest("requirements.txt", neighbours.encode()).declared
    item = _item("requirements.txt", "sqlalchemy==5.0\n")
    assert edits.like_neighbours(item.specifier, item.pin, declared) == clauses


def test_clauses_keep_the_order_of_people() -> None:
    item = _item("requirements.txt", "sqlalchemy<3,!=2.5,>=2\n")
    assert edits.like_neighbours(item.specifier, item.pin, ()) == ">=2,!=2.5,<3"


def test_remove_takes_the_line() -> None:
    text = "[project]\ndependencies = [\n  # one\n  'a',\n  'sqlalchemy',  # two\n  'b',\n]\n"
    edit = edits.remove(text, _item("pyproject.toml", text))
    assert tomllib.loads(edits.apply(text, [edit])) == {"project": {"dependencies": ["a", "b"]}}
    line = "setup(install_requires=['sqlalchemy', 'b'])\n"
    with pytest.raises(edits.NoEdit):
        edits.remove(line, _item("setup.py", line))


_PACKAGES = st.lists(st.sampled_from(["a", "b>=1", "c[x]==2", "d; os_name == 'posix'"]), max_size=4, unique=True)


@settings(max_examples=60, deadline=None)
@given(before=_PACKAGES, behind=_PACKAGES, lines=st.booleans(), comma=st.booleans(), comment=st.booleans())
def test_a_list_keeps_everything_else(
    before: list[str], behind: list[str], *, lines: bool, comma: bool, comment: bool
) -> None:
    items = [*before, "sqlalchemy>=2", *behind]
    last = "," if comma and lines else ""
    if lines:
        note = "  # a note" if comment else ""
        body = (
            ",".join(f'\n    "{item}"' if i else f'{note}\n    "{item}"' for i, item in enumerate(items)) + f"{last}\n"
        )
    else:
        body = ", ".join(f'"{item}"' for item in items)
    text = f"# top\n[project]\ndependencies = [{body}]\nname = 'x'  # end\n"
    item = _item("pyproject.toml", text)
    for edit, expected in (
        (edits.add_extra(text, item, "asyncio"), [*before, "sqlalchemy[asyncio]>=2", *behind]),
        (edits.add_after(text, item, "greenlet", ""), [*before, "sqlalchemy>=2", "greenlet", *behind]),
    ):
        edited = edits.apply(text, [edit])
        assert tomllib.loads(edited)["project"]["dependencies"] == expected
        assert edited.count("#") == text.count("#")


def test_a_comment_is_no_part_of_a_value() -> None:
    text = '[project]\ndependencies = ["fastapi", "sqlalchemy"]  # the ORM\n'
    place = _item("pyproject.toml", text).location
    assert (place.line, place.column, place.end_column) == (2, 29, 39)
    text = '[tool.poetry.dependencies]\nsqlalchemy = "^2.0"  # the ORM\n'
    assert _item("pyproject.toml", text).text == 'sqlalchemy = "^2.0"'


def test_a_new_element_of_a_line_begins_with_its_comma() -> None:
    text = '[dependency-groups]\ndev = ["pytest", "pytest-asyncio"]\n'
    edit = edits.add_after(text, _item("pyproject.toml", text, "pytest"), "pytest-cov", "")
    assert (edit.start_line, edit.start_column, edit.replacement) == (2, 16, ', "pytest-cov"')


def test_a_new_element_is_a_whole_line() -> None:
    """So that it can be suggested as a line of its own."""
    text = '[project]\ndependencies = [\n    "sqlalchemy>=2",\n    "structlog",\n]\n'
    edit = edits.add_after(text, _item("pyproject.toml", text), "greenlet", ">=1")
    assert (edit.start_line, edit.start_column, edit.replacement) == (4, 1, '    "greenlet>=1",\n')
