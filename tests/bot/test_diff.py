"""Reading diffs, mostly those that git itself prints."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.diff import MalformedDiff, Side, Status, parse_diff, parse_patch

ENVIRONMENT = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


def git(folder: Path, *arguments: str) -> bytes:
    run = subprocess.run(["git", *arguments], cwd=folder, env=ENVIRONMENT, capture_output=True, check=True)
    return run.stdout


def git_diff(folder: Path, old: dict[str, bytes], new: dict[str, bytes], *arguments: str) -> bytes:
    """What git prints for two commits with these files; those whose name ends with `.sh` become executable."""
    if not (folder / ".git").exists():
        git(folder, "init", "-q")
    trees = [write_tree(folder, old, 0o644), write_tree(folder, new, 0o755)]
    return git(folder, "diff", "--find-renames", *arguments, *trees)


def write_tree(folder: Path, files: dict[str, bytes], mode: int) -> str:
    git(folder, "read-tree", "--empty")
    for path, data in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        file.chmod(mode if path.endswith(".sh") else 0o644)
    if files:
        git(folder, "add", "--", *files)
    return git(folder, "write-tree").decode().strip()


def test_lines_of_both_sides(tmp_path: Path) -> None:
    old = b"".join(b"line %d\n" % number for number in range(1, 31))
    new = old.replace(b"line 10\n", b"line ten\nand more\n").replace(b"line 20\n", b"")
    diff = parse_diff(git_diff(tmp_path, {"x.py": old}, {"x.py": new}))
    file = diff.files["x.py"]
    assert file.status is Status.MODIFIED
    assert [(hunk.new_start, hunk.new_count) for hunk in file.hunks] == [(7, 8), (18, 6)]
    assert diff.commentable("x.py", 11)
    assert diff.commentable("x.py", 14)
    assert not diff.commentable("x.py", 15)
    assert diff.commentable("x.py", 20, Side.LEFT)
    assert not diff.commentable("x.py", 24, Side.LEFT)
    assert not diff.commentable("y.py", 11)


def test_a_range_must_lie_in_one_hunk(tmp_path: Path) -> None:
    old = b"".join(b"line %d\n" % number for number in range(1, 31))
    new = old.replace(b"line 5\n", b"five\n").replace(b"line 20\n", b"twenty\n")
    diff = parse_diff(git_diff(tmp_path, {"x.py": old}, {"x.py": new}))
    assert diff.hunk_of("x.py", 2, 8) is diff.files["x.py"].hunks[0]
    assert diff.hunk_of("x.py", 8, 17) is None
    assert diff.hunk_of("x.py", 5, 20) is None
    assert diff.hunk_of("x.py", 8, 2) is None


def test_added_deleted_renamed_binary_and_empty_files(tmp_path: Path) -> None:
    body = b"".join(b"line %d\n" % number for number in range(40))
    old = {"gone.py": b"x\n", "was here.py": body, "image.png": b"\0old", "mode.sh": b"echo\n"}
    new = {
        "fresh.py": b"new\n",
        "is there.py": body + b"more\n",
        "image.png": b"\0new",
        "empty.py": b"",
        "mode.sh": b"echo\n",
    }
    files = parse_diff(git_diff(tmp_path, old, new)).files
    assert {path: file.status for path, file in files.items()} == {
        "gone.py": Status.DELETED,
        "fresh.py": Status.ADDED,
        "is there.py": Status.RENAMED,
        "image.png": Status.MODIFIED,
        "empty.py": Status.ADDED,
        "mode.sh": Status.MODIFIED,
    }
    assert files["is there.py"].old_path == "was here.py"
    assert files["image.png"].binary
    assert files["image.png"].hunks == files["empty.py"].hunks == files["mode.sh"].hunks == ()
    assert files["gone.py"].hunk_of(1, side=Side.LEFT)
    assert not files["gone.py"].hunk_of(1)


def test_a_binary_patch_in_full(tmp_path: Path) -> None:
    old, new = {"a.png": b"\0old", "b.py": b"x\n"}, {"a.png": b"\0new", "b.py": b"y\n"}
    files = parse_diff(git_diff(tmp_path, old, new, "--binary")).files
    assert files["a.png"].binary
    assert files["b.py"].hunk_of(1)


@pytest.mark.parametrize(
    "name", ['quo"te.py', "tab\there.py", "grün.py", "back\\slash.py", "a b/c d.py", "line\nfeed.py"]
)
def test_names_that_git_quotes(tmp_path: Path, name: str) -> None:
    assert list(parse_diff(git_diff(tmp_path, {name: b"x\n"}, {name: b"y\n"})).files) == [name]


@pytest.mark.parametrize("name", ["a b/mode.sh", "grün.sh"])
def test_a_name_that_stands_in_the_first_line_only(tmp_path: Path, name: str) -> None:
    assert list(parse_diff(git_diff(tmp_path, {name: b"x\n"}, {name: b"x\n"})).files) == [name]


def test_no_newline_at_the_end(tmp_path: Path) -> None:
    diff = parse_diff(git_diff(tmp_path, {"x.py": b"a\nb"}, {"x.py": b"a\nc"}))
    (hunk,) = diff.files["x.py"].hunks
    assert hunk.text_of(1, 2) == ("a\n", "c")
    assert [line.ends_with_newline for line in hunk.lines] == [True, False, False]
    assert not diff.commentable("x.py", 3)


def test_carriage_returns_and_strange_separators_stay(tmp_path: Path) -> None:
    new = b"a\r\nb\x0cc\r\n\xe2\x80\xa8d\r\n"
    diff = parse_diff(git_diff(tmp_path, {"x.py": b"a\r\n"}, {"x.py": new}))
    assert diff.files["x.py"].hunks[0].text_of(1, 3) == ("a\r\n", "b\x0cc\r\n", "\u2028d\r\n")


def test_changed_lines_that_look_like_headers(tmp_path: Path) -> None:
    old, new = b"-- a/x.py\n@@ -1 +1 @@\n", b"++ b/x.py\ndiff --git a/x b/x\n"
    diff = parse_diff(git_diff(tmp_path, {"x.sql": old, "y.py": b"1\n"}, {"x.sql": new, "y.py": b"2\n"}))
    assert list(diff.files) == ["x.sql", "y.py"]
    assert diff.files["x.sql"].hunks[0].text_of(1, 2) == ("++ b/x.py\n", "diff --git a/x b/x\n")


def test_the_patch_of_the_api_has_no_header_and_no_last_line_feed() -> None:
    file = parse_patch("x.py", "@@ -1,2 +1,3 @@ def f():\n a\n+b\n c\n\\ No newline at end of file")
    assert file.hunk_of(1, 3)
    assert file.hunks[0].section == "def f():"
    assert file.hunks[0].text_of(2, 3) == ("b\n", "c")


def test_a_file_without_a_patch_has_nothing_to_comment_on() -> None:
    file = parse_patch("x.bin", None)
    assert file.binary
    assert file.hunk_of(1) is None


@pytest.mark.parametrize(
    "text",
    [
        "@@ -1,3 +1,3 @@\n a",
        "@@ nonsense @@\n a",
        "@@ -1 +1 @@\n?a\n b",
        "@@ -1 +1 @@\n a\n b",
    ],
)
def test_what_is_no_patch_is_refused(text: str) -> None:
    with pytest.raises(MalformedDiff):
        parse_patch("x.py", text)


def test_an_empty_diff() -> None:
    assert parse_diff(b"").files == {}


LINES = st.lists(st.sampled_from([b"a\n", b"b\n", b"\n", b"-- x\n", b"c\r\n", b"\x0c\n", b"\\ d\n"]), max_size=25)


@settings(max_examples=40, deadline=None)
@given(old=LINES, new=LINES, tail=st.sampled_from([b"", b"end"]), context=st.sampled_from(["-U0", "-U1", "-U3"]))
def test_hunks_tell_the_lines_of_the_files(
    tmp_path_factory: pytest.TempPathFactory, old: list[bytes], new: list[bytes], tail: bytes, context: str
) -> None:
    """Whatever git prints: each line that can be commented on is that line of the file."""
    folder = tmp_path_factory.mktemp("diff")
    after = b"".join(new) + tail
    diff = parse_diff(git_diff(folder, {"f": b"".join(old)}, {"f": after}, context))
    lines = after.decode().split("\n")
    for hunk in diff.files["f"].hunks if "f" in diff.files else ():
        for line in hunk.lines:
            if line.new is not None:
                assert lines[line.new - 1] == line.text
                assert line.ends_with_newline == (line.new < len(lines))
