"""What counts as new when code moves."""

from __future__ import annotations

from bot.moved import Site, new_reads

LINE = "    return [post.title for post in user.posts]"


def site(fingerprint: str, path: str, line: str = LINE, *, expression: str = "user.posts", model: str = "User") -> Site:
    return Site(fingerprint, "BR-ASYNC-001", path, expression, line, model, "posts")


BEFORE = site("aaaa", "old.py")


def new(head: list[Site], base: list[Site], *, old: str | None, before: str = LINE) -> frozenset[str]:
    """`old` and `before` are the text of `old.py` at the head and at the base."""
    there, then = {"old.py": old, "new.py": LINE}, {"old.py": before}
    return new_reads(head, base, text_at_head=there.get, text_at_base=then.get)


def test_the_same_fingerprint_is_not_new() -> None:
    assert new([BEFORE], [BEFORE], old=LINE) == set()


def test_what_the_base_does_not_have_is_new() -> None:
    assert new([BEFORE], [], old=LINE) == {"aaaa"}


def test_a_renamed_file_brings_nothing_new() -> None:
    assert new([site("bbbb", "new.py")], [BEFORE], old=None) == set()


def renamed(head: list[Site], base: list[Site], *, then: str = LINE) -> frozenset[str]:
    """`old.py` is called `new.py` now."""
    there = {"new.py": "".join(site.line for site in head)}
    was = {"old.py": then, "third.py": LINE}
    paths = {"new.py": "old.py"}
    return new_reads(head, base, text_at_head=there.get, text_at_base=was.get, renamed=paths)


def test_a_line_that_changed_in_a_renamed_file_brings_nothing_new() -> None:
    """As in a file that kept its name: its fingerprint would not have changed."""
    changed = LINE.replace("post.title", "post.text")
    assert renamed([site("bbbb", "new.py", changed)], [BEFORE]) == set()
    assert renamed([site("bbbb", "new.py", changed, expression="admin.posts")], [BEFORE]) == {"bbbb"}
    assert renamed([site("bbbb", "new.py", changed, model="Admin")], [BEFORE]) == {"bbbb"}
    assert new([site("bbbb", "new.py", changed)], [BEFORE], old=None) == {"bbbb"}


def test_a_renamed_file_that_reads_it_once_more_brings_one() -> None:
    changed = LINE.replace("post.title", "post.text")
    assert renamed([site("bbbb", "new.py", changed), site("cccc", "new.py")], [BEFORE]) == {"bbbb"}


def test_what_a_renamed_file_kept_excuses_no_copy() -> None:
    kept, copy = site("bbbb", "new.py", LINE + "  # kept"), site("cccc", "other.py")
    assert renamed([kept, copy], [BEFORE]) == {"cccc"}


def test_a_function_that_moved_and_was_indented_brings_nothing_new() -> None:
    assert new([site("bbbb", "new.py", "    " + LINE)], [BEFORE], old="import new\n") == set()


def test_a_copy_is_new() -> None:
    assert new([BEFORE, site("bbbb", "new.py")], [BEFORE], old=LINE) == {"bbbb"}


def test_one_that_moved_excuses_one() -> None:
    assert new([site("bbbb", "new.py"), site("cccc", "newer.py")], [BEFORE], old=None) == {"cccc"}


def test_a_line_that_stayed_and_was_repaired_excuses_none() -> None:
    assert new([site("bbbb", "new.py")], [BEFORE], old=f"x\n{LINE}\r\n") == {"bbbb"}


def test_of_several_equal_lines_one_moved() -> None:
    base, twice = [BEFORE, site("bbbb", "old.py")], f"{LINE}\n{LINE}"
    head = [BEFORE, site("cccc", "new.py")]
    assert new(head, base, old=LINE, before=twice) == set()
    assert new(head, base, old=twice, before=twice) == {"cccc"}


def test_an_equal_line_that_never_failed_does_not_hide_the_move() -> None:
    assert new([site("cccc", "new.py")], [BEFORE], old=LINE, before=f"{LINE}\n{LINE}") == set()


def test_another_line_or_another_model_is_new() -> None:
    assert new([site("bbbb", "new.py", "for post in user.posts:")], [BEFORE], old=None) == {"bbbb"}
    assert new([site("bbbb", "new.py", model="Author")], [BEFORE], old=None) == {"bbbb"}


def test_equal_lines_that_never_failed_excuse_none() -> None:
    two = [site("bbbb", "new.py"), site("cccc", "newer.py")]
    assert new(two, [BEFORE], old=None, before=f"{LINE}\n{LINE}") == {"cccc"}
