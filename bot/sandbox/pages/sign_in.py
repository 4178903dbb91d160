"""Signing in to an app with an account of the sandbox: GitHub's OAuth with PKCE, where one chooses who one is."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request

from bot.sandbox.api.http import sandbox
from bot.sandbox.model import App, Grant
from bot.sandbox.pages.protection import only_from_here, protect
from bot.sandbox.tokens import USER_LIFETIME, issue_user_token

blueprint = Blueprint("sign_in", __name__, template_folder="templates")
CODE_LIFETIME = timedelta(minutes=10)


@blueprint.before_request
def guard() -> None:
    only_from_here()


@blueprint.after_request
def restrict(response: Response) -> Response:
    return protect(response, forms_anywhere=True)


@blueprint.get("/login/oauth/authorize")
def ask() -> str:
    app = _app(request.args.get("client_id", ""))
    _callback(app, request.args.get("redirect_uri", ""))
    people = [user for user in sandbox().users.values() if user.kind == "User"]
    return render_template("authorize.html", app=app, people=people, query=request.args.to_dict())


@blueprint.post("/login/oauth/authorize")
def authorize() -> Any:
    state = sandbox()
    app = _app(request.form.get("client_id", ""))
    callback = _callback(app, request.form.get("redirect_uri", ""))
    if request.form.get("do") == "cancel":
        refusal = {"error": "access_denied", "error_description": "The user has denied your application access."}
        return redirect(f"{callback}?{urlencode({**refusal, 'state': request.form.get('state', '')})}")
    user = state.users.get(request.form.get("login", "").lower()) or abort(422)
    challenge = request.form.get("code_challenge", "")
    if challenge and request.form.get("code_challenge_method") != "S256":
        abort(422, "code_challenge_method must be S256")
    code = secrets.token_hex(10)
    state.grants[code] = Grant(app, state.clock() + CODE_LIFETIME, user, callback, challenge)
    return redirect(f"{callback}?{urlencode({'code': code, 'state': request.form.get('state', '')})}")


@blueprint.post("/login/oauth/access_token")
def exchange() -> Any:
    """Refuses with status 200, as GitHub does."""
    state, form = sandbox(), request.form
    app = next((each for each in state.apps.values() if each.client_id == form.get("client_id")), None)
    if app is None or not hmac.compare_digest(app.client_secret, form.get("client_secret", "")):
        return _refused("incorrect_client_credentials", "The client_id and/or client_secret passed are incorrect.")
    grant = state.grants.pop(form.get("code", ""), None)
    if grant is None or grant.user is None or grant.app is not app or state.clock() >= grant.expires_at:
        return _refused("bad_verification_code", "The code passed is incorrect or expired.")
    if form.get("redirect_uri", grant.redirect_uri) != grant.redirect_uri:
        return _refused("redirect_uri_mismatch", "The redirect_uri MUST match the registered callback URL.")
    if grant.challenge and grant.challenge != _challenge(form.get("code_verifier", "")):
        return _refused("bad_verification_code", "The code_verifier does not match the code_challenge.")
    token = issue_user_token(state, app, grant.user)
    seconds = int(USER_LIFETIME.total_seconds())
    return jsonify(access_token=token.value, expires_in=seconds, token_type="bearer", scope="")  # noqa: S106


def _refused(error: str, description: str) -> Response:
    return jsonify(error=error, error_description=description, error_uri="https://docs.github.com")


def _challenge(verifier: str) -> str:
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _app(client_id: str) -> App:
    return next((app for app in sandbox().apps.values() if app.client_id == client_id), None) or abort(404)


def _callback(app: App, asked: str) -> str:
    """Where to send the person back to; without one that was registered, nowhere."""
    callback = asked or next(iter(app.callback_urls), "")
    fits = any(callback == known or callback.startswith(f"{known.rstrip('/')}/") for known in app.callback_urls)
    return callback if fits else abort(400, "The redirect_uri is not associated with this application.")
