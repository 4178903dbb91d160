"""The GraphQL API, as far as apps need it for what REST has not: threads of reviews, and commits of several files."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from flask import Blueprint
from graphql import GraphQLError, GraphQLResolveInfo, build_schema, graphql_sync

from bot.sandbox.api.http import ApiError, Body, bearer, needs, read_body, sandbox
from bot.sandbox.api.http import current as caller
from bot.sandbox.branches import branches_moved
from bot.sandbox.conversation import resolve_thread, thread_node_id
from bot.sandbox.git import Identity
from bot.sandbox.model import Pull, Repository, Thread
from bot.sandbox.placement import current_place
from bot.sandbox.shapes.basics import node_id
from bot.sandbox.shapes.repositories import repository_html
from bot.sandbox.tokens import allows

blueprint = Blueprint("graphql", __name__)
PATH = "/api/graphql"

SCHEMA = """
scalar Base64String
scalar GitObjectID
scalar URI

type Query {
  repository(owner: String!, name: String!): Repository
}

type Mutation {
  createCommitOnBranch(input: CreateCommitOnBranchInput!): CreateCommitOnBranchPayload
  resolveReviewThread(input: ResolveReviewThreadInput!): ResolveReviewThreadPayload
  unresolveReviewThread(input: UnresolveReviewThreadInput!): UnresolveReviewThreadPayload
}

type Repository { id: ID! nameWithOwner: String! pullRequest(number: Int!): PullRequest }
type PullRequest {
  id: ID!
  number: Int!
  reviewThreads(after: String, first: Int): PullRequestReviewThreadConnection!
}
type PageInfo { endCursor: String hasNextPage: Boolean! }
type PullRequestReviewThreadConnection { nodes: [PullRequestReviewThread] pageInfo: PageInfo! totalCount: Int! }
type PullRequestReviewThread {
  id: ID!
  isResolved: Boolean!
  isOutdated: Boolean!
  path: String!
  resolvedBy: User
  viewerCanResolve: Boolean!
  viewerCanUnresolve: Boolean!
  comments(first: Int): PullRequestReviewCommentConnection!
}
type User { login: String! }
type PullRequestReviewCommentConnection { nodes: [PullRequestReviewComment] totalCount: Int! }
type PullRequestReviewComment { id: ID! databaseId: Int body: String! }

input ResolveReviewThreadInput { threadId: ID! clientMutationId: String }
type ResolveReviewThreadPayload { thread: PullRequestReviewThread }
input UnresolveReviewThreadInput { threadId: ID! clientMutationId: String }
type UnresolveReviewThreadPayload { thread: PullRequestReviewThread }

input CreateCommitOnBranchInput {
  branch: CommittableBranch!
  expectedHeadOid: GitObjectID!
  fileChanges: FileChanges
  message: CommitMessage!
  clientMutationId: String
}
input CommittableBranch { repositoryNameWithOwner: String branchName: String }
input CommitMessage { headline: String! body: String }
input FileChanges { additions: [FileAddition!] = [] deletions: [FileDeletion!] = [] }
input FileAddition { path: String! contents: Base64String! }
input FileDeletion { path: String! }
type CreateCommitOnBranchPayload { commit: Commit }
type Commit { oid: GitObjectID! url: URI! }
"""
"""A part of GitHub's own schema: a test holds it against that."""

_SCHEMA = build_schema(SCHEMA)
MAX_PAGE = 100
Json = dict[str, Any]
Info = GraphQLResolveInfo[Any]


class GraphQLRequest(Body):
    query: str
    variables: dict[str, Any] | None = None
    operationName: str | None = None


@blueprint.post(PATH)
@needs("metadata=read")
def answer() -> Any:
    """Errors come with 200, each with a `type`, as at GitHub."""
    bearer()
    body = read_body(GraphQLRequest)
    result = graphql_sync(
        _SCHEMA, body.query, _Root(), variable_values=body.variables, operation_name=body.operationName
    )
    shape: Json = {"data": result.data} if result.data is not None or not result.errors else {}
    if result.errors:
        shape["errors"] = [_error_json(error) for error in result.errors]
    return shape


def _error_json(error: GraphQLError) -> Json:
    kind = (error.extensions or {}).get("type")
    shape: Json = {"message": error.message}
    return ({"type": kind, "path": error.path} if kind else {}) | shape


def _refused(kind: str, message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"type": kind})


def _forbidden() -> GraphQLError:
    return _refused("FORBIDDEN", "Resource not accessible by integration")


def _may(permission: str, level: str) -> bool:
    token = caller().token
    return token is not None and allows(token.permissions, permission, level)


def _repository(full_name: str) -> Repository:
    owner, _, name = full_name.partition("/")
    found = sandbox().find_repository(owner, name)
    token = caller().token
    if found is None or token is None or not token.covers(found):
        raise _refused("NOT_FOUND", f"Could not resolve to a Repository with the name '{full_name}'.")
    return found


