"""Repositories: themselves, who may do what in them, their files, trees, refs, commits and comparisons."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, request

from bot.sandbox.api.http import (
    ApiError,
    Body,
    commit_or_404,
    commit_or_422,
    current,
    invalid,
    is_person,
    listed,
    needs,
    not_found,
    page_of,
    read_body,
    readable_or_404,
    repository_or_404,
    sandbox,
)
from bot.sandbox.branches import branches_moved
from bot.sandbox.diff import diff_of
from bot.sandbox.git import GitError
from bot.sandbox.model import Repository
from bot.sandbox.shapes.basics import user_json
from bot.sandbox.shapes.repositories import (
    commit_json,
    content_json,
    diff_entry_json,
    full_repository_json,
    git_commit_json,
    reference_json,
    repository_api,
    repository_html,
    tree_entry_json,
)

blueprint = Blueprint("repositories", __name__)
MAX_CONTENT = 1_000_000
MAX_TREE_ENTRIES = 100_000
MAX_COMPARED_COMMITS = 250
MAX_COMPARED_FILES = 300
_ROLE_TO_PERMISSION = {"admin": "admin", "maintain": "write", "write": "write", "triage": "read", "read": "read"}


@blueprint.get("/repos/<owner>/<repo>")
@needs("metadata=read")
def get_repository(owner: str, repo: str) -> dict[str, Any]:
    return full_repository_json(sandbox(), repository_or_404(owner, repo))


@blueprint.get("/repositories/<int:repository_id>")
def get_repository_of_somebody(repository_id: int) -> dict[str, Any]:
    if is_person():
        return full_repository_json(sandbox(), readable_or_404(repository_id))
    return get_repository_by_id(repository_id)


@needs("metadata=read")
def get_repository_by_id(repository_id: int) -> dict[str, Any]:
    repository = sandbox().repositories.get(repository_id)
    if repository is None:
        raise not_found()
    return full_repository_json(sandbox(), repository_or_404(repository.owner.login, repository.name))


@blueprint.get("/repos/<owner>/<repo>/collaborators/<username>/permission")
@needs("metadata=read")
def get_permission(owner: str, repo: str, username: str) -> dict[str, Any]:
    repository = repository_or_404(owner, repo)
    user = sandbox().users.get(username.lower())
    if user is None:
        raise not_found()
    role = repository.roles.get(user.login, "none" if repository.private else "read")
    level = _ROLE_TO_PERMISSION.get(role, "none")
    permissions = {
        "pull": role != "none",
        "triage": role in ("triage", "write", "maintain", "admin"),
        "push": level in ("write", "admin"),
        "maintain": role in ("maintain", "admin"),
        "admin": role == "admin",
    }
    account = {**user_json(sandbox(), user), "permissions": permissions, "role_name": role}
    return {"permission": level, "role_name": role, "user": account}


@blueprint.get("/repos/<owner>/<repo>/contents/", defaults={"path": ""})
@blueprint.get("/repos/<owner>/<repo>/contents/<path:path>")
@needs("contents=read")
def get_contents(owner: str, repo: str, path: str) -> Any:
    """A file, or the list of a folder; above 1 MB only the raw media type has the content."""
    repository = repository_or_404(owner, repo)
    ref = request.args.get("ref", repository.default_branch)
    if repository.git.resolve(ref) is None:
        raise ApiError(404, f"No commit found for the ref {ref}")
    path = path.strip("/")
    entry = repository.git.entry(ref, path) if path else None
    if path and entry is None:
        raise not_found()
    if entry is None or entry.type == "tree":
        return _folder(repository, ref, path)
    data = repository.git.blob(entry.sha)
    if "raw" in request.headers.get("Accept", ""):
        return Response(data, mimetype="application/vnd.github.raw")
    shape = content_json(sandbox(), repository, ref, entry, data if len(data) <= MAX_CONTENT else b"")
    return shape if len(data) <= MAX_CONTENT else {**shape, "encoding": "none"}


def _folder(repository: Repository, ref: str, path: str) -> list[dict[str, Any]]:
    entries = repository.git.tree(f"{ref}:{path}" if path else ref)
    prefix = f"{path}/" if path else ""
    return [content_json(sandbox(), repository, ref, replace(entry, path=prefix + entry.path)) for entry in entries]


@blueprint.get("/repos/<owner>/<repo>/git/trees/<path:tree_sha>")
@needs("contents=read")
def get_tree(owner: str, repo: str, tree_sha: str) -> dict[str, Any]:
    repository = repository_or_404(owner, repo)
    try:
        entries = repository.git.tree(tree_sha, recursive="recursive" in request.args)
        sha = repository.git.text("rev-parse", "--verify", "--quiet", "--end-of-options", f"{tree_sha}^{{tree}}")
    except GitError:
        raise not_found() from None
    return {
        "sha": sha,
        "url": f"{repository_api(sandbox(), repository)}/git/trees/{sha}",
        "tree": [tree_entry_json(sandbox(), repository, entry) for entry in entries[:MAX_TREE_ENTRIES]],
        "truncated": len(entries) > MAX_TREE_ENTRIES,
    }


@blueprint.get("/repos/<owner>/<repo>/git/ref/<path:ref>")
@needs("contents=read")
def get_reference(owner: str, repo: str, ref: str) -> dict[str, Any]:
    repository = repository_or_404(owner, repo)
    sha = repository.git.refs("refs").get(f"refs/{ref}")
    if sha is None:
        raise not_found()
    return reference_json(sandbox(), repository, f"refs/{ref}", sha)


@blueprint.get("/repos/<owner>/<repo>/git/matching-refs/<path:ref>")
@needs("contents=read")
def list_references(owner: str, repo: str, ref: str) -> Any:
    repository = repository_or_404(owner, repo)
    found = [(name, sha) for name, sha in repository.git.refs("refs").items() if name.startswith(f"refs/{ref}")]
    return listed(found, lambda pair: reference_json(sandbox(), repository, *pair))


class NewReference(Body):
    ref: str
    sha: str


@blueprint.post("/repos/<owner>/<repo>/git/refs")
@needs("contents=write")
def create_reference(owner: str, repo: str) -> Any:
    repository, body = repository_or_404(owner, repo), read_body(NewReference)
    if not body.ref.startswith("refs/heads/") or body.ref.count("/") < 2:
        raise ApiError(422, "Reference name must start with 'refs/' and have at least two slashes.")
    if body.ref in repository.git.refs():
        raise ApiError(422, "Reference already exists")
    _move(repository, body.ref, _object(repository, body.sha))
    return reference_json(sandbox(), repository, body.ref, body.sha), 201


class MovedReference(Body):
    sha: str
    force: bool = False


@blueprint.patch("/repos/<owner>/<repo>/git/refs/<path:ref>")
@needs("contents=write")
def update_reference(owner: str, repo: str, ref: str) -> Any:
    repository, body = repository_or_404(owner, repo), read_body(MovedReference)
    full = f"refs/{ref}"
    old = repository.git.refs().get(full)
    if old is None:
        raise ApiError(422, "Reference does not exist")
    sha = _object(repository, body.sha)
    if not body.force and not repository.git.is_ancestor(old, sha):
        raise ApiError(422, "Update is not a fast forward")
    _move(repository, full, sha)
    return reference_json(sandbox(), repository, full, sha)


@blueprint.get("/repos/<owner>/<repo>/git/commits/<commit_sha>")
@needs("contents=read")
def get_git_commit(owner: str, repo: str, commit_sha: str) -> dict[str, Any]:
    repository = repository_or_404(owner, repo)
    sha = commit_or_404(repository, commit_sha)
    return git_commit_json(sandbox(), repository, repository.git.read_commit(sha))


@blueprint.get("/repos/<owner>/<repo>/commits/<path:ref>")
@needs("contents=read")
def get_commit(owner: str, repo: str, ref: str) -> dict[str, Any]:
    repository = repository_or_404(owner, repo)
    sha = commit_or_422(repository, ref)
    return commit_json(sandbox(), repository, repository.git.read_commit(sha))


@blueprint.get("/repos/<owner>/<repo>/compare/<path:basehead>")
@needs("contents=read")
def compare(owner: str, repo: str, basehead: str) -> Any:
    """Of what differs since the merge base; the files come with the first page only."""
    repository = repository_or_404(owner, repo)
    base_name, dots, head_name = basehead.partition("...")
    if not dots:
        raise not_found()
    git, state = repository.git, sandbox()
    base, head = commit_or_404(repository, base_name), commit_or_404(repository, head_name)
    merge_base = git.merge_base(base, head)
    if merge_base is None:
        raise ApiError(404, f"No common ancestor between {base_name} and {head_name}.")
    diff = diff_of(git, merge_base, head)
    if "diff" in request.headers.get("Accept", ""):
        return Response(diff.raw, mimetype="application/vnd.github.diff")
    ahead, behind = git.count(base, head), git.count(head, base)
    commits, headers = page_of(git.log(f"{base}..{head}", limit=MAX_COMPARED_COMMITS))
    html = f"{repository_html(state, repository)}/compare/{basehead}"
    body = {
        "url": f"{repository_api(state, repository)}/compare/{basehead}",
        "html_url": html,
        "permalink_url": f"{repository_html(state, repository)}/compare/{base}...{head}",
        "diff_url": f"{html}.diff",
        "patch_url": f"{html}.patch",
        "base_commit": commit_json(state, repository, git.read_commit(base)),
        "merge_base_commit": commit_json(state, repository, git.read_commit(merge_base)),
        "status": _relation(ahead, behind),
        "ahead_by": ahead,
        "behind_by": behind,
        "total_commits": ahead,
        "commits": [commit_json(state, repository, commit) for commit in commits],
    }
    if request.args.get("page", "1") == "1":
        body["files"] = [diff_entry_json(state, repository, head, file) for file in diff.files[:MAX_COMPARED_FILES]]
    return body, 200, headers


def _relation(ahead: int, behind: int) -> str:
    if ahead and behind:
        return "diverged"
    return "ahead" if ahead else "behind" if behind else "identical"


def _object(repository: Repository, sha: str) -> str:
    if repository.git.resolve(sha) != sha:
        raise invalid("Reference", "sha", "Object does not exist")
    return sha


def _move(repository: Repository, ref: str, sha: str) -> None:
    before = repository.git.refs()
    repository.git.set_ref(ref, sha)
    branches_moved(sandbox(), repository, before, current().user)
