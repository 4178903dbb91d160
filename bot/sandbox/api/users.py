"""What somebody who signed in sees: the account, and where the app is installed; and an app made from a manifest."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from bot.sandbox.api.http import not_found, page_of, person, sandbox
from bot.sandbox.model import Installation, Repository
from bot.sandbox.shapes.apps import created_app_json, installation_json
from bot.sandbox.shapes.basics import account_json
from bot.sandbox.shapes.repositories import repository_json

blueprint = Blueprint("users", __name__)


@blueprint.post("/app-manifests/<code>/conversions")
def convert_manifest(code: str) -> Any:
    """Needs no authentication but the code, which works once."""
    grant = sandbox().grants.pop(code, None)
    if grant is None or grant.user is not None or sandbox().clock() >= grant.expires_at:
        raise not_found()
    return created_app_json(sandbox(), grant.app), 201


@blueprint.get("/user")
def get_user() -> dict[str, Any]:
    return account_json(sandbox(), person().user)


@blueprint.get("/user/installations")
def list_installations() -> Any:
    state = sandbox()
    mine = [each for each in state.installations.values() if _covered(each)]
    chosen, headers = page_of(mine)
    return (
        {"total_count": len(mine), "installations": [installation_json(state, each) for each in chosen]},
        200,
        headers,
    )


@blueprint.get("/user/installations/<int:installation_id>/repositories")
def list_repositories(installation_id: int) -> Any:
    state = sandbox()
    installation = state.installations.get(installation_id)
    covered = _covered(installation) if installation else []
    if not covered:
        raise not_found()
    chosen, headers = page_of(covered)
    body = {"total_count": len(covered), "repositories": [repository_json(state, each) for each in chosen]}
    return body, 200, headers


def _covered(installation: Installation) -> list[Repository]:
    """Those of the installation that the person may read."""
    asking, state = person(), sandbox()
    if installation.app is not asking.app:
        return []
    covered = [each for each in state.repositories.values() if installation.covers(each)]
    return [each for each in covered if state.can_read(asking.user, each)]
