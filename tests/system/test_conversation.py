"""What people say and resolve is heard: commands, replies, and the end of a talk."""

from __future__ import annotations

import re

from tests.system.stack import LAZY, OLD_LAZY, SERVICE, Stack


def test_an_ignored_finding_is_not_told_again_until_somebody_wants_it(stack: Stack) -> None:
    pull = stack.lazy_pull()
    stack.concluded(pull)
    (comment,) = stack.comments(pull)
    (found,) = re.findall(r"ignore ([0-9a-f]{8}) ", comment.body)
    told = comment.body

    stack.ask(pull, f"/greenlatch ignore {found} only admins see it")
    assert "Reason: only admins see it." in stack.answers(pull)[0]
    assert stack.concluded(pull, number=2).conclusion == "success"
    stack.wait_quiet()
    assert comment.body.startswith("🔇 Ignored on request.")

    other = stack.scenario.open_pull(pull.repository, "other", title="The same", files={"service.py": SERVICE + LAZY})
    check = stack.concluded(other)
    assert check.conclusion == "success"
    assert "1 problem ignored on request" in (check.summary or "")

    stack.ask(pull, f"/greenlatch unignore {found}")
    assert stack.concluded(pull, number=3).conclusion == "failure"
    stack.wait_quiet()
    assert comment.body == told
    assert len(stack.comments(pull)) == 1


def test_only_what_is_said_to_us_is_a_command(stack: Stack) -> None:
    pull = stack.lazy_pull()
    stack.concluded(pull)
    (comment,) = stack.comments(pull)
    talk = stack.scenario.comment(pull, "> /greenlatch rescan\n\n```\n/greenlatch fix\n```\nNo.", actor="wendy")
    stack.scenario.edit_comment(talk, "/greenlatch rescan", actor="wendy")

    stack.scenario.comment(pull, "/greenlatch resacn", actor="reed")
    (typo,) = stack.answers(pull)
    assert "did you mean `/greenlatch rescan`?" in typo

    stack.scenario.reply(comment, "Why?", actor="wendy")
    stack.scenario.reply(comment, "/greenlatch explain BR-ASYNC-001", actor="reed")
    stack.wait(
        lambda: [one for one in stack.comments(pull) if one.body.startswith("# Lazy load in async code")],
        "the page of the rule is in the thread",
    )
    stack.wait_quiet()
    assert talk.reactions == []
    assert len(stack.checks(pull)) == 1


def test_what_a_person_resolved_stays_resolved_and_what_they_answered_open(stack: Stack) -> None:
    repository = stack.repository()
    again = LAZY.replace("titles", "headlines")
    pull = stack.scenario.open_pull(
        repository, "feature", title="Two", author="wendy", files={"service.py": SERVICE + LAZY + again}
    )
    stack.concluded(pull)
    dismissed, answered = sorted(stack.comments(pull), key=lambda one: one.thread.line or 0)
    stack.scenario.resolve(dismissed.thread, actor="wendy")
    stack.scenario.reply(answered, "I will.", actor="wendy")

    stack.scenario.push(pull, {"service.py": "# A comment.\n" + SERVICE + LAZY + again})
    assert stack.concluded(pull).conclusion == "failure"
    stack.wait_quiet()
    assert len([one for one in stack.comments(pull) if one.in_reply_to is None]) == 2
    assert dismissed.thread.resolved_by is stack.scenario.user("wendy")

    stack.scenario.push(pull, {"service.py": SERVICE})
    assert stack.concluded(pull).conclusion == "success"
    stack.wait_quiet()
    assert answered.body.startswith("✅ Fixed in")
    assert answered.thread.resolved_by is None


def test_a_comment_that_was_deleted_stays_deleted(stack: Stack) -> None:
    """Whoever deleted it has read it; the check goes on telling what it told."""
    pull = stack.lazy_pull()
    stack.concluded(pull)
    (comment,) = stack.comments(pull)
    stack.scenario.delete_review_comment(comment, actor="wendy")
    stack.scenario.push(pull, {"service.py": "# A comment.\n" + SERVICE + LAZY})
    check = stack.concluded(pull)
    stack.ask(pull, "/greenlatch rescan")
    stack.wait_quiet()
    assert (check.conclusion, len(check.annotations)) == ("failure", 1)
    assert "User.posts" in (check.text or "")
    assert stack.comments(pull) == []
    assert len(stack.reviews(pull)) == 1


def test_a_comment_of_somebody_else_forges_nothing(stack: Stack) -> None:
    """A marker copied from us, by a person, is a comment like any other."""
    pull = stack.lazy_pull()
    stack.concluded(pull)
    (comment,) = stack.comments(pull)
    forged = stack.scenario.review_comment(pull, "service.py", comment.thread.line or 1, comment.body, actor="reed")
    stack.scenario.push(pull, {"service.py": SERVICE})
    assert stack.concluded(pull).conclusion == "success"
    stack.wait_quiet()
    assert forged.body.startswith("**")
    assert comment.body.startswith("✅ Fixed in")


def test_what_was_said_of_a_file_follows_its_new_names(stack: Stack) -> None:
    """Told once, resolved once, ignored once, whatever the file is called and by whom else its lines are touched."""
    repository = stack.repository()
    head = SERVICE.partition("async def")[0]
    pull = stack.scenario.open_pull(
        repository,
        "feature",
        title="Two lists",
        author="wendy",
        files={"lists.py": head + LAZY + OLD_LAZY},
    )
    stack.concluded(pull)
    told, dismissed = sorted(stack.comments(pull), key=lambda one: one.thread.line or 0)
    stack.scenario.resolve(dismissed.thread, actor="wendy")

    renamed = head.replace("\n\n", "\n\nNAMES = 2\n", 1) + LAZY + OLD_LAZY
    stack.scenario.push(pull, {"lists.py": None, "titles.py": renamed})
    assert stack.concluded(pull).conclusion == "failure"
    stack.wait_quiet()
    assert len(stack.comments(pull)) == 2
    assert len(stack.reviews(pull)) == 1
    assert "titles.py:" in told.body
    assert "lists.py" not in told.body
    assert dismissed.thread.resolved_by is stack.scenario.user("wendy")
    (found,) = re.findall(r"ignore ([0-9a-f]{8}) ", told.body)

    stack.ask(pull, f"/greenlatch ignore {found} only admins see it")
    assert stack.concluded(pull, number=2).conclusion == "failure"
    stack.scenario.push(pull, {"titles.py": None, "headlines.py": renamed})
    check = stack.concluded(pull)
    stack.wait_quiet()
    assert "1 problem ignored on request" in (check.summary or "")
    assert told.body.startswith("🔇 Ignored on request.")
    assert len(stack.comments(pull)) == 2

    stack.scenario.push(pull, {"headlines.py": head})
    assert stack.concluded(pull).conclusion == "success"
    stack.wait_quiet()
    assert dismissed.body.startswith("✅ Fixed in")
