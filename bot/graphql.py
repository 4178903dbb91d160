"""What we ask of GitHub's GraphQL API, which REST cannot do: threads of reviews, and a commit of several files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import AliasPath, Field

from bot.errors import GitHubRefused, GitHubUnavailable
from bot.redaction import redact
from bot.shapes import Shape

THREADS = """
query threads($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      reviewThreads(first: 100, after: $after) {
        pageInfo { hasNextPage endCursor }
        nodes {
          id
          isResolved
          resolvedBy { login }
          viewerCanResolve
          viewerCanUnresolve
          comments(first: 1) { nodes { databaseId } }
        }
      }
    }
  }
}
"""
RESOLVE = """
mutation resolve($thread: ID!) {
  resolveReviewThread(input: {threadId: $thread}) { thread { id isResolved } }
}
"""
UNRESOLVE = """
mutation unresolve($thread: ID!) {
  unresolveReviewThread(input: {threadId: $thread}) { thread { id isResolved } }
}
"""
COMMIT = """
mutation commit($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid } }
}
"""

STATUSES = {"FORBIDDEN": 403, "INSUFFICIENT_SCOPES": 403, "NOT_FOUND": 404, "STALE_DATA": 409}
"""GitHub's types of errors as the statuses that REST has for them; every other type is 422."""
PASSING = ("RATE_LIMITED", "SERVICE_UNAVAILABLE", "INTERNAL")
WENT_WRONG = "Something went wrong"
MAX_REASON = 300


class Thread(Shape):
    """A thread of a review. `comment_id` is its first comment; `resolved_by` is None where no person resolved it."""

    id: str
    is_resolved: bool = Field(validation_alias="isResolved")
    resolved_by: str | None = Field(None, validation_alias=AliasPath("resolvedBy", "login"))
    can_resolve: bool = Field(validation_alias="viewerCanResolve")
    can_unresolve: bool = Field(validation_alias="viewerCanUnresolve")
    comment_id: int | None = Field(None, validation_alias=AliasPath("comments", "nodes", 0, "databaseId"))


_CONNECTION = ("repository", "pullRequest", "reviewThreads")


class ThreadPage(Shape):
    threads: tuple[Thread, ...] = Field(validation_alias=AliasPath(*_CONNECTION, "nodes"))
    has_next: bool = Field(validation_alias=AliasPath(*_CONNECTION, "pageInfo", "hasNextPage"))
    cursor: str | None = Field(None, validation_alias=AliasPath(*_CONNECTION, "pageInfo", "endCursor"))


class Committed(Shape):
    oid: str = Field(validation_alias=AliasPath("createCommitOnBranch", "commit", "oid"))


def refused(errors: Sequence[Mapping[str, Any]]) -> GitHubUnavailable | GitHubRefused:
    """What to do about the errors of an answer."""
    first = errors[0]
    kind, message = str(first.get("type", "")), str(first.get("message", "no message"))
    reason = redact(" ".join(message.split()))[:MAX_REASON]
    if kind in PASSING or message.startswith(WENT_WRONG):
        return GitHubUnavailable(f"GraphQL: {reason}")
    return GitHubRefused(STATUSES.get(kind, 422), reason)
