"""Signing in with GitHub, and out."""

from __future__ import annotations

import hmac

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from bot.accounts import Person, exchange_code
from bot.errors import GitHubRefused, GitHubUnavailable
from bot.oauth import Attempt
from web.access.limits import SIGN_INS, limiter
from web.access.viewer import KEY, viewer
from web.extension import services
from workers.logs import get_logger

log = get_logger(__name__)
blueprint = Blueprint("sign_in", __name__, url_prefix="/signin")
ATTEMPT = "attempt"


@blueprint.get("/")
def show() -> ResponseReturnValue:
    target = _local(request.args.get("next", ""))
    if viewer() is not None:
        return redirect(target)
    return render_template("sign_in.html", target=target, problem="")


@blueprint.get("/github")
@limiter.limit(SIGN_INS)
def begin() -> ResponseReturnValue:
    """To GitHub, which comes back to `end`. It is a link and no form: what may come of it is a sign-in of one's own."""
    settings = services().settings
    if not settings.can_sign_in:
        return render_template("sign_in.html", target="/", problem=""), 503
    attempt = Attempt.begin()
    session[ATTEMPT] = {
        "state": attempt.state,
        "verifier": attempt.verifier,
        "next": _local(request.args.get("next", "")),
    }
    return redirect(attempt.authorize_url(settings.github_url, settings.client_id or "", _callback()))


@blueprint.get("/callback")
@limiter.limit(SIGN_INS)
def end() -> ResponseReturnValue:
    attempt = session.pop(ATTEMPT, None)
    if not attempt or not hmac.compare_digest(attempt["state"].encode(), request.args.get("state", "").encode()):
        return _refused("This sign-in was not begun here, or it was ended already.", attempt)
    if "code" not in request.args:
        return _refused("GitHub did not confirm who you are.", attempt)
    try:
        token = exchange_code(services().settings, request.args["code"], attempt["verifier"], _callback())
        account = Person(services().settings, token.secret).account()
    except GitHubRefused as refused:
        log.warning("sign_in_refused", reason=refused.reason)
        return _refused("GitHub did not confirm who you are.", attempt)
    except GitHubUnavailable as error:
        log.warning("sign_in_postponed", reason=error.reason)
        return _refused("GitHub does not answer. Try again in a moment.", attempt)
    session.clear()
    session.permanent = True
    session[KEY] = services().sign_ins.create(account.id, account.login, token.secret, token.lifetime)
    log.info("signed_in", login=account.login)
    return redirect(attempt["next"])


@blueprint.post("/out")
def leave() -> ResponseReturnValue:
    key = session.get(KEY)
    if isinstance(key, str):
        services().sign_ins.remove(key)
    session.clear()
    return redirect(url_for("overview.show"), 303)


def _refused(problem: str, attempt: dict[str, str] | None) -> ResponseReturnValue:
    target = attempt["next"] if attempt else "/"
    return render_template("sign_in.html", target=target, problem=problem), 400


def _callback() -> str:
    base = services().settings.public_url or request.host_url.rstrip("/")
    return f"{base}{url_for('sign_in.end')}"


def _local(address: str) -> str:
    """A way back on this site; anything that a browser could take for another one leads to the start."""
    fits = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if fits and "\\" not in address else "/"
