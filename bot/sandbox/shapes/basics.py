"""Times, node ids and accounts."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

from bot.sandbox.model import Pull, Repository, User
from bot.sandbox.state import SandboxState

Json = dict[str, Any]


def moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment_or_none(at: datetime | None) -> str | None:
    return None if at is None else moment(at)


def node_id(kind: str, key: object) -> str:
    return base64.b64encode(f"0{len(kind)}:{kind}{key}".encode()).decode()


def user_json(state: SandboxState, user: User) -> Json:
    api = f"{state.api_url}/users/{user.login}"
    html = f"{state.url}/{user.login}"
    if user.kind == "Bot":
        html = f"{state.url}/github-apps/{user.login.removesuffix('[bot]')}"
    return {
        "login": user.login,
        "id": user.id,
        "node_id": node_id(user.kind, user.id),
        "avatar_url": f"{state.url}/avatars/{user.id}",
        "gravatar_id": "",
        "url": api,
        "html_url": html,
        "followers_url": f"{api}/followers",
        "following_url": f"{api}/following{{/other_user}}",
        "gists_url": f"{api}/gists{{/gist_id}}",
        "starred_url": f"{api}/starred{{/owner}}{{/repo}}",
        "subscriptions_url": f"{api}/subscriptions",
        "organizations_url": f"{api}/orgs",
        "repos_url": f"{api}/repos",
        "events_url": f"{api}/events{{/privacy}}",
        "received_events_url": f"{api}/received_events",
        "type": user.kind,
        "site_admin": False,
    }


def account_json(state: SandboxState, user: User) -> Json:
    """As a person sees their own account."""
    nothing = dict.fromkeys(("name", "company", "blog", "location", "email", "hireable", "bio"))
    counts = dict.fromkeys(("public_repos", "public_gists", "followers", "following"), 0)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    times = {"created_at": moment(start), "updated_at": moment(start)}
    return {**user_json(state, user), "user_view_type": "public", **nothing, **counts, **times}


def organization_json(state: SandboxState, user: User) -> Json:
    api = f"{state.api_url}/orgs/{user.login}"
    return {
        "login": user.login,
        "id": user.id,
        "node_id": node_id("Organization", user.id),
        "url": api,
        "repos_url": f"{api}/repos",
        "events_url": f"{api}/events",
        "hooks_url": f"{api}/hooks",
        "issues_url": f"{api}/issues",
        "members_url": f"{api}/members{{/member}}",
        "public_members_url": f"{api}/public_members{{/member}}",
        "avatar_url": f"{state.url}/avatars/{user.id}",
        "description": "",
    }


def association(repository: Repository, user: User) -> str:
    if user.login == repository.owner.login:
        return "OWNER"
    return "COLLABORATOR" if user.login in repository.roles else "NONE"


def pull_html_url(state: SandboxState, pull: Pull) -> str:
    return f"{state.url}/{pull.repository.full_name}/pull/{pull.number}"
