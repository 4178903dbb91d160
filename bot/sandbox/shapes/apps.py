"""Apps, installations, tokens and webhook deliveries."""

from __future__ import annotations

import json
from typing import Any

from bot.sandbox.model import App, Delivery, Installation, Token
from bot.sandbox.shapes.basics import Json, moment, moment_or_none, node_id, user_json
from bot.sandbox.shapes.repositories import repository_json
from bot.sandbox.state import SandboxState


def app_json(state: SandboxState, app: App) -> Json:
    installed = sum(each.app is app for each in state.installations.values())
    return {
        "id": app.id,
        "slug": app.slug,
        "client_id": app.client_id,
        "node_id": node_id("Integration", app.id),
        "owner": user_json(state, app.owner),
        "name": app.name,
        "description": app.description,
        "external_url": "http://127.0.0.1",
        "html_url": f"{state.url}/github-apps/{app.slug}",
        "created_at": moment(app.created_at),
        "updated_at": moment(app.created_at),
        "permissions": dict(app.permissions),
        "events": list(app.events),
        "installations_count": installed,
    }


def created_app_json(state: SandboxState, app: App) -> Json:
    """With all that GitHub hands out once."""
    shape = app_json(state, app)
    return shape | {
        "client_secret": app.client_secret,
        "webhook_secret": app.webhook_secret,
        "pem": app.private_key,
    }


def embedded_app_json(state: SandboxState, app: App) -> Json:
    """As inside check runs and comments: without the count of installations."""
    shape = app_json(state, app)
    del shape["installations_count"]
    return shape


def installation_json(state: SandboxState, installation: Installation) -> Json:
    api = f"{state.api_url}/app/installations/{installation.id}"
    suspended_by = installation.suspended_by
    return {
        "id": installation.id,
        "client_id": installation.app.client_id,
        "account": user_json(state, installation.account),
        "repository_selection": "all" if installation.repository_ids is None else "selected",
        "access_tokens_url": f"{api}/access_tokens",
        "repositories_url": f"{state.api_url}/installation/repositories",
        "html_url": f"{state.url}/settings/installations/{installation.id}",
        "app_id": installation.app.id,
        "app_slug": installation.app.slug,
        "target_id": installation.account.id,
        "target_type": installation.account.kind,
        "permissions": dict(installation.permissions),
        "events": list(installation.events),
        "created_at": moment(installation.created_at),
        "updated_at": moment(installation.updated_at),
        "single_file_name": None,
        "has_multiple_single_files": False,
        "single_file_paths": [],
        "suspended_at": moment_or_none(installation.suspended_at),
        "suspended_by": user_json(state, suspended_by) if suspended_by else None,
    }


def token_json(state: SandboxState, token: Token) -> Json:
    shape: Json = {
        "token": token.value,
        "expires_at": moment(token.expires_at),
        "permissions": dict(token.permissions),
        "repository_selection": "all" if token.installation.repository_ids is None else "selected",
    }
    if token.repository_ids is not None:
        shape["repository_selection"] = "selected"
        chosen = (state.repositories[key] for key in sorted(token.repository_ids))
        shape["repositories"] = [repository_json(state, each) for each in chosen]
    return shape


def hook_config_json(app: App) -> Json:
    return {"url": app.webhook_url, "content_type": "json", "secret": "********", "insecure_ssl": "0"}


def delivery_item_json(delivery: Delivery) -> Json:
    return {
        "id": delivery.id,
        "guid": delivery.guid,
        "delivered_at": moment(delivery.delivered_at),
        "redelivery": delivery.redelivery,
        "duration": delivery.duration,
        "status": delivery.status,
        "status_code": delivery.status_code,
        "event": delivery.event,
        "action": delivery.action,
        "installation_id": delivery.installation_id,
        "repository_id": delivery.repository_id,
        "throttled_at": None,
    }


def delivery_json(app: App, delivery: Delivery) -> Json:
    payload: Any = json.loads(delivery.body)
    return {
        **delivery_item_json(delivery),
        "url": app.webhook_url,
        "request": {"headers": dict(delivery.headers), "payload": payload},
        "response": {"headers": dict(delivery.response_headers), "payload": delivery.response_body},
    }
