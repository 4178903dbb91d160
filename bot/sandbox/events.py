"""Which app hears of what: turns a happening into webhook deliveries with full payloads."""

from __future__ import annotations

from typing import Any

from bot.sandbox.model import App, CheckRun, CheckSuite, Delivery, Installation, Pull, Repository, User
from bot.sandbox.shapes.apps import installation_json
from bot.sandbox.shapes.basics import Json, moment, node_id, organization_json, user_json
from bot.sandbox.shapes.checks import check_run_event_json, suite_event_json
from bot.sandbox.shapes.pulls import pull_json
from bot.sandbox.shapes.repositories import installed_repository_json, repository_json
from bot.sandbox.state import SandboxState
from bot.sandbox.tokens import allows

_PERMISSIONS = {
    "check_run": "checks",
    "check_suite": "checks",
    "issue_comment": "issues",
    "merge_group": "merge_queues",
    "pull_request": "pull_requests",
    "pull_request_review": "pull_requests",
    "pull_request_review_comment": "pull_requests",
    "pull_request_review_thread": "pull_requests",
    "push": "contents",
}
_FOR_THE_OWNER = {("check_run", "rerequested"), ("check_run", "requested_action")}
_FOR_THE_OWNER |= {("check_suite", "requested"), ("check_suite", "rerequested")}
"""Sent, subscribed or not, to the app that may write checks, and only about its own."""


def emit(
    state: SandboxState,
    event: str,
    action: str | None,
    repository: Repository,
    sender: User,
    payload: Json,
    *,
    owner: App | None = None,
) -> list[Delivery]:
    """Queues the event for every installation that is to hear of it. `owner` is the app whose check it is about."""
    return [
        _send(state, installation, event, action, repository, sender, payload)
        for installation in state.installations_on(repository)
        if _hears(installation, event, action, owner)
    ]


def _hears(installation: Installation, event: str, action: str | None, owner: App | None) -> bool:
    if installation.suspended_at is not None or not installation.app.webhook_url:
        return False
    if (event, action) in _FOR_THE_OWNER:
        return installation.app is owner and allows(installation.permissions, "checks", "write")
    return event in installation.events and allows(installation.permissions, _PERMISSIONS[event], "read")


def _send(
    state: SandboxState,
    installation: Installation,
    event: str,
    action: str | None,
    repository: Repository,
    sender: User,
    payload: Json,
) -> Delivery:
    full: Json = {**({} if action is None else {"action": action}), **payload}
    full |= {"repository": repository_json(state, repository), "sender": user_json(state, sender)}
    full["installation"] = {"id": installation.id, "node_id": node_id("Installation", installation.id)}
    if repository.owner.kind == "Organization":
        full["organization"] = organization_json(state, repository.owner)
    return state.webhooks.send(
        installation.app, event, action, full, installation_id=installation.id, repository_id=repository.id
    )


def emit_pull(state: SandboxState, action: str, pull: Pull, sender: User, **more: Any) -> list[Delivery]:
    payload = {"number": pull.number, "pull_request": pull_json(state, pull), **more}
    return emit(state, "pull_request", action, pull.repository, sender, payload)


def emit_check_run(state: SandboxState, action: str, run: CheckRun, sender: User, **more: Any) -> list[Delivery]:
    payload = {"check_run": check_run_event_json(state, run), **more}
    return emit(state, "check_run", action, run.suite.repository, sender, payload, owner=run.suite.app)


def emit_check_suite(state: SandboxState, action: str, suite: CheckSuite, sender: User) -> list[Delivery]:
    payload = {"check_suite": suite_event_json(state, suite)}
    return emit(state, "check_suite", action, suite.repository, sender, payload, owner=suite.app)


def emit_installation(
    state: SandboxState, action: str, installation: Installation, sender: User, repositories: list[Repository]
) -> Delivery:
    """Sent to every app, subscribed or not."""
    payload = {
        "action": action,
        "installation": installation_json(state, installation),
        "repositories": [installed_repository_json(each) for each in repositories],
        "requester": None,
        "sender": user_json(state, sender),
    }
    return state.webhooks.send(installation.app, "installation", action, payload, installation_id=installation.id)


def emit_installation_repositories(
    state: SandboxState, action: str, installation: Installation, sender: User, repositories: list[Repository]
) -> Delivery:
    """`action` is added or removed."""
    changed: dict[str, list[Json]] = {"repositories_added": [], "repositories_removed": []}
    changed[f"repositories_{action}"] = [installed_repository_json(each) for each in repositories]
    payload = {
        "action": action,
        "installation": installation_json(state, installation),
        "repository_selection": "all" if installation.repository_ids is None else "selected",
        **changed,
        "requester": None,
        "sender": user_json(state, sender),
    }
    return state.webhooks.send(
        installation.app, "installation_repositories", action, payload, installation_id=installation.id
    )


def ping(state: SandboxState, app: App) -> Delivery:
    """What GitHub sends when a webhook was configured: no action, no installation."""
    hook = {
        "type": "App",
        "id": app.id,
        "name": "web",
        "active": True,
        "events": list(app.events),
        "config": {"content_type": "json", "insecure_ssl": "0", "secret": "********", "url": app.webhook_url},
        "created_at": moment(app.created_at),
        "updated_at": moment(app.created_at),
        "app_id": app.id,
        "deliveries_url": f"{state.api_url}/app/hook/deliveries",
    }
    payload = {"zen": "Anything added dilutes everything else.", "hook_id": app.id, "hook": hook}
    return state.webhooks.send(app, "ping", None, payload)
