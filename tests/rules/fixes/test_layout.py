"""How lines are broken that an edit made too long, and which width a project wants."""

from __future__ import annotations

from textwrap import dedent

import pytest

from rules.finding import Location
from rules.fixes import layout
from rules.fixes.edit_text import apply_edits
from rules.fixes.edits import plan
from rules.fixes.recipe import GiveCollection
from rules.project import MemoryProject


@pytest.mark.parametrize(
    ("line", "width", "lines"),
    [
        ("x = f(a, b)", 11, ["x = f(a, b)"]),
        ("x = f(a, b)", 10, ["x = f(", "    a, b", ")"]),
        ("x = f(aaaa, bbbb)", 10, ["x = f(", "    aaaa,", "    bbbb,", ")"]),
        (
            "    x = f(gggggggg(aa, bb), c)",
            20,
            ["    x = f(", "        gggggggg(", "            aa, bb", "        ),", "        c,", "    )"],
        ),
        ("x = f(')', \"(\", aaaa)  # (", 20, ["x = f(", "    ')', \"(\", aaaa", ")  # ("]),
        ("x = a(1).b(2).c(3)", 15, ["x = (", "    a(1)", "    .b(2)", "    .c(3)", ")"]),
        ("return await a(b(1).c(2).d(3))", 17, ["return await a(", "    b(1)", "    .c(2)", "    .d(3)", ")"]),
        ("from a.b import c, d, e", 20, ["from a.b import (", "    c,", "    d,", "    e,", ")"]),
        ("from a.b import c, d  # why", 19, ["from a.b import (", "    c,", "    d,", ")  # why"]),
        ("x = [aaaa, bbbb,]", 12, ["x = [", "    aaaa,", "    bbbb,", "]"]),
        ("x = f(a)  # a long comment", 10, ["x = f(a)  # a long comment"]),
        ("return f(aaaa).g(bbbb)", 20, ["return f(aaaa).g(", "    bbbb", ")"]),
        ("x = h(f(aa).g(bbbbbbbbbbb))", 20, ["x = h(", "    f(aa).g(", "        bbbbbbbbbbb", "    )", ")"]),
        ("x = f(aaaaaaaaaaaaaaaaaaaa, b)", 10, ["x = f(", "    aaaaaaaaaaaaaaaaaaaa,", "    b,", ")"]),
        ("aaaaaaaaaaaaaaaaaaaa", 10, ["aaaaaaaaaaaaaaaaaaaa"]),
    ],
)
def test_lines_are_broken_where_they_become_short_enough(line: str, width: int, lines: list[str]) -> None:
    assert layout.fitted(line, (0, len(line)), layout.Style(width, "    ")) == lines


def test_only_brackets_near_the_change_are_opened() -> None:
    line = "x = f(aaaaaaaa) + g(bbbbbbbb, new)"
    at = line.index(", new")
    assert layout.fitted(line, (at, at + 5), layout.Style(30, "\t")) == ["x = f(aaaaaaaa) + g(", "\tbbbbbbbb, new", ")"]


class TestWidth:
    SOURCE = "user = User(name='a name that is long enough', email='an address')\n"

    def added(self, files: dict[str, str], source: str = SOURCE) -> str:
        project = MemoryProject({"pkg/app.py": source, **files})
        place = Location("pkg/app.py", 1, 8, 1, len(self.SOURCE))
        fix = plan(GiveCollection(place, "posts"), project)
        assert fix is not None
        return apply_edits(source, fix.edits)

    @pytest.mark.parametrize(
        "files",
        [
            {"pyproject.toml": "[tool.ruff]\nline-length = 70\n"},
            {"pyproject.toml": "[tool.black]\nline-length = 70\n"},
            {"ruff.toml": "line-length = 70\n"},
            {
                "pyproject.toml": "[tool.ruff]\nline-length = 120\n",
                "pkg/pyproject.toml": "[tool.black]\nline-length = 70\n",
            },
        ],
    )
    def test_the_nearest_configuration_counts(self, files: dict[str, str]) -> None:
        assert self.added(files) == dedent("""\
            user = User(
                name='a name that is long enough', email='an address', posts=[]
            )
            """)

    @pytest.mark.parametrize(
        "files",
        [{}, {"pyproject.toml": "[tool.ruff\n"}, {"pyproject.toml": "tool = 1\nline-length = 3\n[project]\n"}],
    )
    def test_otherwise_88_or_what_the_file_keeps_to(self, files: dict[str, str]) -> None:
        assert self.added({k: v for k, v in files.items() if "line-length" not in v}).count("\n") == 1
        wide = self.SOURCE + "value = " + "x" * 100 + "\n# " + "y" * 200 + "\n"
        assert self.added({}, wide).startswith(self.SOURCE[:-2] + ", posts=[])\n")
