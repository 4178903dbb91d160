"""What a file shows of itself when only the functions that hold some lines are parsed."""

from __future__ import annotations

from typing import NoReturn

import libcst as cst
import pytest

from rules.fixes.source_file import SourceFile, open_source
from rules.project import MemoryProject

TEXT = '''"""Head."""
import a

@decorated(
    name=1,
)
def first(x, y=2):
    """Text
    on two lines."""
    one = x; two = y
    return one, two

class Service:
    field = 1

    def load(self):
        from b import c
        try:
            import d
            four = d.x
        except ImportError:
            d = None
        @c
        def nested(e):
            return e
        return nested

    def save(self): return self.field

    async def send(
        self,
        é="ü",
    ):
        async with self.field as f:
            await f(é)
        return (
            f
        )

if a:
    def last(): pass

def end():
    return first
'''
LINES = TEXT.split("\n")


def names(file: SourceFile, first: int = 1, last: int = len(LINES)) -> set[tuple[int, int, str]]:
    spans = [(*file.span(node), node) for node in file.nodes(cst.Name)]
    return {(start, end, node.value) for start, end, node in spans if first <= file.line(node) <= last}


@pytest.mark.parametrize(("first", "last"), [(8, 11), (17, 26), (34, 38), (44, 44)])
def test_the_function_that_holds_a_line_is_there_with_its_places(first: int, last: int) -> None:
    whole = SourceFile("a.py", TEXT)

    for line in range(first, last + 1):
        part = open_source(MemoryProject({"a.py": TEXT}), "a.py", [line])
        assert names(part, first, last) == names(whole, first, last)
        assert names(part) < names(whole)
        assert all(TEXT[start:end] == name for start, end, name in names(part))


def test_the_imports_of_the_others_stay() -> None:
    part = open_source(MemoryProject({"a.py": TEXT}), "a.py", [44])

    imported = {alias.evaluated_name for node in part.nodes(cst.Import) for alias in node.names}
    assert imported == {"a", "d"}
    assert [part.code(node) for node in part.nodes(cst.ImportFrom)] == ["from b import c"]


def test_a_file_in_newer_syntax_than_ours_is_parsed_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    def refusing(text: str) -> NoReturn:
        raise SyntaxError(text)

    monkeypatch.setattr("rules.fixes.excerpt.ast.parse", refusing)
    text = TEXT + "\ntype Pair[T] = tuple[T, T]\n"

    part = open_source(MemoryProject({"a.py": text}), "a.py", [44])

    assert names(part) == names(SourceFile("a.py", text))
