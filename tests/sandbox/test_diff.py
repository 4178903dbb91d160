"""The diff: hunks and their line numbers against what git itself says."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.sandbox.diff import Diff, diff_of
from bot.sandbox.git import GitRepository, Identity

NOW = datetime(2026, 1, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def git(tmp_path_factory: pytest.TempPathFactory) -> GitRepository:
    return GitRepository.create(tmp_path_factory.mktemp("git") / "a.git", "main")


def diff(git: GitRepository, old: dict[str, bytes], new: dict[str, bytes]) -> Diff:
    ann = Identity("ann", "ann@localhost")
    parents: list[str] = []
    for files in (old, new):
        sha = git.commit(
            "refs/heads/main", dict(files), parents=parents[-1:], message="m", author=ann, at=NOW, replace=True
        )
        parents.append(sha)
    return diff_of(git, parents[0], parents[1])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    old=st.lists(st.sampled_from(["a", "b", "c", "-- x", "++ y", "@@ z", "diff --git q", ""]), max_size=30),
    new=st.lists(st.sampled_from(["a", "b", "c", "-- x", "++ y", "@@ z", "diff --git q", ""]), max_size=30),
    ends=st.booleans(),
)
def test_every_line_has_the_number_it_has_in_its_file(
    git: GitRepository, old: list[str], new: list[str], ends: bool
) -> None:
    texts = ["\n".join(lines) + ("\n" if lines and ends else "") for lines in (old, new)]
    result = diff(git, {"f": texts[0].encode()}, {"f": texts[1].encode()})

    before, after = (text.split("\n") for text in texts)
    for file in result.files:
        assert file.patch == "\n".join(line for hunk in file.hunks for line in hunk.raw)
        shown = [line for hunk in file.hunks for line in hunk.lines]
        for line in shown:
            assert line.left is None or before[line.left - 1] == line.text
            assert line.right is None or after[line.right - 1] == line.text
        assert sum(line.kind == "+" for line in shown) == file.additions
        assert sum(line.kind == "-" for line in shown) == file.deletions
        patch = (file.patch or "").split("\n")
        assert all(patch[line.position] == line.kind + line.text for line in shown)


def test_names_of_every_kind(git: GitRepository) -> None:
    names = ['a "quoted" name', "with\ttab", "ünï/cödé.py", "-dash", "b/../x".replace("..", "dots"), " space "]
    result = diff(git, {"old": b"1\n2\n3\n4\n"}, {**dict.fromkeys(names, b"x\n"), "new": b"1\n2\n3\n4\n"})

    assert {file.path for file in result.files} == {*names, "new"}
    renamed = result.file("new")
    assert renamed is not None
    assert (renamed.status, renamed.previous_path, renamed.patch) == ("renamed", "old", None)


def test_binary_files_have_counts_of_zero(git: GitRepository) -> None:
    result = diff(git, {"b": b"\x00\x01", "t": b"x\n"}, {"b": b"\x00\x02", "t": b"y\n"})

    binary, text = result.files
    assert (binary.path, binary.patch, binary.additions, binary.hunks) == ("b", None, 0, ())
    assert (text.additions, text.deletions) == (1, 1)


def test_the_part_above_a_comment_ends_with_its_line(git: GitRepository) -> None:
    result = diff(git, {"f": b"1\n2\n3\n"}, {"f": b"1\n2\nnew\n3\n"})
    (hunk,) = result.files[0].hunks
    line = hunk.find("RIGHT", 3)

    assert line is not None
    assert hunk.up_to(line) == "@@ -1,3 +1,4 @@\n 1\n 2\n+new"
