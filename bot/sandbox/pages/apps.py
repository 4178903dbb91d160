"""Pages about apps: creating one from a manifest, its public page, and installing it."""

from __future__ import annotations

import json
import re
import secrets
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, abort, redirect, render_template, request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.sandbox.api.http import sandbox
from bot.sandbox.model import App, Grant, User
from bot.sandbox.pages.protection import only_from_here, protect
from bot.sandbox.scenario import Scenario
from bot.sandbox.state import FULL_PERMISSIONS

blueprint = Blueprint("app_pages", __name__, template_folder="templates")
CODE_LIFETIME = timedelta(hours=1)
MAX_NAME = 34
KNOWN_EVENTS = frozenset(
    {"check_run", "check_suite", "issue_comment", "merge_group", "pull_request", "pull_request_review", "push"}
    | {"pull_request_review_comment", "pull_request_review_thread"}
)


class Hook(BaseModel):
    model_config = ConfigDict(extra="forbid")
    url: str = Field(pattern="^https?://")
    active: bool = True


class Manifest(BaseModel):
    """What GitHub takes; it refuses a manifest with anything else."""

    model_config = ConfigDict(extra="forbid")
    name: str = ""
    url: str = Field(pattern="^https?://")
    description: str = ""
    hook_attributes: Hook | None = None
    redirect_url: str = Field("", pattern="^https?://")
    callback_urls: list[str] = Field(default_factory=list, max_length=10)
    setup_url: str = ""
    public: bool = False
    default_events: list[str] = Field(default_factory=list)
    default_permissions: dict[str, str] = Field(default_factory=dict)
    request_oauth_on_install: bool = False
    setup_on_update: bool = False


@blueprint.before_request
def guard() -> None:
    """A manifest comes from another site; whatever is done about it then comes from here."""
    if not request.path.endswith("/apps/new"):
        only_from_here()


@blueprint.after_request
def restrict(response: Response) -> Response:
    return protect(response, forms_anywhere=True)


@blueprint.post("/settings/apps/new")
@blueprint.post("/organizations/<organization>/settings/apps/new")
def confirm(organization: str = "") -> Any:
    """Shows what the manifest asks for, as GitHub does before it creates anything."""
    text = request.form.get("manifest", "")
    problem, manifest = _read(text, organization)
    query = urlencode({"state": request.args.get("state", "")})
    action = f"{'/organizations/' + organization if organization else ''}/settings/apps?{query}"
    page = render_template(
        "manifest.html", manifest=manifest, text=text, problem=problem, action=action, owner=organization
    )
    return page, 422 if problem else 200


@blueprint.post("/settings/apps")
@blueprint.post("/organizations/<organization>/settings/apps")
def create(organization: str = "") -> Any:
    state = sandbox()
    problem, manifest = _read(request.form.get("manifest", ""), organization)
    if manifest is None or problem:
        abort(422, problem)
    name = request.form.get("name", "")[:MAX_NAME] or manifest.name
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    if not slug or any(app.slug == slug for app in state.apps.values()):
        abort(422, "Name has already been taken or is empty.")
    app = state.add_app(
        slug,
        name=name,
        webhook_url=manifest.hook_attributes.url if manifest.hook_attributes else "",
        permissions=manifest.default_permissions,
        events=manifest.default_events,
    )
    app.owner = state.users[organization.lower()] if organization else app.owner
    app.callback_urls, app.setup_url = manifest.callback_urls, manifest.setup_url
    app.description = manifest.description
    code = secrets.token_hex(20)
    state.grants[code] = Grant(app, state.clock() + CODE_LIFETIME)
    answer = urlencode({"code": code, "state": request.args.get("state", "")})
    return redirect(f"{manifest.redirect_url}?{answer}", 302)


@blueprint.get("/github-apps/<slug>")
def show(slug: str) -> str:
    return render_template("app.html", app=_app(slug))


@blueprint.get("/github-apps/<slug>/installations/new")
def choose(slug: str) -> str:
    state = sandbox()
    owners = {each.owner.login: each.owner for each in state.repositories.values()}
    return render_template("install.html", app=_app(slug), accounts=list(owners.values()))


@blueprint.post("/github-apps/<slug>/installations/new")
def install(slug: str) -> Any:
    app, state = _app(slug), sandbox()
    account: User | None = state.users.get(request.form.get("account", "").lower())
    if account is None:
        abort(422)
    installation = Scenario(state).install(app, account.login)
    if not app.setup_url:
        return redirect(f"/github-apps/{slug}")
    answer = urlencode({"installation_id": installation.id, "setup_action": "install"})
    return redirect(f"{app.setup_url}?{answer}", 302)


def _app(slug: str) -> App:
    return next((app for app in sandbox().apps.values() if app.slug == slug), None) or abort(404)


def _read(text: str, organization: str) -> tuple[str, Manifest | None]:
    """What GitHub would refuse about a manifest, '' for nothing; and what it says, where it can be read."""
    try:
        manifest = Manifest.model_validate(json.loads(text))
    except (ValueError, ValidationError) as error:
        return f"Invalid GitHub App configuration: {error}", None
    unknown = [name for name in manifest.default_permissions if name not in FULL_PERMISSIONS]
    levels = [name for name, level in manifest.default_permissions.items() if level not in ("read", "write")]
    events = [name for name in manifest.default_events if name not in KNOWN_EVENTS]
    if unknown or levels or events:
        return f"Default permission or event is not supported: {', '.join([*unknown, *levels, *events])}", manifest
    if len(manifest.name) > MAX_NAME:
        return f"Name is too long (maximum is {MAX_NAME} characters)", manifest
    if not urlsplit(manifest.redirect_url).netloc:
        return "Redirect url is missing", manifest
    if organization and organization.lower() not in sandbox().users:
        return "This organization does not exist", manifest
    return "", manifest
