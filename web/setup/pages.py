"""The pages of the setup: choose, create the App on GitHub, come back with its credentials, install it."""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from flask import Blueprint, abort, current_app, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from pydantic import TypeAdapter, ValidationError

from bot.accounts import CreatedApp, convert_manifest
from bot.errors import GitHubRefused, GitHubUnavailable, UserError
from bot.manifest import EVENTS, PERMISSIONS, WRITING, Choice, manifest
from bot.settings import WebUrl, has_app
from web.setup import env_file
from web.setup.door import LOCAL_NAMES, Door
from workers.logs import get_logger

log = get_logger(__name__)
blueprint = Blueprint("setup", __name__, url_prefix="/setup")
EXTENSION = "greenlatch-setup"
PASS, PENDING = "setup-pass", "setup"
GITHUB = "https://github.com"
MAX_NAME = 34
"""GitHub takes no longer names for Apps."""
ORGANIZATION = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})")
URL = TypeAdapter(WebUrl)
UNREACHABLE = "GitHub cannot reach this machine by that address. Give the one that the world sees."


@dataclass(frozen=True, slots=True)
class Setup:
    """`verify` raises UserError where the new credentials do not work; `file` is where they are written to."""

    file: Path
    door: Door
    verify: Callable[[], None]
    is_demo: bool = False


def _setup() -> Setup:
    found: Setup = current_app.extensions[EXTENSION]
    return found


@blueprint.before_request
def guard() -> ResponseReturnValue | None:
    """Closed once there is an App; before that, for whoever holds a key."""
    if has_app(_setup().file) if not _setup().is_demo else _demo_is_done():
        abort(404)
    if token := request.args.get("token"):
        found = _setup().door.take(token)
        if found is not None:
            session[PASS] = found
            return redirect(url_for("setup.show"))
    if not _setup().door.is_open(session.get(PASS)):
        return render_template("setup/closed.html"), 403
    return None


@blueprint.get("/")
def show() -> ResponseReturnValue:
    given, problems = _read()
    try:
        env_file.require_writable(_setup().file)
    except UserError as error:
        problems["file"] = f"{error.message}: {error.where}. Hint: {error.hint}."
    choice = None if problems else _choice(given)
    state = secrets.token_urlsafe(32)
    if choice is not None:
        session[PENDING] = {"state": state, "github_url": choice.github_url, "public_url": choice.public_url}
        g.form_target = choice.github_url
    return render_template(
        "setup/choose.html",
        given=given,
        problems=problems,
        choice=choice,
        manifest=manifest(choice) if choice else "",
        form_url=choice.form_url(state) if choice else "",
        file=_setup().file.absolute(),
        permissions={**PERMISSIONS, **(WRITING if given["write"] else {})},
        events=EVENTS,
    )


@blueprint.get("/created")
def receive() -> ResponseReturnValue:
    """GitHub sends the browser here with a code that is worth the credentials, once."""
    pending = session.pop(PENDING, None)
    if not pending or not hmac.compare_digest(pending["state"].encode(), request.args.get("state", "").encode()):
        return _failed("This App was not asked for by this page, or its answer was used already.")
    try:
        env_file.require_writable(_setup().file)
        created = convert_manifest(pending["github_url"], request.args.get("code", ""))
    except UserError as error:
        return _failed(f"{error.message}: {error.where}")
    except (GitHubRefused, GitHubUnavailable) as error:
        return _failed(f"GitHub did not hand out the credentials of the new App: {error}")
    env_file.write(_setup().file, _values(created, pending["github_url"], pending["public_url"]))
    log.info("app_created", slug=created.slug, app_id=created.id)
    problem = ""
    try:
        _setup().verify()
    except UserError as error:
        problem = error.message
    except (GitHubRefused, GitHubUnavailable) as error:
        problem = str(error)
    session.clear()
    return render_template(
        "setup/created.html",
        app=created,
        install_url=f"{created.html_url}/installations/new",
        problem=problem,
        file=_setup().file.absolute(),
        is_demo=_setup().is_demo,
    )


def _demo_is_done() -> bool:
    """The demo's environment holds the credentials of its own App: only the file counts."""
    file = _setup().file
    return (
        file.is_file() and re.search(r"^\s*(export\s+)?GREENLATCH_APP_ID=.", file.read_text("utf-8"), re.M) is not None
    )


def _values(created: CreatedApp, github_url: str, public_url: str) -> dict[str, str]:
    return {
        "GREENLATCH_APP_ID": str(created.id),
        "GREENLATCH_SLUG": created.slug,
        "GREENLATCH_GITHUB_URL": github_url,
        "GREENLATCH_PUBLIC_URL": public_url,
        "GREENLATCH_WEBHOOK_SECRET": created.webhook_secret.get_secret_value(),
        "GREENLATCH_CLIENT_ID": created.client_id,
        "GREENLATCH_CLIENT_SECRET": created.client_secret.get_secret_value(),
        "GREENLATCH_PRIVATE_KEY": created.pem.get_secret_value(),
    }


def _failed(reason: str) -> ResponseReturnValue:
    return render_template("setup/failed.html", reason=reason), 400


def _read() -> tuple[dict[str, str], dict[str, str]]:
    """What was chosen, and what is wrong with it, by field; '' for what was not answered yet."""
    given = {
        "github": request.args.get("github", GITHUB).strip(),
        "public": request.args.get("public", request.host_url.rstrip("/")).strip(),
        "organization": request.args.get("organization", "").strip(),
        "name": request.args.get("name", "Greenlatch").strip(),
        "write": request.args.get("write", ""),
    }
    problems: dict[str, str] = {}
    for field in ("github", "public"):
        try:
            given[field] = URL.validate_python(given[field])
        except ValidationError:
            problems[field] = "This is no web address. It begins with https:// and ends with the name of the host."
    if (
        "public" not in problems
        and "github" not in problems
        and _is_local(given["public"])
        and not _is_local(given["github"])
    ):
        is_answer = "public" in request.args
        problems["public"] = UNREACHABLE if is_answer else ""
    if given["organization"] and not ORGANIZATION.fullmatch(given["organization"]):
        problems["organization"] = "This is no name of an organization."
    if not 1 <= len(given["name"]) <= MAX_NAME:
        problems["name"] = f"A name has 1 to {MAX_NAME} characters."
    return given, problems


def _choice(given: dict[str, str]) -> Choice:
    return Choice(
        github_url=given["github"],
        public_url=given["public"],
        name=given["name"],
        organization=given["organization"],
        can_write=bool(given["write"]),
    )


def _is_local(url: str) -> bool:
    return urlsplit(url).hostname in LOCAL_NAMES
