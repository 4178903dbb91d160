"""Repositories, commits, trees and files."""

from __future__ import annotations

import base64
from datetime import datetime

from bot.sandbox.diff import FileDiff
from bot.sandbox.git import Commit, TreeEntry
from bot.sandbox.model import Repository, User
from bot.sandbox.shapes.basics import Json, moment, node_id, user_json
from bot.sandbox.state import SandboxState

_URLS = {
    "archive_url": "/{archive_format}{/ref}",
    "assignees_url": "/assignees{/user}",
    "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}",
    "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}",
    "commits_url": "/commits{/sha}",
    "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}",
    "contributors_url": "/contributors",
    "deployments_url": "/deployments",
    "downloads_url": "/downloads",
    "events_url": "/events",
    "forks_url": "/forks",
    "git_commits_url": "/git/commits{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "hooks_url": "/hooks",
    "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}",
    "issues_url": "/issues{/number}",
    "keys_url": "/keys{/key_id}",
    "labels_url": "/labels{/name}",
    "languages_url": "/languages",
    "merges_url": "/merges",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "pulls_url": "/pulls{/number}",
    "releases_url": "/releases{/id}",
    "stargazers_url": "/stargazers",
    "statuses_url": "/statuses/{sha}",
    "subscribers_url": "/subscribers",
    "subscription_url": "/subscription",
    "tags_url": "/tags",
    "teams_url": "/teams",
    "trees_url": "/git/trees{/sha}",
}
_COUNTS = ("forks", "forks_count", "stargazers_count", "watchers", "watchers_count", "size")
_ON = ("has_issues", "has_projects", "has_wiki", "has_downloads")
_OFF = ("has_pages", "has_discussions", "archived", "disabled", "is_template", "web_commit_signoff_required")


def repository_api(state: SandboxState, repository: Repository) -> str:
    return f"{state.api_url}/repos/{repository.full_name}"


def repository_html(state: SandboxState, repository: Repository) -> str:
    return f"{state.url}/{repository.full_name}"


def repository_json(state: SandboxState, repository: Repository) -> Json:
    api, html = repository_api(state, repository), repository_html(state, repository)
    still_open = sum(pull.open for pull in state.pulls_of(repository))
    return {
        "id": repository.id,
        "node_id": node_id("Repository", repository.id),
        "name": repository.name,
        "full_name": repository.full_name,
        "owner": user_json(state, repository.owner),
        "private": repository.private,
        "visibility": "private" if repository.private else "public",
        "html_url": html,
        "description": repository.description or None,
        "fork": repository.parent is not None,
        "url": api,
        **{key: api + suffix for key, suffix in _URLS.items()},
        "clone_url": f"{html}.git",
        "git_url": f"git:{html.partition(':')[2]}.git",
        "ssh_url": f"git@127.0.0.1:{repository.full_name}.git",
        "svn_url": html,
        "mirror_url": None,
        "homepage": None,
        "language": "Python",
        "license": None,
        "topics": [],
        "allow_forking": True,
        "default_branch": repository.default_branch,
        "open_issues": still_open,
        "open_issues_count": still_open,
        "created_at": moment(repository.created_at),
        "updated_at": moment(repository.pushed_at),
        "pushed_at": moment(repository.pushed_at),
        **dict.fromkeys(_COUNTS, 0),
        **dict.fromkeys(_ON, True),
        **dict.fromkeys(_OFF, False),
    }


def full_repository_json(state: SandboxState, repository: Repository) -> Json:
    more: Json = {"subscribers_count": 0, "network_count": 0}
    if repository.parent is not None:
        parent = repository_json(state, repository.parent)
        more |= {"parent": parent, "source": parent}
    return {**repository_json(state, repository), **more}


def installed_repository_json(repository: Repository) -> Json:
    """The short form in the payloads of `installation` and `installation_repositories`."""
    return {
        "id": repository.id,
        "node_id": node_id("Repository", repository.id),
        "name": repository.name,
        "full_name": repository.full_name,
        "private": repository.private,
    }


def author_of(state: SandboxState, email: str) -> User | None:
    return next((user for user in state.users.values() if user.email == email), None)


def commit_json(state: SandboxState, repository: Repository, commit: Commit) -> Json:
    api, html = repository_api(state, repository), repository_html(state, repository)
    author, committer = (author_of(state, each.email) for each in (commit.author, commit.committer))
    return {
        "sha": commit.sha,
        "node_id": node_id("Commit", f"{repository.id}:{commit.sha}"),
        "url": f"{api}/commits/{commit.sha}",
        "html_url": f"{html}/commit/{commit.sha}",
        "comments_url": f"{api}/commits/{commit.sha}/comments",
        "commit": {
            "url": f"{api}/git/commits/{commit.sha}",
            **_signatures(commit),
            "message": commit.message,
            "comment_count": 0,
            "tree": {"sha": commit.tree, "url": f"{api}/git/trees/{commit.tree}"},
            "verification": _UNVERIFIED,
        },
        "author": user_json(state, author) if author else {},
        "committer": user_json(state, committer) if committer else {},
        "parents": _parents(state, repository, commit),
    }


