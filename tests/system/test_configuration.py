"""The configuration decides, from the base branch; a wrong one is told at its line and switches nothing off."""

from __future__ import annotations

from tests.system.stack import LAZY, OLD_LAZY, SERVICE, Stack

CONFIG = ".github/greenlatch.yml"


def test_a_wrong_configuration_holds_everything_up_until_it_is_repaired(stack: Stack) -> None:
    repository = stack.repository({CONFIG: "# ours\ngates:\n  fail-on: off\n"})
    pull = stack.lazy_pull(repository)
    check = stack.concluded(pull)
    assert (check.conclusion, check.title) == ("action_required", "The configuration is wrong")
    assert f"{CONFIG}#L2" in (check.summary or "")
    assert "did you mean `gate`?" in (check.summary or "")
    assert stack.reviews(pull) == []

    stack.scenario.comment(pull, "/greenlatch config", actor="wendy")
    (answer,) = stack.answers(pull)
    assert f"{CONFIG}#L2" in answer

    repair = stack.scenario.open_pull(
        repository, "repair", title="Repair it", files={CONFIG: "# ours\ngate:\n  fail-on: error\n"}
    )
    check = stack.concluded(repair)
    assert check.conclusion == "success"
    assert "checked with the defaults" in (check.summary or "")

    stack.scenario.merge(repair, actor="wendy")
    assert stack.concluded(pull, number=2).conclusion == "failure"
    assert len(stack.reviews(pull)) == 1


def test_a_pull_request_cannot_switch_off_its_own_gate(stack: Stack) -> None:
    repository = stack.repository()
    files = {"service.py": SERVICE + LAZY, CONFIG: "gate:\n  fail-on: off\n"}
    pull = stack.scenario.open_pull(repository, "feature", title="Add titles", files=files)
    check = stack.concluded(pull)
    assert check.conclusion == "failure"
    assert "takes effect when it is merged" in (check.summary or "")

    stack.scenario.push(pull, {"service.py": SERVICE, CONFIG: "gate:\n  fail-on: sometimes\nrules: [x]\n"})
    check = stack.concluded(pull)
    assert check.conclusion == "action_required"
    notes = [(note["path"], note["start_line"], note["annotation_level"]) for note in check.annotations]
    assert notes == [(CONFIG, 2, "failure"), (CONFIG, 3, "failure")]


def test_severities_paths_and_limits_are_a_teams_own(stack: Stack) -> None:
    config = "rules:\n  BR-ASYNC-001: warning\npaths:\n  exclude: [legacy.py]\ncomments:\n  enabled: false\n"
    pull = stack.scenario.open_pull(
        stack.repository({CONFIG: config}),
        "feature",
        title="Two of them",
        files={"service.py": SERVICE + LAZY, "legacy.py": SERVICE + LAZY},
    )
    check = stack.concluded(pull)
    stack.wait_quiet()
    assert check.conclusion == "neutral"
    assert [(note["path"], note["annotation_level"]) for note in check.annotations] == [("service.py", "warning")]
    assert "`user.posts`" in (check.text or "")
    assert stack.reviews(pull) == []


def test_older_problems_count_where_a_team_wants_that(stack: Stack) -> None:
    config = "[tool.greenlatch]\ngate.older-findings = true\n"
    pull = stack.scenario.open_pull(
        stack.repository({"pyproject.toml": config, "service.py": SERVICE + OLD_LAZY}),
        "feature",
        title="Say more",
        files={"README.md": "More.\n"},
    )
    check = stack.concluded(pull)
    assert (check.conclusion, check.title) == ("failure", "No new problems, 1 older one")
    assert [note["path"] for note in check.annotations] == ["service.py"]
    assert stack.comments(pull) == []


def test_an_organisation_has_defaults_and_a_repository_its_own_word(stack: Stack) -> None:
    organisation = {CONFIG: "gate:\n  fail-on: off\ncommands:\n  rescan:\n    permission: admin\n    author: false\n"}
    repository = stack.repository(
        {"pyproject.toml": "[tool.greenlatch.gate]\nconfidence = 'low'\n"}, organisation=organisation
    )
    pull = stack.lazy_pull(repository)
    assert stack.concluded(pull).conclusion == "neutral"
    assert len(stack.comments(pull)) == 1

    stack.scenario.comment(pull, "/greenlatch config", actor="wendy")
    (answer,) = stack.answers(pull)
    assert "| `gate.fail-on` | `off` | organisation, " in answer
    assert "| `gate.confidence` | `low` | [`pyproject.toml:2`]" in answer

    stack.ask(pull, "/greenlatch rescan", actor="wendy")
    refusal = stack.answers(pull, 2)[1]
    assert "is for people with admin permission; you have only write permission here" in refusal
    assert len(stack.checks(pull)) == 1
