"""The pieces of a file: which lines they have, what tells them apart, and where they are in another version."""

from __future__ import annotations

import pytest

from rules.source.facts import FileFacts
from rules.source.layout import Layout, Shift, layout_of
from rules.source.lower import lower_module
from rules.source.syntax import parse

CODE = """\
import asyncio
from app import db, Base, key

# about the factory
factory, other = db.make(
    key,

)

if key:
    @db.traced
    @db.timed(
        every=1,
    )
    async def load(
        session,
        *, of=key,
    ):
        \"\"\"Loads.\"\"\"

        # what there is
        return await session.get(Base, of)


class Service(Base):
    \"\"\"Serves.\"\"\"

    name = key

    def __init__(self): self.session = None

    # about run
    @db.traced
    def run(self):
        @db.timed
        def inner():
            return key
        return inner

    class Config:
        strict = True
        def check(self):
            return db

asyncio.run(load())
"""


def layout(code: str) -> Layout:
    parsed = parse(code.encode())
    return layout_of(parsed.tree, parsed.text, facts_of(code))


def facts_of(code: str) -> FileFacts:
    return lower_module("app.py", parse(code.encode()).tree, {})


def test_every_definition_has_its_lines() -> None:
    lines = CODE.split("\n")
    found = {piece.key: [lines[line - 1].strip() for line in piece.lines()] for piece in layout(CODE).pieces}

    assert found == {
        "let factory,other": ["factory, other = db.make(", "key,", "", ")"],
        "def load": ["@db.traced", "@db.timed(", "every=1,", ")", "async def load(", "session,", "*, of=key,", "):"],
        "body load": ['"""Loads."""', "", "# what there is", "return await session.get(Base, of)"],
        "class Service": [
            "class Service(Base):",
            '"""Serves."""',
            "name = key",
            "def __init__(self): self.session = None",
            "@db.traced",
            "def run(self):",
            "class Config:",
            "strict = True",
            "def check(self):",
        ],
        "body Service.run": ["@db.timed", "def inner():", "return key", "return inner"],
        "body Service.Config.check": ["return db"],
    }


def test_a_piece_knows_the_names_that_it_mentions() -> None:
    found = {piece.key: piece.names for piece in layout(CODE).pieces}

    assert found == {
        "let factory,other": ("db", "factory", "key", "other"),
        "def load": ("Base", "db", "key"),
        "body load": ("Base", "db", "key"),
        "class Service": ("Base", "Service", "db", "key"),
        "body Service.run": ("db", "key"),
        "body Service.Config.check": ("db",),
    }


def test_a_star_import_may_give_any_name() -> None:
    (piece,) = layout("from app import *\n\nfound = load(1, of=key)\n").pieces
    assert piece.names == ("found", "key", "load", "of")


def test_a_name_that_is_bound_twice_has_two_pieces() -> None:
    found = layout("x = 1\nx = 2\ndef f():\n    pass\ndef f(a):\n    pass\n")

    assert [piece.key for piece in found.pieces] == ["let x", "let x#2", "def f", "body f", "def f#2", "body f#2"]
    assert found.by_name == {"x": (0, 1), "f": (2, 4)}
    assert found.at(6) == 5
    assert found.at(7) is None


def number(found: Layout, key: str) -> int:
    return found.by_key[key]


@pytest.mark.parametrize("key", ["def load", "body load", "class Service", "body Service.run", "let factory,other"])
def test_a_piece_that_moved_is_found_with_every_line(key: str) -> None:
    before = layout(CODE)
    moved = CODE.replace("import asyncio", "import asyncio\nimport os\n\nunused = 1").replace(
        "\nclass", "\n# apart\nclass"
    )
    shift = Shift(before, layout(moved))
    old, new = CODE.split("\n"), moved.split("\n")

    assert shift.pieces([number(before, key)]) is not None
    for line in before.pieces[number(before, key)].lines():
        first, _, last, _ = shift.position((line, 0, line, 1))
        assert first == last > line
        assert new[first - 1] == old[line - 1]


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [
        ("of=key", "of=None", {"def load"}),
        ("Base, of", "Base, key", {"body load"}),
        ("@db.traced\n    def run", "def run", {"class Service"}),
        ("return inner", "return inner()", {"body Service.run"}),
        ("strict = True", "strict = False", {"class Service"}),
        ("    key,\n\n", "    key,\n", {"let factory,other"}),
        ("asyncio.run(load())", "factory = None", {"let factory,other"}),
        ("asyncio.run(load())", "class load: ...", {"def load"}),
        ("# about run", "# about running", set()),
        ("import asyncio", "import os", set()),
    ],
)
def test_what_changed_is_not_found(before: str, after: str, changed: set[str]) -> None:
    assert before in CODE
    old = layout(CODE)
    shift = Shift(old, layout(CODE.replace(before, after)))

    assert {piece.key for n, piece in enumerate(old.pieces) if shift.pieces([n]) is None} == changed


def test_a_line_in_no_piece_has_no_place_elsewhere() -> None:
    with pytest.raises(KeyError):
        Shift(layout(CODE), layout("\n" + CODE)).position((1, 0, 1, 14))
