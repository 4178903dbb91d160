"""Pull requests, and the issue that each of them is too."""

from __future__ import annotations

from bot.sandbox.diff import Diff, diff_of
from bot.sandbox.model import MergeGroup, Pull, Repository, User
from bot.sandbox.shapes.basics import Json, association, moment, moment_or_none, node_id, pull_html_url, user_json
from bot.sandbox.shapes.repositories import repository_api, repository_json, simple_commit_json
from bot.sandbox.state import SandboxState


def merge_base_of(pull: Pull) -> str:
    """Unrelated histories have none; then the base itself is compared with."""
    return pull.repository.git.merge_base(pull.base_sha, pull.head_sha) or pull.base_sha


def pull_diff(pull: Pull) -> Diff:
    return diff_of(pull.repository.git, merge_base_of(pull), pull.head_sha)


def simple_pull_json(state: SandboxState, pull: Pull) -> Json:
    """The form in lists."""
    api, html = _pull_api(state, pull), pull_html_url(state, pull)
    issue = f"{repository_api(state, pull.repository)}/issues/{pull.number}"
    statuses = f"{repository_api(state, pull.repository)}/statuses/{pull.head_sha}"
    comment = f"{repository_api(state, pull.repository)}/pulls/comments{{/number}}"
    links = {
        "self": api,
        "html": html,
        "issue": issue,
        "comments": f"{issue}/comments",
        "review_comments": f"{api}/comments",
        "review_comment": comment,
        "commits": f"{api}/commits",
        "statuses": statuses,
    }
    return {
        "url": api,
        "id": pull.id,
        "node_id": node_id("PullRequest", pull.id),
        "html_url": html,
        "diff_url": f"{html}.diff",
        "patch_url": f"{html}.patch",
        "issue_url": issue,
        "commits_url": f"{api}/commits",
        "review_comments_url": f"{api}/comments",
        "review_comment_url": comment,
        "comments_url": f"{issue}/comments",
        "statuses_url": statuses,
        "number": pull.number,
        "state": pull.state,
        "locked": False,
        "active_lock_reason": None,
        "title": pull.title,
        "user": user_json(state, pull.user),
        "body": pull.body or None,
        "labels": [],
        "milestone": None,
        "assignee": None,
        "assignees": [],
        "requested_reviewers": [],
        "requested_teams": [],
        "draft": pull.draft,
        "created_at": moment(pull.created_at),
        "updated_at": moment(pull.updated_at),
        "closed_at": moment_or_none(pull.closed_at),
        "merged_at": moment_or_none(pull.merged_at),
        "merge_commit_sha": pull.merge_commit_sha,
        "head": _branch(state, pull.head_owner, pull.head_repository, pull.head_ref, pull.head_sha),
        "base": _branch(state, pull.repository.owner, pull.repository, pull.base_ref, pull.base_sha),
        "_links": {name: {"href": url} for name, url in links.items()},
        "author_association": association(pull.repository, pull.user),
        "auto_merge": None,
    }


def pull_json(state: SandboxState, pull: Pull) -> Json:
    diff = pull_diff(pull)
    return {
        **simple_pull_json(state, pull),
        "merged": pull.merged_at is not None,
        "mergeable": None,
        "mergeable_state": "unknown",
        "rebaseable": None,
        "merged_by": user_json(state, pull.merged_by) if pull.merged_by else None,
        "comments": len(state.issue_comments_of(pull)),
        "review_comments": len(state.review_comments_of(pull)),
        "maintainer_can_modify": False,
        "commits": pull.repository.git.count(pull.base_sha, pull.head_sha),
        "additions": sum(file.additions for file in diff.files),
        "deletions": sum(file.deletions for file in diff.files),
        "changed_files": len(diff.files),
    }


def pull_minimal_json(state: SandboxState, pull: Pull) -> Json:
    """The form inside check runs and suites."""
    return {
        "id": pull.id,
        "number": pull.number,
        "url": _pull_api(state, pull),
        "head": _minimal_branch(state, pull.head_repository or pull.repository, pull.head_ref, pull.head_sha),
        "base": _minimal_branch(state, pull.repository, pull.base_ref, pull.base_sha),
    }


def pulls_at(state: SandboxState, repository: Repository, sha: str) -> list[Pull]:
    """Open pull requests of branches of the repository itself: GitHub lists none of forks with a check."""
    found = state.pulls_of(repository)
    return [pull for pull in found if pull.open and pull.head_sha == sha and pull.head_repository is repository]


def issue_json(state: SandboxState, pull: Pull) -> Json:
    html = pull_html_url(state, pull)
    api = f"{repository_api(state, pull.repository)}/issues/{pull.number}"
    return {
        "url": api,
        "repository_url": repository_api(state, pull.repository),
        "labels_url": f"{api}/labels{{/name}}",
        "comments_url": f"{api}/comments",
        "events_url": f"{api}/events",
        "html_url": html,
        "id": pull.id,
        "node_id": node_id("PullRequest", pull.id),
        "number": pull.number,
        "title": pull.title,
        "user": user_json(state, pull.user),
        "labels": [],
        "state": pull.state,
        "locked": False,
        "assignee": None,
        "assignees": [],
        "milestone": None,
        "comments": len(state.issue_comments_of(pull)),
        "created_at": moment(pull.created_at),
        "updated_at": moment(pull.updated_at),
        "closed_at": moment_or_none(pull.closed_at),
        "author_association": association(pull.repository, pull.user),
        "active_lock_reason": None,
        "draft": pull.draft,
        "pull_request": {
            "url": _pull_api(state, pull),
            "html_url": html,
            "diff_url": f"{html}.diff",
            "patch_url": f"{html}.patch",
            "merged_at": moment_or_none(pull.merged_at),
        },
        "body": pull.body or None,
        "reactions": reactions_json(f"{api}/reactions", []),
        "timeline_url": f"{api}/timeline",
        "performed_via_github_app": None,
        "state_reason": None,
    }


def merge_group_json(repository: Repository, group: MergeGroup) -> Json:
    return {
        "head_sha": group.head_sha,
        "head_ref": group.head_ref,
        "base_sha": group.base_sha,
        "base_ref": group.base_ref,
        "head_commit": simple_commit_json(repository.git.read_commit(group.head_sha)),
    }


REACTIONS = ("+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes")


def reactions_json(url: str, contents: list[str]) -> Json:
    return {"url": url, "total_count": len(contents), **{name: contents.count(name) for name in REACTIONS}}


def _pull_api(state: SandboxState, pull: Pull) -> str:
    return f"{repository_api(state, pull.repository)}/pulls/{pull.number}"


def _branch(state: SandboxState, owner: User, repository: Repository | None, ref: str, sha: str) -> Json:
    return {
        "label": f"{owner.login}:{ref}",
        "ref": ref,
        "sha": sha,
        "user": user_json(state, owner),
        "repo": repository_json(state, repository) if repository else None,
    }


def _minimal_branch(state: SandboxState, repository: Repository, ref: str, sha: str) -> Json:
    url = repository_api(state, repository)
    return {"ref": ref, "sha": sha, "repo": {"id": repository.id, "url": url, "name": repository.name}}
