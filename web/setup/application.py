"""The web application while there is no App: it serves the setup, and gives way to the real one when that succeeded."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from dotenv import dotenv_values
from flask import Flask, jsonify, redirect, url_for
from flask.typing import ResponseReturnValue

from bot.client import GitHubApp
from bot.errors import UserError
from bot.settings import ENV_FILE, PREFIX, has_app, load_settings
from web.access.limits import SIGN_INS, limiter
from web.setup import pages
from web.setup.door import Door
from web.site import dress
from workers.database import Database

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


def offer_setup(app: Flask, file: Path, *, is_demo: bool) -> Door:
    """Puts `/setup` on an application, which writes to `file`."""
    door = Door()
    tried = verify_alone if is_demo else verify
    app.extensions[pages.EXTENSION] = pages.Setup(file, door, lambda: tried(file), is_demo)
    app.register_blueprint(pages.blueprint)
    return door


def verify(file: Path) -> None:
    """Tries the credentials of the file on GitHub, and makes the tables. Raises what is wrong with them."""
    settings = load_settings(_env_file=file)
    GitHubApp(settings).check_identity()
    database = Database(settings.database_url)
    database.migrate()
    database.close()


def verify_alone(file: Path) -> None:
    """Tries them beside the demo, whose environment has an App of its own: what stands in the file goes before."""
    given = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in dotenv_values(file, interpolate=False).items()
        if name.startswith(PREFIX) and value
    }
    GitHubApp(load_settings(**given)).check_identity()


def create_setup(make_app: Callable[[], Flask]) -> Flask:
    """An application for the time before there is an App; `make_app` makes the one for afterwards."""
    app = Flask("web", root_path=str(Path(__file__).resolve().parents[1]))
    app.config.update(
        SECRET_KEY=secrets.token_bytes(32),
        SESSION_COOKIE_NAME="greenlatch-setup",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        RATELIMIT_STORAGE_URI="memory://",
    )
    limiter.init_app(app)
    limiter.limit(SIGN_INS)(pages.blueprint)
    dress(app)
    app.context_processor(lambda: {"viewer": None, "settings": None})
    app.add_url_rule("/", "start", _start)
    app.add_url_rule("/webhook", "webhook", _not_yet, methods=["POST"])
    app.add_url_rule("/healthz", "health", _not_yet)
    for probe in ("/livez", "/readyz"):
        app.add_url_rule(probe, probe.strip("/"), _alive)
    offer_setup(app, ENV_FILE, is_demo=False)
    app.wsgi_app = _Succession(app.wsgi_app, make_app)  # type: ignore[method-assign]
    return app


def _start() -> ResponseReturnValue:
    return redirect(url_for("setup.show"))


def _not_yet() -> ResponseReturnValue:
    return jsonify(status="not configured", hint="open /setup"), 503


def _alive() -> ResponseReturnValue:
    """Ready to be set up: whoever starts it in a container has to reach it."""
    return jsonify(status="not configured"), 200


class _Succession:
    """WSGI: the setup until the settings are there, whichever process wrote them; then the application."""

    def __init__(self, setup: Callable[..., Iterable[bytes]], make_app: Callable[[], Flask]) -> None:
        self._setup = setup
        self._make_app = make_app
        self._app: Flask | None = None
        self._turn = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        app = self._app or self._successor()
        return app.wsgi_app(environ, start_response) if app is not None else self._setup(environ, start_response)

    def _successor(self) -> Flask | None:
        if not has_app(ENV_FILE):
            return None
        with self._turn:
            try:
                self._app = self._app or self._make_app()
            except UserError:
                return None  # written by hand and not complete: the setup stays closed, `/healthz` says so
        return self._app