class _Root:
    """Resolvers by the names of the fields of Query and Mutation."""

    def repository(self, _info: Info, owner: str, name: str) -> _RepositoryNode:
        return _RepositoryNode(_repository(f"{owner}/{name}"))

    def resolveReviewThread(self, _info: Info, input: Json) -> Json:
        return {"thread": _set_resolved(input["threadId"], resolved=True)}

    def unresolveReviewThread(self, _info: Info, input: Json) -> Json:
        return {"thread": _set_resolved(input["threadId"], resolved=False)}

    def createCommitOnBranch(self, _info: Info, input: Json) -> Json:
        repository = _repository(input["branch"].get("repositoryNameWithOwner") or "")
        if not _may("contents", "write"):
            raise _forbidden()
        sha = _commit(repository, input)
        return {"commit": {"oid": sha, "url": f"{repository_html(sandbox(), repository)}/commit/{sha}"}}


class _RepositoryNode:
    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self.id = node_id("Repository", repository.id)
        self.nameWithOwner = repository.full_name

    def pullRequest(self, _info: Info, number: int) -> _PullNode:
        if not _may("pull_requests", "read"):
            raise _forbidden()
        pull = sandbox().pulls.get((self._repository.id, number))
        if pull is None:
            raise _refused("NOT_FOUND", f"Could not resolve to a PullRequest with the number of {number}.")
        return _PullNode(pull)


class _PullNode:
    def __init__(self, pull: Pull) -> None:
        self._pull = pull
        self.id = node_id("PullRequest", pull.id)
        self.number = pull.number

    def reviewThreads(self, _info: Info, first: int | None = None, after: str | None = None) -> Json:
        if first is None or not 0 < first <= MAX_PAGE:
            message = "You must provide a `first` or `last` value between 1 and 100 to properly paginate."
            raise _refused("MISSING_PAGINATION_BOUNDARIES", message)
        threads = sandbox().threads_of(self._pull)
        start = int(after) if after else 0
        end = start + first
        page_info = {"hasNextPage": end < len(threads), "endCursor": str(min(end, len(threads))) if threads else None}
        return {
            "nodes": [_thread_json(thread) for thread in threads[start:end]],
            "pageInfo": page_info,
            "totalCount": len(threads),
        }


def _thread_json(thread: Thread) -> Json:
    """An app may resolve with `contents: write` only, although nothing is written then. Who did is told for people."""
    resolver = thread.resolved_by
    may = _may("contents", "write") and _may("pull_requests", "write")

    def comments(_info: Info, first: int | None = None) -> Json:
        found = sandbox().comments_in(thread)
        nodes = [
            {"id": node_id("PullRequestReviewComment", each.id), "databaseId": each.id, "body": each.body}
            for each in found[:first]
        ]
        return {"nodes": nodes, "totalCount": len(found)}

    return {
        "id": thread_node_id(thread),
        "isResolved": resolver is not None,
        "isOutdated": current_place(thread) is None,
        "path": thread.path,
        "resolvedBy": {"login": resolver.login} if resolver is not None and resolver.kind == "User" else None,
        "viewerCanResolve": may and resolver is None,
        "viewerCanUnresolve": may and resolver is not None,
        "comments": comments,
    }


def _set_resolved(wanted: str, *, resolved: bool) -> Json:
    state, token = sandbox(), caller().token
    thread = next((each for each in state.threads.values() if thread_node_id(each) == wanted), None)
    if thread is None or token is None or not token.covers(thread.pull.repository):
        raise _refused("NOT_FOUND", f"Could not resolve to a node with the global id of '{wanted}'")
    if not (_may("contents", "write") and _may("pull_requests", "write")):
        raise _forbidden()
    if resolved != (thread.resolved_by is not None):
        resolve_thread(state, thread, caller().user if resolved else None, caller().user)
    return _thread_json(thread)


def _commit(repository: Repository, asked: Json) -> str:
    git, user = repository.git, caller().user
    ref = f"refs/heads/{asked['branch'].get('branchName') or ''}"
    before = git.refs()
    if ref not in before:
        raise _refused("NOT_FOUND", "Branch not found")
    if before[ref] != asked["expectedHeadOid"]:
        message = f'Expected branch to point to "{asked["expectedHeadOid"]}" but it did not. Pull and try again.'
        raise _refused("STALE_DATA", message)
    if ref.removeprefix("refs/heads/") in repository.protected:
        raise _refused(
            "UNPROCESSABLE", "Repository rule violations found: changes must be made through a pull request."
        )
    message = asked["message"]
    sha = git.commit(
        ref,
        _files(asked.get("fileChanges") or {}),
        parents=[before[ref]],
        message="\n\n".join(part for part in (message["headline"], message.get("body")) if part),
        author=Identity(user.login, user.email),
        at=sandbox().clock(),
    )
    branches_moved(sandbox(), repository, before, user)
    return sha


def _files(changes: Json) -> dict[str, bytes | None]:
    files: dict[str, bytes | None] = {each["path"]: None for each in changes.get("deletions", [])}
    for each in changes.get("additions", []):
        try:
            files[each["path"]] = base64.b64decode(each["contents"], validate=True)
        except binascii.Error:
            raise _refused("UNPROCESSABLE", f"A file's contents are no Base64: {each['path']}") from None
    if not files:
        raise ApiError(422, "A commit needs changes.")
    return files
