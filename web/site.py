"""Puts the pages on an application: their blueprints, sessions, protections, and what templates may call."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError, CSRFProtect
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError, TimeoutError
from werkzeug.exceptions import HTTPException
from werkzeug.routing import IntegerConverter, Map

from bot.errors import GitHubRefused, GitHubUnavailable
from web import extension
from web.access import sessions
from web.access.headers import harden
from web.access.limits import limiter, limits_of
from web.access.viewer import SignInNeeded, here, viewer
from web.blueprints import deliveries, overview, pulls, rules, scans, sign_in
from web.views import text
from workers.logs import get_logger
from workers.models import now
from workers.reload import LiveServices

log = get_logger(__name__)

MAX_ID = 2**63 - 1
NO_DATABASE = (OperationalError, InterfaceError, TimeoutError)
BLUEPRINTS = (overview, pulls, scans, rules, deliveries, sign_in)
MESSAGES = {
    404: ("There is nothing here", "The address is wrong, or it shows a repository that you may not read."),
    405: ("This is not done that way", "Go back and use the button of the page."),
    413: ("That is too much", "The request is too large."),
    429: ("Too many attempts", "Wait a minute, then try again."),
    500: ("Something broke here", "It was written to the log. Try again, and tell an operator if it stays."),
    503: ("Not now", "GitHub does not answer. Try again in a moment."),
}


class Id(IntegerConverter):
    """A number that a column can hold: there is nothing at any other."""

    def __init__(self, map: Map, *, max: int = MAX_ID) -> None:
        super().__init__(map, max=max)


def register(app: Flask, live: LiveServices, *, unprotected: str) -> None:
    """`unprotected` is the blueprint whose requests are signed otherwise: webhooks know no session."""
    extension.install(app, live)
    sessions.configure(app, live.current().settings)
    app.session_interface = sessions.FollowingSessions()
    app.config.update(
        WTF_CSRF_TIME_LIMIT=None,  # it is as old as the session
        **limits_of(live.current()),
    )
    csrf = CSRFProtect(app)  # type: ignore[no-untyped-call]
    csrf.exempt(app.blueprints[unprotected])  # type: ignore[no-untyped-call]
    limiter.init_app(app)
    app.url_map.converters["id"] = Id
    for module in BLUEPRINTS:
        app.register_blueprint(module.blueprint)
    dress(app)
    app.context_processor(lambda: {"viewer": viewer(), "settings": extension.services().settings})
    app.register_error_handler(SignInNeeded, _sign_in)
    app.register_error_handler(CSRFError, _forged)
    app.register_error_handler(GitHubUnavailable, _no_answer)
    app.register_error_handler(GitHubRefused, _no_answer)
    for kind in NO_DATABASE:
        app.register_error_handler(kind, _no_database)


def dress(app: Flask) -> None:
    """What pages look like and are protected by, with or without somebody to sign in."""
    app.after_request(harden)
    app.register_error_handler(HTTPException, _wrong)
    app.jinja_env.filters.update(
        told=text.told, page=text.page, moment=text.moment, duration=text.duration, counted=text.counted
    )
    app.jinja_env.globals.update(ago=lambda at: text.ago(at, now()))
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def _sign_in(_error: SignInNeeded) -> ResponseReturnValue:
    return redirect(url_for("sign_in.show", next=here()), 302)


def _forged(error: CSRFError) -> ResponseReturnValue:
    reason = f"{error.description} Reload the page before, and press its button again."
    return _page(400, "This did not come from our own page", reason)


def _no_answer(_error: Exception) -> ResponseReturnValue:
    return _page(503, *MESSAGES[503])


def _no_database(error: Exception) -> ResponseReturnValue:
    log.error("page_without_database", path=request.path[:200], error=type(error).__name__)
    return _page(503, MESSAGES[503][0], "The database does not answer. Try again in a moment.")


def _wrong(error: HTTPException) -> Any:
    """For people a page; redirects and what machines ask for stay as they are."""
    code = error.code or 500
    if error.response is not None or code < 400 or not request.accept_mimetypes.accept_html:
        return error
    title, reason = MESSAGES.get(code, (error.name, error.description or ""))
    return _page(code, title, reason)


def _page(status: int, title: str, reason: str) -> ResponseReturnValue:
    """Also where nobody can be looked up any more, because that is the problem."""
    if "viewer" not in g and extension.NAME in current_app.extensions:
        try:
            viewer()
        except SQLAlchemyError:
            g.viewer = None
    return render_template("problem.html", title=title, reason=reason, status=status), status
