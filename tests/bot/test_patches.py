"""Whole-line changes and patches, applied by git."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.findings import LineChange
from bot.patches import file_change, split_lines


def applied(text: str, changes: tuple[LineChange, ...]) -> str:
    """The changes done from the last to the first, as their documentation says."""
    lines = split_lines(text)
    for change in reversed(changes):
        assert tuple(lines[change.start - 1 : change.end]) == change.old
        lines[change.start - 1 : change.end] = change.new
    return "".join(lines)


def test_an_insertion_has_no_old_lines() -> None:
    change = file_change("x.py", b"a\nb\n", b"a\nnew\nb\n")
    assert change.changes == (LineChange(2, 1, (), ("new\n",)),)


def test_two_places_are_two_changes() -> None:
    change = file_change("x.py", b"a\nb\nc\nd\n", b"A\nb\nc\nD\n")
    assert [(change.start, change.end) for change in change.changes] == [(1, 1), (4, 4)]


def test_equal_files_have_no_changes() -> None:
    change = file_change("x.py", b"a\n", b"a\n")
    assert (change.changes, change.patch) == ((), "")


def test_what_is_no_utf8_is_not_exact() -> None:
    assert not file_change("x.py", b"\xe9\n", b"\xe9a\n").exact
    assert file_change("x.py", b"a\n", "é\n".encode()).exact


TEXT = st.lists(st.sampled_from(["a\n", "b\n", "\n", "c\r\n", "\x0c\u2028d\n"]), max_size=12).map("".join)


@settings(deadline=None)
@given(TEXT, TEXT, st.sampled_from(["", "end"]), st.sampled_from(["", "end"]))
def test_the_changes_lead_from_one_version_to_the_other(old: str, new: str, tail: str, new_tail: str) -> None:
    old, new = old + tail, new + new_tail
    assert applied(old, file_change("x.py", old.encode(), new.encode()).changes) == new


@pytest.mark.parametrize("path", ["x.py", "a b/c.py", 'quo"te.py', "grün.py", "line\nfeed.py"])
def test_git_applies_the_patch(tmp_path: Path, path: str) -> None:
    check_by_git(tmp_path, path, "".join(f"{n}\n" for n in range(20)), "".join(f"{n}\n" for n in range(1, 20)) + "x")


@settings(max_examples=30, deadline=None)
@given(old=TEXT.filter(bool), new=TEXT.filter(bool), tail=st.sampled_from(["", "end"]))
def test_git_applies_any_patch(tmp_path_factory: pytest.TempPathFactory, old: str, new: str, tail: str) -> None:
    check_by_git(tmp_path_factory.mktemp("apply"), "x.py", old + tail, new)


def check_by_git(folder: Path, path: str, old: str, new: str) -> None:
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(old.encode())
    patch = file_change(path, old.encode(), new.encode()).patch
    if patch:
        subprocess.run(
            ["git", "-c", "core.autocrlf=false", "apply", "--whitespace=nowarn", "-"],
            cwd=folder,
            input=patch.encode(),
            env={**os.environ, "GIT_CEILING_DIRECTORIES": str(folder.parent)},
            check=True,
        )
    assert file.read_bytes() == new.encode()
