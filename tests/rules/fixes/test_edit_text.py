"""Edits on text: places, line ends, conflicts, several fixes together, and the diff that is shown."""

from __future__ import annotations

import difflib
import random

import pytest

from rules.finding import Edit, Fix, Safety
from rules.fixes.edit_text import EditConflict, apply_edits, apply_to_bytes, compatible, merged, unified_diff


def edit(start: tuple[int, int], end: tuple[int, int], replacement: str, path: str = "a.py") -> Edit:
    return Edit(path, *start, *end, replacement)


def insertion(line: int, column: int, text: str, path: str = "a.py") -> Edit:
    return edit((line, column), (line, column), text, path)


def fix(*edits: Edit, title: str = "Fix") -> Fix:
    return Fix(title, Safety.SAFE, edits)


class TestApply:
    def test_edits_refer_to_the_text_before_all_of_them(self) -> None:
        edits = [edit((2, 1), (2, 3), "B"), insertion(1, 3, "!"), edit((1, 1), (1, 2), "")]
        assert apply_edits("aa\nbb\ncc", edits) == "a!\nB\ncc"

    def test_columns_count_characters(self) -> None:
        assert apply_edits("é😀 = x\n", [edit((1, 6), (1, 7), "y")]) == "é😀 = y\n"

    @pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
    def test_new_lines_end_as_the_others(self, newline: str) -> None:
        text = newline.join(["a", "b", ""])
        edits = [insertion(2, 1, "x\ny\n"), edit((1, 1), (1, 2), "A")]
        assert apply_edits(text, edits) == newline.join(["A", "x", "y", "b", ""])

    def test_an_edit_may_span_lines(self) -> None:
        assert apply_edits("a\r\nb\r\nc", [edit((1, 2), (3, 1), "-")]) == "a-c"

    def test_a_form_feed_ends_no_line(self) -> None:
        assert apply_edits("a\n\f\u2028\nb", [edit((3, 1), (3, 2), "B")]) == "a\n\f\u2028\nB"

    def test_equal_edits_count_once(self) -> None:
        assert apply_edits("a", [insertion(1, 2, "!"), insertion(1, 2, "!")]) == "a!"

    @pytest.mark.parametrize(
        "edits",
        [
            [edit((1, 1), (1, 3), "x"), edit((1, 2), (1, 4), "y")],
            [insertion(3, 1, "x")],
            [insertion(1, 9, "x")],
            [insertion(1, 0, "x")],
            [edit((1, 3), (1, 2), "x")],
        ],
        ids=["overlap", "no such line", "no such column", "before the line", "ends before it starts"],
    )
    def test_what_cannot_be_applied_is_refused(self, edits: list[Edit]) -> None:
        with pytest.raises(EditConflict, match=r"a\.py"):
            apply_edits("abcd\n", edits)

    def test_a_byte_order_mark_and_the_encoding_stay(self) -> None:
        data = b"\xef\xbb\xbfx = 1\r\n"
        assert apply_to_bytes(data, [insertion(1, 1, "# é\n")]) == b"\xef\xbb\xbf# \xc3\xa9\r\nx = 1\r\n"
        assert apply_to_bytes(b"x = '\xe9'\n", [insertion(1, 1, "é")], "latin-1") == b"\xe9x = '\xe9'\n"


class TestSeveralFixes:
    def test_fixes_that_do_not_meet_are_applied_together(self) -> None:
        one = fix(insertion(1, 1, "import x\n"), edit((2, 1), (2, 2), "A"))
        two = fix(insertion(1, 1, "import x\n"), edit((3, 1), (3, 2), "B"), insertion(1, 1, "y", "b.py"))
        chosen, left = compatible([one, two])
        assert (chosen, left) == ([one, two], [])
        edits = merged(chosen)
        assert apply_edits("\na\nb", edits["a.py"]) == "import x\n\nA\nB"
        assert edits["b.py"] == [insertion(1, 1, "y", "b.py")]

    @pytest.mark.parametrize(
        "other",
        [
            edit((1, 2), (1, 3), "x"),
            edit((1, 1), (1, 9), "x"),
            insertion(1, 1, "x"),
            insertion(1, 3, "x"),
        ],
    )
    def test_of_two_that_meet_the_first_is_taken(self, other: Edit) -> None:
        one, two, three = fix(edit((1, 1), (1, 4), "a")), fix(other, insertion(5, 1, "z")), fix(insertion(5, 1, "y"))
        assert compatible([one, two, three]) == ([one, three], [two])

    def test_edits_that_touch_do_not_meet(self) -> None:
        one, two = fix(edit((1, 1), (1, 2), "A")), fix(edit((1, 2), (1, 3), "B"))
        assert compatible([one, two])[1] == []
        assert apply_edits("ab", merged([one, two])["a.py"]) == "AB"


class TestDiff:
    def test_it_is_a_patch(self) -> None:
        before = "".join(f"line {number}\n" for number in range(1, 10))
        after = before.replace("line 5", "line five")
        assert unified_diff("app/a.py", before, after) == (
            "--- a/app/a.py\n+++ b/app/a.py\n@@ -2,7 +2,7 @@\n line 2\n line 3\n line 4\n-line 5\n+line five\n"
            " line 6\n line 7\n line 8\n"
        )

    def test_a_missing_line_end_is_told(self) -> None:
        assert unified_diff("a.py", "x", "y").endswith(
            "-x\n\\ No newline at end of file\n+y\n\\ No newline at end of file\n"
        )

    def test_nothing_changed_is_no_diff(self) -> None:
        assert unified_diff("a.py", "x\n", "x\n") == ""


def test_edits_made_of_any_difference_give_the_other_text() -> None:
    """Random texts: the edits between two of them turn the one into the other."""
    chance = random.Random(7)
    for _ in range(200):
        before, after = ("".join(chance.choices("ab\n é", k=chance.randrange(30))) for _ in range(2))
        matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
        edits = [
            edit(_place(before, i1), _place(before, i2), after[j1:j2])
            for tag, i1, i2, j1, j2 in matcher.get_opcodes()
            if tag != "equal"
        ]
        assert apply_edits(before, edits) == after


def _place(text: str, offset: int) -> tuple[int, int]:
    return text.count("\n", 0, offset) + 1, offset - (text.rfind("\n", 0, offset) + 1) + 1