def git_commit_json(state: SandboxState, repository: Repository, commit: Commit) -> Json:
    api, html = repository_api(state, repository), repository_html(state, repository)
    return {
        "sha": commit.sha,
        "node_id": node_id("Commit", f"{repository.id}:{commit.sha}"),
        "url": f"{api}/git/commits/{commit.sha}",
        "html_url": f"{html}/commit/{commit.sha}",
        **_signatures(commit),
        "message": commit.message,
        "tree": {"sha": commit.tree, "url": f"{api}/git/trees/{commit.tree}"},
        "parents": _parents(state, repository, commit),
        "verification": _UNVERIFIED,
    }


_UNVERIFIED = {"verified": False, "reason": "unsigned", "signature": None, "payload": None, "verified_at": None}


def _signatures(commit: Commit) -> Json:
    return {
        "author": {"name": commit.author.name, "email": commit.author.email, "date": utc(commit.authored_at)},
        "committer": {"name": commit.committer.name, "email": commit.committer.email, "date": utc(commit.committed_at)},
    }


def utc(written: str) -> str:
    return moment(datetime.fromisoformat(written))


def _parents(state: SandboxState, repository: Repository, commit: Commit) -> list[Json]:
    api, html = repository_api(state, repository), repository_html(state, repository)
    return [{"sha": sha, "url": f"{api}/commits/{sha}", "html_url": f"{html}/commit/{sha}"} for sha in commit.parents]


def simple_commit_json(commit: Commit) -> Json:
    """The form inside check suites and merge groups."""
    return {
        "id": commit.sha,
        "tree_id": commit.tree,
        "message": commit.message,
        "timestamp": utc(commit.committed_at),
        "author": {"name": commit.author.name, "email": commit.author.email},
        "committer": {"name": commit.committer.name, "email": commit.committer.email},
    }


def pushed_commit_json(
    state: SandboxState, repository: Repository, commit: Commit, changed: dict[str, list[str]], *, distinct: bool
) -> Json:
    """The form inside a `push`; `changed` has the paths under added, removed and modified.

    `distinct` is false for a commit that was on another branch before.
    """
    return {
        **simple_commit_json(commit),
        "distinct": distinct,
        "url": f"{repository_html(state, repository)}/commit/{commit.sha}",
        **changed,
    }


def diff_entry_json(state: SandboxState, repository: Repository, head: str, file: FileDiff) -> Json:
    api, html = repository_api(state, repository), repository_html(state, repository)
    entry: Json = {
        "sha": file.blob,
        "filename": file.path,
        "status": file.status,
        "additions": file.additions,
        "deletions": file.deletions,
        "changes": file.additions + file.deletions,
        "blob_url": f"{html}/blob/{head}/{file.path}",
        "raw_url": f"{html}/raw/{head}/{file.path}",
        "contents_url": f"{api}/contents/{file.path}?ref={head}",
    }
    if file.previous_path:
        entry["previous_filename"] = file.previous_path
    if file.patch is not None:
        entry["patch"] = file.patch
    return entry


def reference_json(state: SandboxState, repository: Repository, ref: str, sha: str) -> Json:
    api = repository_api(state, repository)
    return {
        "ref": ref,
        "node_id": node_id("Ref", f"{repository.id}:{ref}"),
        "url": f"{api}/git/{ref}",
        "object": {"type": "commit", "sha": sha, "url": f"{api}/git/commits/{sha}"},
    }


def tree_entry_json(state: SandboxState, repository: Repository, entry: TreeEntry) -> Json:
    kind = {"blob": "blobs", "tree": "trees", "commit": "commits"}[entry.type]
    shape: Json = {
        "path": entry.path,
        "mode": entry.mode,
        "type": entry.type,
        "sha": entry.sha,
        "url": f"{repository_api(state, repository)}/git/{kind}/{entry.sha}",
    }
    return shape if entry.size is None else {**shape, "size": entry.size}


def content_json(
    state: SandboxState, repository: Repository, ref: str, entry: TreeEntry, content: bytes | None = None
) -> Json:
    """A file with its `content`, or an entry of a folder without."""
    api, html = repository_api(state, repository), repository_html(state, repository)
    is_file = entry.type == "blob"
    kind, page = ("blobs", "blob") if is_file else ("trees", "tree")
    url, git_url = f"{api}/contents/{entry.path}?ref={ref}", f"{api}/git/{kind}/{entry.sha}"
    html_url = f"{html}/{page}/{ref}/{entry.path}"
    shape: Json = {
        "type": "file" if is_file else "dir",
        "name": entry.path.rpartition("/")[2],
        "path": entry.path,
        "sha": entry.sha,
        "size": entry.size or 0,
        "url": url,
        "html_url": html_url,
        "git_url": git_url,
        "download_url": f"{html}/raw/{ref}/{entry.path}" if is_file else None,
        "_links": {"self": url, "git": git_url, "html": html_url},
    }
    if content is not None:
        shape |= {"encoding": "base64", "content": base64.encodebytes(content).decode()}
    return shape
