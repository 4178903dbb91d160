"""Suggestions: which fixes can be one, and that committing one is the same as the fix."""

from __future__ import annotations

import difflib
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.diff import Diff, FileDiff, Status, parse_patch
from bot.findings import Fix, Safety
from bot.patches import file_change, split_lines
from bot.suggestions import MAX_LINES, Suggestion, combine, suggest
from tests.bot.examples import DIFF, FIX, FIXED, REPOSITORY

PATH = "arena/repository.py"


def diff_of(head: str, start: int = 1, end: int | None = None) -> Diff:
    """A diff whose one hunk covers lines `start` to `end` of the head, unchanged or not."""
    lines = split_lines(head)[start - 1 : end]
    body = "\n".join("+" + line.removesuffix("\n") for line in lines)
    if lines and not lines[-1].endswith("\n"):
        body += "\n\\ No newline at end of file"
    return Diff({PATH: parse_patch(PATH, f"@@ -0,0 +{start},{len(lines)} @@\n{body}", status=Status.ADDED)})


def fix_of(head: str, fixed: str, path: str = PATH) -> Fix:
    return Fix("Repair it", Safety.SAFE, (file_change(path, head.encode(), fixed.encode()),))


def committed(head: str, suggestion: Suggestion) -> str:
    """What GitHub makes of a file when the suggestion is committed."""
    lines = split_lines(head)
    lines[suggestion.start - 1 : suggestion.end] = [suggestion.text]
    return "".join(lines)


def test_a_fix_of_one_line() -> None:
    suggestion = suggest(FIX, DIFF)
    assert suggestion is not None
    assert (suggestion.path, suggestion.start, suggestion.end) == (PATH, 9, 9)
    assert committed(REPOSITORY, suggestion) == FIXED


def test_the_range_is_widened_to_an_import_in_the_same_hunk() -> None:
    head = "from orm import a\n\n\nuse(1)\nuse(2)\n"
    fixed = "from orm import a, b\n\n\nuse(1)\nuse(2, b)\n"
    suggestion = suggest(fix_of(head, fixed), diff_of(head))
    assert suggestion is not None
    assert (suggestion.start, suggestion.end) == (1, 5)
    assert committed(head, suggestion) == fixed


def test_an_import_in_another_hunk_makes_it_a_patch() -> None:
    head = "from orm import a\n" + "\n" * 20 + "use(2)\n"
    fixed = head.replace("import a", "import a, b").replace("use(2)", "use(2, b)")
    assert suggest(fix_of(head, fixed), diff_of(head, start=10)) is None


def test_an_insertion_takes_in_the_line_after_it() -> None:
    head, fixed = "a\nb\nc\n", "a\n    new\nb\nc\n"
    suggestion = suggest(fix_of(head, fixed), diff_of(head))
    assert suggestion is not None
    assert (suggestion.start, suggestion.end, suggestion.text) == (2, 2, "    new\nb\n")


def test_an_insertion_at_the_end_of_a_hunk_takes_in_the_line_before_it() -> None:
    head, fixed = "a\nb\nc\n", "a\nb\nnew\nc\n"
    suggestion = suggest(fix_of(head, fixed), diff_of(head, 1, 2))
    assert suggestion is not None
    assert (suggestion.start, suggestion.end, suggestion.text) == (2, 2, "b\nnew\n")


def test_carriage_returns_stay() -> None:
    head, fixed = "a\r\n\tb\r\n", "a\r\n\tbb\r\n"
    suggestion = suggest(fix_of(head, fixed), diff_of(head))
    assert suggestion is not None
    assert suggestion.text == "\tbb\r\n"
    assert suggestion.to_markdown() == "```suggestion\n\tbb\r\n```"


def test_the_fence_is_longer_than_those_in_the_code() -> None:
    head = '"""\n```python\n"""\n'
    suggestion = suggest(fix_of(head, head.replace("python", "py")), diff_of(head))
    assert suggestion is not None
    assert suggestion.to_markdown() == "````suggestion\n```py\n````"


