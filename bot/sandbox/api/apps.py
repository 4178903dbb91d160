"""Apps: their installations, tokens, webhook configuration and deliveries. All but the last view need the app's JWT."""

from __future__ import annotations

from typing import Annotated, Any

from flask import Blueprint, Response, request
from pydantic import StringConstraints

from bot.sandbox.api.http import (
    ApiError,
    Body,
    as_app,
    current,
    integer,
    listed,
    needs,
    not_found,
    page_of,
    read_body,
    sandbox,
)
from bot.sandbox.model import Delivery, Installation, Repository
from bot.sandbox.shapes.apps import (
    app_json,
    delivery_item_json,
    delivery_json,
    hook_config_json,
    installation_json,
    token_json,
)
from bot.sandbox.shapes.repositories import repository_json
from bot.sandbox.tokens import is_within, issue_token

blueprint = Blueprint("apps", __name__)
MAX_TOKEN_REPOSITORIES = 500


@blueprint.get("/app")
@as_app
def get_app() -> dict[str, Any]:
    return app_json(sandbox(), current().app)


@blueprint.get("/app/installations")
@as_app
def list_installations() -> Any:
    state = sandbox()
    mine = [each for each in state.installations.values() if each.app is current().app]
    return listed(mine, lambda each: installation_json(state, each))


@blueprint.get("/app/installations/<int:installation_id>")
@as_app
def get_installation(installation_id: int) -> dict[str, Any]:
    return installation_json(sandbox(), _installation(installation_id))


@blueprint.get("/repos/<owner>/<repo>/installation")
@as_app
def get_repository_installation(owner: str, repo: str) -> dict[str, Any]:
    repository = sandbox().find_repository(owner, repo)
    if repository is None:
        raise not_found()
    for installation in sandbox().installations_on(repository):
        if installation.app is current().app:
            return installation_json(sandbox(), installation)
    raise not_found()


class TokenRequest(Body):
    repositories: list[str] | None = None
    repository_ids: list[int] | None = None
    permissions: dict[str, Annotated[str, StringConstraints(pattern="^(read|write|admin)$")]] | None = None


@blueprint.post("/app/installations/<int:installation_id>/access_tokens")
@as_app
def create_token(installation_id: int) -> Any:
    installation = _installation(installation_id)
    if installation.suspended_at is not None:
        raise ApiError(403, "This installation has been suspended")
    body = read_body(TokenRequest)
    permissions = body.permissions or dict(installation.permissions)
    if not is_within(permissions, installation.permissions):
        raise ApiError(422, "The permissions requested are not granted to this installation.")
    chosen = _chosen(installation, body)
    token = issue_token(sandbox(), installation, {"metadata": "read", **permissions}, chosen)
    return token_json(sandbox(), token), 201


@blueprint.get("/app/hook/config")
@as_app
def get_hook_config() -> dict[str, Any]:
    return hook_config_json(current().app)


class HookConfig(Body):
    url: str | None = None
    content_type: str | None = None
    secret: str | None = None
    insecure_ssl: str | float | None = None


@blueprint.patch("/app/hook/config")
@as_app
def update_hook_config() -> dict[str, Any]:
    body, app = read_body(HookConfig), current().app
    app.webhook_url = app.webhook_url if body.url is None else body.url
    app.webhook_secret = app.webhook_secret if body.secret is None else body.secret
    return hook_config_json(app)


@blueprint.get("/app/hook/deliveries")
@as_app
def list_deliveries() -> Any:
    """Newest first; `cursor` is the id of the first delivery of the page."""
    size = min(integer("per_page", 30), 100)
    found = sorted(_my_deliveries(), key=lambda each: -each.id)
    match request.args.get("status"):
        case None:
            pass
        case "success":
            found = [each for each in found if 200 <= each.status_code < 400]
        case "failure":
            found = [each for each in found if 400 <= each.status_code < 600]
        case _:
            raise ApiError(422, 'Invalid value for "status"')
    cursor = request.args.get("cursor", "")
    if cursor:
        if not cursor.isdecimal():
            raise ApiError(400, "Invalid cursor")
        found = [each for each in found if each.id <= int(cursor)]
    headers = {}
    if len(found) > size:
        url = f"{sandbox().url}{request.path}?per_page={size}&cursor={found[size].id}"
        headers["Link"] = f'<{url}>; rel="next"'
    return [delivery_item_json(each) for each in found[:size]], 200, headers


@blueprint.get("/app/hook/deliveries/<int:delivery_id>")
@as_app
def get_delivery(delivery_id: int) -> dict[str, Any]:
    return delivery_json(current().app, _delivery(delivery_id))


@blueprint.post("/app/hook/deliveries/<int:delivery_id>/attempts")
@as_app
def redeliver(delivery_id: int) -> Any:
    sandbox().webhooks.redeliver(current().app, _delivery(delivery_id))
    return {}, 202


@blueprint.get("/installation/repositories")
@needs("metadata=read")
def list_repositories() -> Any:
    state, token = sandbox(), current().token
    covered = [each for each in state.repositories.values() if token is not None and token.covers(each)]
    chosen, headers = page_of(covered)
    body = {"total_count": len(covered), "repositories": [repository_json(state, each) for each in chosen]}
    return body, 200, headers


@blueprint.delete("/installation/token")
@needs("metadata=read")
def revoke_token() -> Response:
    token = current().token
    if token is not None:
        del sandbox().tokens[token.value]
    return Response(status=204)


def _installation(installation_id: int) -> Installation:
    installation = sandbox().installations.get(installation_id)
    if installation is None or installation.app is not current().app:
        raise not_found()
    return installation


def _chosen(installation: Installation, body: TokenRequest) -> frozenset[int] | None:
    if body.repositories is None and body.repository_ids is None:
        return None
    wanted = len(body.repositories or []) + len(body.repository_ids or [])
    if not 0 < wanted <= MAX_TOKEN_REPOSITORIES:
        raise ApiError(422, f"Between 1 and {MAX_TOKEN_REPOSITORIES} repositories can be chosen.")
    covered = [each for each in sandbox().repositories.values() if installation.covers(each)]
    chosen = [each for each in covered if _is_chosen(each, body)]
    if len(chosen) < wanted:
        raise ApiError(
            422,
            "There is at least one repository that does not exist or is not accessible to the parent installation.",
        )
    return frozenset(each.id for each in chosen)


def _is_chosen(repository: Repository, body: TokenRequest) -> bool:
    return repository.id in (body.repository_ids or []) or repository.name in (body.repositories or [])


def _my_deliveries() -> list[Delivery]:
    app = str(current().app.id)
    key = "X-GitHub-Hook-Installation-Target-ID"
    made = [each for each in list(sandbox().deliveries.values()) if each.status != "pending"]
    return [each for each in made if each.headers.get(key) == app]


def _delivery(delivery_id: int) -> Delivery:
    found = next((each for each in _my_deliveries() if each.id == delivery_id), None)
    if found is None:
        raise not_found()
    return found
