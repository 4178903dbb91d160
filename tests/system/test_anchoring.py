"""Every finding is said somewhere, and no review is lost for one line, whatever the diff looks like."""

from __future__ import annotations

from tests.system.stack import BASE, LAZY, MODELS, OLD_LAZY, SERVICE, Stack

HEAD = SERVICE.split("async def names")[0]


LONG = "".join(f"line_{number} = {number}\n" for number in range(21_000))


def service(number: int, *, name: str = "show", field: str = "title") -> str:
    """A module with so many lazy loads, each of a query of its own."""
    one = LAZY.replace("post.title", f"post.{field}")
    return HEAD + "".join(one.replace("titles", f"{name}_{index}") for index in range(number))


def numbered(name: str) -> str:
    """Lines by which git tells one file from the others."""
    return "".join(f"{name}_{number} = {number}\n" for number in range(200))


def test_a_pull_request_that_has_it_all(stack: Stack) -> None:
    """More comments and annotations than GitHub takes at once, 400 files, 20,000 lines, and every kind of change."""
    moved = service(1, name="renamed", field="id") + numbered("MOVED")
    dropped = service(1, name="gone", field="author") + numbered("GONE")
    repository = stack.repository({"old_name.py": moved, "dropped.py": dropped})
    crlf = service(1, name="crlf").replace("\n", "\r\n").encode()
    many = {f"filler/part_{number:03}.py": f"ANSWER = {number}\n" for number in range(400)}
    files = {
        "many.py": service(55),
        "old_name.py": None,
        "new_name.py": moved + LAZY.replace("titles", "added"),
        "dropped.py": None,
        "crlf.py": crlf,
        "no_newline.py": service(1, name="last").rstrip("\n"),
        "zz_long.py": LONG,
        "logo.png": bytes(range(256)),
        "with space é.py": service(1, name="odd"),
        **many,
    }
    pull = stack.scenario.open_pull(repository, "feature", title="Everything", author="wendy", files=files)
    check = stack.concluded(pull)
    stack.wait_quiet()

    assert check.conclusion == "failure"
    assert check.title == "59 new problems"
    annotated = {(note["path"], note["start_line"]) for note in check.annotations}
    assert len(annotated) == len(check.annotations) == 59
    assert {path for path, _ in annotated} == {
        "many.py",
        "new_name.py",
        "crlf.py",
        "no_newline.py",
        "with space é.py",
    }
    (review,) = stack.reviews(pull)
    comments = stack.comments(pull)
    assert len(comments) == 30
    assert all(len(text) <= 65_535 for text in (review.body, check.summary or "", check.text or ""))
    said = len(comments) + review.body.count("\n| [`")
    assert said == 59


def test_a_diff_that_github_does_not_show_is_told_all_the_same(stack: Stack) -> None:
    """Beyond 20,000 lines GitHub shows no text of the files that follow, and takes no comment on them."""
    files = {"a_long.py": LONG, "service.py": SERVICE + LAZY}
    pull = stack.scenario.open_pull(stack.repository(), "feature", title="Long", author="wendy", files=files)
    check = stack.concluded(pull)
    stack.wait_quiet()
    assert (check.conclusion, len(check.annotations)) == ("failure", 1)
    assert "selectinload(User.posts)" in (check.text or "")
    (review,) = stack.reviews(pull)
    assert "service.py:" in review.body
    assert stack.comments(pull) == []


def test_the_suggestion_for_a_file_with_carriage_returns_fits(stack: Stack) -> None:
    repository = stack.repository({"crlf.py": SERVICE.replace("\n", "\r\n").encode()})
    source = (SERVICE + LAZY).replace("\n", "\r\n").rstrip("\r\n").encode()
    pull = stack.scenario.open_pull(repository, "feature", title="CRLF", author="wendy", files={"crlf.py": source})
    stack.concluded(pull)
    (comment,) = stack.comments(pull)
    stack.scenario.commit_suggestions([comment], actor="wendy")
    fixed = repository.git.file(pull.head_sha, "crlf.py")
    assert fixed.count(b"\n") == fixed.count(b"\r\n")
    assert not fixed.endswith(b"\n")
    assert stack.concluded(pull).conclusion == "success"


def test_a_line_that_github_does_not_take_falls_to_the_summary(stack: Stack) -> None:
    """GitHub may see no text where we see one; what else is to be said is said at its line."""
    repository = stack.repository()
    (repository.git.path / "info").mkdir(exist_ok=True)
    (repository.git.path / "info" / "attributes").write_text("hidden.py -diff\n")
    files = {"service.py": SERVICE + LAZY, "hidden.py": service(1, name="hidden")}
    pull = stack.scenario.open_pull(repository, "feature", title="Half of it", author="wendy", files=files)
    check = stack.concluded(pull)
    stack.wait_quiet()
    assert (check.conclusion, len(check.annotations)) == ("failure", 2)
    assert [comment.thread.path for comment in stack.comments(pull)] == ["service.py"]
    (review,) = stack.reviews(pull)
    assert "hidden.py:" in review.body
    assert "hidden.py:" in (check.text or "")

    stack.ask(pull, "/greenlatch rescan")
    stack.wait_quiet()
    assert len(stack.reviews(pull)) == 1


def test_a_removed_eager_load_is_told_where_the_diff_is(stack: Stack) -> None:
    loading = SERVICE + LAZY.replace("select(User)", "select(User).options(selectinload(User.posts))")
    helper = "def titles_of(user):\n    return [post.title for post in user.posts]\n"
    before = loading.replace("[post.title for post in user.posts]", "titles_of(user)")
    before = before.replace("from models import User\n", "from helper import titles_of\nfrom models import User\n")
    after = before.replace(".options(selectinload(User.posts))", "")
    pull = stack.scenario.open_pull(
        stack.repository({"service.py": before, "helper.py": helper}),
        "feature",
        title="Load less",
        author="wendy",
        files={"service.py": after},
    )
    assert stack.concluded(pull).conclusion == "failure"
    (comment,) = stack.comments(pull)
    assert comment.thread.path == "service.py"
    assert "helper.py:2" in comment.body


def test_moved_code_is_not_new(stack: Stack) -> None:
    """Neither a function in another file, nor a file with another name, whose line was changed on the way."""
    repository = stack.repository({"service.py": SERVICE + LAZY, "old.py": HEAD + OLD_LAZY})
    pull = stack.scenario.open_pull(
        repository,
        "feature",
        title="Move it",
        author="wendy",
        files={
            "service.py": SERVICE,
            "titles.py": HEAD + LAZY,
            "models.py": MODELS + "\n",
            "old.py": None,
            "new.py": HEAD + OLD_LAZY.replace("post.title", "post.id"),
        },
    )
    check = stack.concluded(pull)
    assert check.conclusion == "success"
    assert "2 problems were there before" in (check.summary or "")
    assert set(BASE) <= {entry.path for entry in repository.git.tree(pull.head_sha)}
