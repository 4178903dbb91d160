"""The GraphQL API: a part of GitHub's own schema, with its refusals."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from graphql import GraphQLInputObjectType, GraphQLObjectType, GraphQLSchema, build_schema

from bot.sandbox import graphql
from tests.sandbox.description import document_problem, graphql_schema
from tests.sandbox.world import World

THREADS = """
query ($number: Int!, $after: String) { repository(owner: "acme", name: "shop") { pullRequest(number: $number) {
  reviewThreads(first: 1, after: $after) {
    totalCount
    pageInfo { hasNextPage endCursor }
    nodes { id isResolved isOutdated path resolvedBy { login } comments(first: 1) { nodes { databaseId } } }
  } } } }
"""
RESOLVE = "mutation ($id: ID!) { resolveReviewThread(input: {threadId: $id}) { thread { isResolved } } }"
COMMIT = "mutation ($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid url } } }"


def ask(hub: World, query: str, **variables: Any) -> Any:
    url = hub.state.api_url.removesuffix("/v3") + "/graphql"
    return hub.call("POST", "", {"query": query, "variables": variables}, url=url)


def test_it_is_a_part_of_githubs_schema() -> None:
    here, there = build_schema(graphql.SCHEMA), graphql_schema()
    for name, mine in here.type_map.items():
        if isinstance(mine, GraphQLObjectType | GraphQLInputObjectType) and not name.startswith("__"):
            assert fields(here, name).items() <= fields(there, name).items()


def fields(schema: GraphQLSchema, name: str) -> dict[str, str]:
    """The type of each field, and of each argument of it."""
    found: dict[str, str] = {}
    for key, field in schema.type_map[name].fields.items():  # type: ignore[attr-defined]
        found[key] = str(field.type)
        found |= {f"{key}({arg})": str(each.type) for arg, each in getattr(field, "args", {}).items()}
    return found


def test_a_document_that_github_does_not_know_is_seen() -> None:
    assert document_problem(THREADS) is None
    assert "resolvedFor" in str(document_problem(THREADS.replace("resolvedBy", "resolvedFor")))


def test_threads_come_in_pages(hub: World) -> None:
    for line in (5, 41):
        hub.scenario.review_comment(hub.pull, "app/service.py", line, "Why?", actor="bob")
    first, last = hub.state.threads_of(hub.pull)
    hub.scenario.resolve(last, actor="ann")

    page = ask(hub, THREADS, number=1).body["data"]["repository"]["pullRequest"]["reviewThreads"]
    assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (2, True)
    (thread,) = page["nodes"]
    assert (thread["isResolved"], thread["isOutdated"], thread["resolvedBy"]) == (False, False, None)
    assert thread["comments"]["nodes"] == [{"databaseId": hub.state.comments_in(first)[0].id}]

    after = page["pageInfo"]["endCursor"]
    page = ask(hub, THREADS, number=1, after=after).body["data"]["repository"]["pullRequest"]["reviewThreads"]
    assert page["nodes"][0]["resolvedBy"] == {"login": "ann"}
    assert not page["pageInfo"]["hasNextPage"]


def test_resolving_needs_more_than_it_does(hub: World) -> None:
    hub.scenario.review_comment(hub.pull, "app/service.py", 5, "Why?", actor="bob")
    (thread,) = hub.state.threads_of(hub.pull)
    node = ask(hub, THREADS, number=1).body["data"]["repository"]["pullRequest"]["reviewThreads"]["nodes"][0]
    full, hub.token = hub.token, hub.new_token(permissions={"pull_requests": "write", "contents": "read"})

    answer = ask(hub, RESOLVE, id=node["id"])
    assert answer.status == 200
    assert (answer.body["errors"][0]["type"], thread.resolved_by) == ("FORBIDDEN", None)

    hub.token = full
    assert ask(hub, RESOLVE, id=node["id"]).body["data"] == {"resolveReviewThread": {"thread": {"isResolved": True}}}
    assert thread.resolved_by is hub.app.bot
    assert ask(hub, RESOLVE, id="nothing").body["errors"][0]["type"] == "NOT_FOUND"


def commit(hub: World, head: str, branch: str = "feature", path: str = "app/new.py") -> Any:
    contents = base64.b64encode(b"three = 3\n").decode()
    asked = {
        "branch": {"repositoryNameWithOwner": "acme/shop", "branchName": branch},
        "expectedHeadOid": head,
        "fileChanges": {"additions": [{"path": path, "contents": contents}]},
        "message": {"headline": "Three", "body": "Because."},
    }
    return ask(hub, COMMIT, input=asked)


def test_a_commit_moves_the_pull_request(hub: World) -> None:
    hub.told()
    before = hub.pull.head_sha

    sha = commit(hub, before).body["data"]["createCommitOnBranch"]["commit"]["oid"]

    made = hub.repository.git.read_commit(sha)
    assert (hub.pull.head_sha, made.parents, made.message) == (sha, (before,), "Three\n\nBecause.")
    assert made.author.name == "greenlatch[bot]"
    assert hub.repository.git.file(sha, "app/new.py") == b"three = 3\n"
    assert "pull_request.synchronize" in hub.told()


@pytest.mark.parametrize(
    ("head", "branch", "kind"),
    [("a" * 40, "feature", "STALE_DATA"), ("", "elsewhere", "NOT_FOUND"), ("", "locked", "UNPROCESSABLE")],
)
def test_a_commit_is_refused(hub: World, head: str, branch: str, kind: str) -> None:
    hub.scenario.commit(hub.repository, "locked", {"x": "y"}, parent="feature")
    hub.repository.protected.add("locked")
    present = hub.repository.git.refs().get(f"refs/heads/{branch}", "b" * 40)

    (error,) = commit(hub, head or present, branch).body["errors"]

    assert error["type"] == kind


def test_a_commit_needs_a_permission(hub: World) -> None:
    hub.token = hub.new_token(permissions={"contents": "read"})
    assert commit(hub, hub.pull.head_sha).body["errors"][0]["type"] == "FORBIDDEN"
