"""Which lines a suppression comment covers, and what happens to the findings there."""

from __future__ import annotations

import ast
from textwrap import dedent

import pytest

from rules.finding import Confidence, Finding, Location, Read, Severity, Step
from rules.source.comments import Suppression, apply_suppressions, line_suppressions, suppressions


def comments(source: str) -> tuple[Suppression, ...]:
    return suppressions(dedent(source).lstrip("\n"), ast.parse(dedent(source).lstrip("\n")))


def covered(source: str) -> tuple[int, int]:
    (only,) = comments(source)
    return only.first_line, only.last_line


def finding(*lines: int, rule: str = "BR-ASYNC-001", path: str = "a.py") -> Finding:
    reads = tuple(Read(Location(path, line, 1, line, 5), "user.posts", f"{rule}-{line}") for line in lines)
    return Finding(rule, "m", Severity.ERROR, Confidence.HIGH, reads, Step(path, 1, 1, "the query"))


def test_comment_covers_its_line() -> None:
    assert covered("a = 1\nb = 2  # greenlatch: ignore\nc = 3") == (2, 2)


@pytest.mark.parametrize("line", [1, 2, 3, 4])
def test_comment_anywhere_in_a_statement_covers_all_of_it(line: int) -> None:
    lines = ["show(", "    user.posts,", "    # nothing here", ")"]
    lines[line - 1] += "  # greenlatch: ignore[BR-ASYNC-001]"
    assert covered("\n".join([*lines, "after()"])) == (1, 4)


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("for post in user.posts:  # greenlatch: ignore\n    show(post)\n    show(post)", (1, 1)),
        ("with (\n    a as b,\n):  # greenlatch: ignore\n    show(b)", (1, 3)),
        ("def f(\n    a=user.posts,\n):  # greenlatch: ignore\n\n    # says\n    return a", (1, 3)),
        ("@known\ndef f():\n    return 1  # greenlatch: ignore\n", (3, 3)),
        ("@known(user.posts)  # greenlatch: ignore\ndef f():\n    return 1\n", (1, 2)),
        ("if a:\n    b\nelif user.posts:  # greenlatch: ignore\n    c", (3, 3)),
        ("match user.posts:\n    case [\n        1,\n    ]:  # greenlatch: ignore\n        c()", (2, 4)),
        ("try:\n    a\nexcept (\n    E\n):  # greenlatch: ignore\n    b", (3, 5)),
        ("for a in b: show(a)  # greenlatch: ignore\nc", (1, 1)),
    ],
)
def test_comment_on_a_header_leaves_the_body_alone(source: str, lines: tuple[int, int]) -> None:
    assert covered(source) == lines


def test_ignore_file_covers_every_line() -> None:
    (only,) = comments('"""Page."""\n# greenlatch: ignore-file[BR-ASYNC-001] generated\na = 1\n')
    assert only.silences("BR-ASYNC-001", 1)
    assert only.silences("BR-ASYNC-001", 10_000)
    assert not only.silences("BR-ASYNC-002", 1)


def test_rules_and_reason_are_read() -> None:
    (only,) = comments(
        "a = 1  # noqa: E501 # greenlatch: ignore[br-async-001, BR-ASYNC-002] -- known  slow # type: x\n"
    )
    assert only.rules == ("BR-ASYNC-001", "BR-ASYNC-002")
    assert only.reason == "known slow"


@pytest.mark.parametrize(
    "source",
    [
        "a = '# greenlatch: ignore'",
        "a = f'''\n# greenlatch: ignore {b}'''",
        'def f():\n    """Writes\n    # greenlatch: ignore\n    """',
        "a = 1  # greenlatch: ignored",
        "a = 1  # greenlatch: ignore-files",
        "a = 1  # see greenlatch: ignore",
    ],
)
def test_lookalike_is_no_comment_of_ours(source: str) -> None:
    assert comments(source) == ()


def test_positions_count_characters() -> None:
    (only,) = comments("a = 'é日本'  # greenlatch: ignore[]\n")
    assert only.comment == (1, 12, 1, 34)


