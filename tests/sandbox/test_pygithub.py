"""PyGithub against the sandbox, as the app uses it: with its own idea of URLs, headers and pages."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from github import Auth, GithubException, GithubIntegration
from github.Repository import Repository

from tests.sandbox.world import World


@pytest.fixture
def repository(hub: World) -> Repository:
    integration = GithubIntegration(
        auth=Auth.AppAuth(hub.app.id, hub.app.private_key),
        base_url=hub.state.api_url,
        retry=None,
        seconds_between_requests=0,
        seconds_between_writes=0,
    )
    hub.clock.now = datetime.now(UTC)  # PyGithub's own clock writes the times of its tokens
    return integration.get_github_for_installation(hub.installation.id).get_repo("acme/shop")


def test_a_whole_review(hub: World, repository: Repository) -> None:
    pull = repository.get_pull(1)
    run = repository.create_check_run("Greenlatch", pull.head.sha, status="in_progress")

    pull.create_review(
        body="One finding.",
        event="COMMENT",
        comments=[{"path": "app/service.py", "line": 6, "start_line": 5, "side": "RIGHT", "body": "It fails."}],
    )
    run.edit(status="completed", conclusion="failure", output={"title": "One finding", "summary": "It fails."})

    (comment,) = pull.get_review_comments()
    assert (comment.path, comment.start_line, comment.line, comment.user.type) == ("app/service.py", 5, 6, "Bot")
    comment.edit("Fixed in 1234567.")
    assert repository.get_pull(1).get_review_comment(comment.id).body == "Fixed in 1234567."
    assert [each.conclusion for each in repository.get_commit(pull.head.sha).get_check_runs()] == ["failure"]


def test_the_conversation(hub: World, repository: Repository) -> None:
    comment = repository.get_pull(1).create_issue_comment("Working on it.")
    reaction = comment.create_reaction("eyes")

    comment.edit("Done.")

    assert [each.body for each in repository.get_issue(1).get_comments()] == ["Done."]
    assert reaction.content == "eyes"
    assert repository.get_collaborator_permission("bob") == "read"


def test_pages_are_followed(hub: World, repository: Repository) -> None:
    hub.scenario.push(hub.pull, {f"many/{number}.py": f"n = {number}\n" for number in range(70)})

    assert len(list(repository.get_pull(1).get_files())) == 73


def test_a_refusal_arrives_with_its_reasons(hub: World, repository: Repository) -> None:
    with pytest.raises(GithubException) as caught:
        repository.get_pull(1).create_review(
            event="COMMENT", comments=[{"path": "app/service.py", "line": 20, "body": "Outside."}]
        )

    assert caught.value.status == 422
    assert "line must be part of the diff" in str(caught.value.data)