def test_deleting_lines_leaves_an_empty_suggestion() -> None:
    suggestion = suggest(fix_of("a\nb\nc\n", "a\nc\n"), diff_of("a\nb\nc\n"))
    assert suggestion is not None
    assert (suggestion.start, suggestion.end) == (2, 2)
    assert suggestion.to_markdown() == "```suggestion\n```"


def test_a_file_that_ends_without_a_newline() -> None:
    head, fixed = "a\nb", "a\nb\nc"
    suggestion = suggest(fix_of(head, fixed), diff_of(head))
    assert suggestion is not None
    assert committed(head, suggestion) == fixed


@pytest.mark.parametrize(
    "fix",
    [
        replace(FIX, safety=Safety.UNSAFE),
        replace(FIX, files=(*FIX.files, file_change("arena/other.py", b"a\n", b"b\n"))),
        replace(FIX, files=(replace(FIX.files[0], exact=False),)),
        replace(FIX, files=(replace(FIX.files[0], path="arena/models.py"),)),
        replace(FIX, files=()),
        replace(FIX, files=(file_change(PATH, REPOSITORY.encode(), REPOSITORY.encode()),)),
    ],
    ids=["unverified", "two files", "no UTF-8", "not in the diff", "nothing", "no change"],
)
def test_what_cannot_be_a_suggestion(fix: Fix) -> None:
    assert suggest(fix, DIFF) is None


def test_a_fix_for_other_lines_than_the_head_has() -> None:
    assert suggest(FIX, diff_of(REPOSITORY.replace("query = select", "query  = select"))) is None


def test_a_very_long_range_is_told_as_a_patch() -> None:
    head = "first\n" + "x\n" * (MAX_LINES - 1) + "last\n"
    diff = diff_of(head)
    assert suggest(fix_of(head, head.replace("first", "1st").replace("last", "end")), diff) is None
    assert suggest(fix_of(head, head.replace("first", "1st").replace("x\nlast", "y\nlast")), diff) is not None


def test_two_fixes_that_need_the_same_import_become_one() -> None:
    head = "import a\none\ntwo\n"
    first = suggest(fix_of(head, "import a, b\none(b)\ntwo\n"), diff_of(head))
    second = suggest(fix_of(head, "import a, b\none\ntwo(b)\n"), diff_of(head))
    assert first is not None
    assert second is not None
    assert first.overlaps(second)
    both = combine(first, second, diff_of(head))
    assert both is not None
    assert committed(head, both) == "import a, b\none(b)\ntwo(b)\n"


@pytest.mark.parametrize("other", ["import a\none(c)\n", "import c\none\n", "import a\nnew\none\n"])
def test_fixes_that_touch_the_same_lines_stay_apart(other: str) -> None:
    head = "import a\none\n"
    diff = diff_of(head)
    first = suggest(fix_of(head, "import b\nold\none(b)\n"), diff)
    second = suggest(fix_of(head, other), diff)
    assert first is not None
    assert second is not None
    assert combine(first, second, diff) is None


def test_files_without_hunks() -> None:
    assert suggest(FIX, Diff({PATH: FileDiff(PATH, PATH, Status.RENAMED)})) is None


TEXT = st.lists(st.sampled_from(["a\n", "b\n", "\n", "c\r\n", "```\n"]), min_size=1, max_size=10)


@given(TEXT, TEXT, st.integers(1, 5), st.integers(5, 10), st.booleans())
def test_committing_a_suggestion_is_the_fix(old: list[str], new: list[str], start: int, end: int, whole: bool) -> None:
    head, fixed = "".join(old), "".join(new)
    assume(head != fixed)
    suggestion = suggest(fix_of(head, fixed), diff_of(head) if whole else diff_of(head, start, end))
    if suggestion is None:
        assert not whole, "".join(difflib.ndiff(old, new))
    else:
        assert committed(head, suggestion) == fixed
        assert whole or start <= suggestion.start <= suggestion.end <= end