def test_template_comment_covers_its_lines() -> None:
    text = (
        "{% for post in user.posts %}{# greenlatch: ignore[BR-ASYNC-001] eager #}\n{{ post }}\n# greenlatch: ignore\n"
    )
    (only,) = suppressions(text, None)
    assert (only.first_line, only.last_line, only.reason) == (1, 1, "eager")


def test_manifest_comment_covers_its_line() -> None:
    text = "sqlalchemy>=2  # greenlatch: ignore[BR-DEP-001] the image brings greenlet\nasyncpg\n"
    (only,) = line_suppressions(text)
    assert (only.first_line, only.last_line, only.rules) == (1, 1, ("BR-DEP-001",))
    assert line_suppressions("asyncpg\n") == ()


def test_suppressed_finding_is_set_apart() -> None:
    source = "a\nuser.posts  # greenlatch: ignore[BR-ASYNC-001]\n"
    result = apply_suppressions([finding(1), finding(2)], {"a.py": comments(source)})
    assert result.kept == (finding(1),)
    assert result.suppressed == (finding(2),)
    assert result.unused == ()


def test_finding_keeps_the_reads_that_no_comment_covers() -> None:
    source = "a\nuser.posts  # greenlatch: ignore\nb\n"
    result = apply_suppressions([finding(2, 3)], {"a.py": comments(source)})
    assert result.kept == (finding(3),)
    assert result.suppressed == ()
    assert result.unused == ()


def test_other_rule_and_other_file_are_not_suppressed() -> None:
    source = "user.posts  # greenlatch: ignore[BR-ASYNC-002]\n"
    others = [finding(1), finding(1, path="b.py")]
    assert apply_suppressions(others, {"a.py": comments(source)}).kept == tuple(others)


def test_unused_comment_is_a_notice_where_it_stands() -> None:
    result = apply_suppressions([], {"a.py": comments("a\nb  # greenlatch: ignore[BR-ASYNC-001] old\n")})
    (notice,) = result.unused
    assert (notice.rule, notice.severity) == ("BR-SUP-001", Severity.NOTICE)
    assert notice.location == Location("a.py", 2, 4, 2, 42)
    (edit,) = notice.fixes[0].edits
    assert (edit.start_line, edit.start_column, edit.end_line, edit.end_column) == (2, 2, 2, 42)


def test_same_comment_may_be_used_in_one_file_and_not_in_another() -> None:
    both = comments("user.posts  # greenlatch: ignore[BR-ASYNC-001]\n")
    (notice,) = apply_suppressions([finding(1)], {"a.py": both, "b.py": both}).unused
    assert notice.location.path == "b.py"


def test_only_the_idle_rule_of_a_comment_goes() -> None:
    source = "user.posts  # greenlatch: ignore[BR-ASYNC-001, BR-ASYNC-002] why\n"
    (notice,) = apply_suppressions([finding(1)], {"a.py": comments(source)}).unused
    assert "`BR-ASYNC-002`" in notice.message
    assert "`BR-ASYNC-001`" not in notice.message
    (edit,) = notice.fixes[0].edits
    assert (edit.start_column, edit.end_column, edit.replacement) == (34, 60, "BR-ASYNC-001")


def test_comment_alone_on_its_line_goes_with_the_line() -> None:
    (notice,) = apply_suppressions([], {"a.py": comments("a\n    # greenlatch: ignore\r\nb\n")}).unused
    (edit,) = notice.fixes[0].edits
    assert (edit.start_line, edit.start_column, edit.end_line, edit.end_column) == (2, 1, 3, 1)


def test_empty_brackets_suppress_nothing() -> None:
    result = apply_suppressions([finding(1)], {"a.py": comments("user.posts  # greenlatch: ignore[]\n")})
    assert result.kept == (finding(1),)
    assert "names no rule" in result.unused[0].message


@pytest.mark.parametrize("first", ["ignore-file[BR-SUP-001]", "ignore-file[BR-SUP-001, BR-ASYNC-009]"])
def test_unused_comment_can_be_suppressed_itself(first: str) -> None:
    source = f"# greenlatch: {first}\na  # greenlatch: ignore[BR-ASYNC-001]\n"
    assert apply_suppressions([], {"a.py": comments(source)}).unused == ()
