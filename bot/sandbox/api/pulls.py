"""Pull requests: themselves, their diff, files and commits."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from bot.sandbox.api.http import (
    ApiError,
    commit_or_404,
    listed,
    needs,
    pull_or_404,
    repository_or_404,
    sandbox,
)
from bot.sandbox.diff import MAX_FILES, MAX_TOTAL_LINES
from bot.sandbox.model import Pull
from bot.sandbox.shapes.pulls import pull_diff, pull_json, simple_pull_json
from bot.sandbox.shapes.repositories import commit_json, diff_entry_json

blueprint = Blueprint("pulls", __name__)
MAX_LISTED_FILES = 3000
MAX_LISTED_COMMITS = 250


@blueprint.get("/repos/<owner>/<repo>/pulls")
@needs("pull_requests=read")
def list_pulls(owner: str, repo: str) -> Any:
    repository = repository_or_404(owner, repo)
    found = [pull for pull in sandbox().pulls_of(repository) if _is_wanted(pull)]
    if request.args.get("direction") == "asc":
        found.reverse()
    return listed(found, lambda pull: simple_pull_json(sandbox(), pull))


def _is_wanted(pull: Pull) -> bool:
    state, base = request.args.get("state", "open"), request.args.get("base", pull.base_ref)
    head = request.args.get("head", "")
    if ":" in head and head != f"{pull.head_owner.login}:{pull.head_ref}":
        return False
    return state in (pull.state, "all") and base == pull.base_ref


@blueprint.get("/repos/<owner>/<repo>/pulls/<int:number>")
@needs("pull_requests=read")
def get_pull(owner: str, repo: str, number: int) -> Any:
    pull = pull_or_404(owner, repo, number)
    if "diff" not in request.headers.get("Accept", ""):
        return pull_json(sandbox(), pull)
    diff = pull_diff(pull)
    if len(diff.files) > MAX_FILES:
        raise _too_large(f"files ({MAX_FILES})")
    if diff.lines > MAX_TOTAL_LINES:
        raise _too_large(f"lines ({MAX_TOTAL_LINES})")
    return Response(diff.raw, mimetype="application/vnd.github.diff")


def _too_large(what: str) -> ApiError:
    message = f"Sorry, the diff exceeded the maximum number of {what}."
    error = {"resource": "PullRequest", "field": "diff", "code": "too_large"}
    return ApiError(406, message, [error])


@blueprint.get("/repos/<owner>/<repo>/pulls/<int:number>/files")
@needs("pull_requests=read")
def list_files(owner: str, repo: str, number: int) -> Any:
    pull = pull_or_404(owner, repo, number)
    files = pull_diff(pull).files[:MAX_LISTED_FILES]
    return listed(files, lambda file: diff_entry_json(sandbox(), pull.repository, pull.head_sha, file))


@blueprint.get("/repos/<owner>/<repo>/pulls/<int:number>/commits")
@needs("pull_requests=read")
def list_commits(owner: str, repo: str, number: int) -> Any:
    pull = pull_or_404(owner, repo, number)
    commits = pull.repository.git.log(f"{pull.base_sha}..{pull.head_sha}", limit=MAX_LISTED_COMMITS)
    return listed(commits, lambda commit: commit_json(sandbox(), pull.repository, commit))


@blueprint.get("/repos/<owner>/<repo>/commits/<commit_sha>/pulls")
@needs("pull_requests=read")
def list_pulls_of_commit(owner: str, repo: str, commit_sha: str) -> Any:
    repository = repository_or_404(owner, repo)
    sha = commit_or_404(repository, commit_sha)
    pulls = sandbox().pulls_of(repository)
    found = [pull for pull in pulls if pull.open and repository.git.is_ancestor(sha, pull.head_sha)]
    found = [pull for pull in found if not repository.git.is_ancestor(sha, pull.base_sha)]
    return listed(found, lambda pull: simple_pull_json(sandbox(), pull))
