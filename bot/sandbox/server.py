"""The sandbox as a Flask application, and as a server on the loopback."""

from __future__ import annotations

import importlib
import pkgutil
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from bot.sandbox import api, git_http, graphql
from bot.sandbox.api.http import ApiError, refusal, sandbox
from bot.sandbox.faults import Fault
from bot.sandbox.pages import apps, sign_in, views
from bot.sandbox.state import SandboxState

API = "/api/v3"
APIS = (f"{API}/", graphql.PATH)
API_VERSION = "2022-11-28"
_HEADERS = {"X-GitHub-Media-Type": "github.v3; format=json", "X-GitHub-Enterprise-Version": "3.19.0"}


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request to an API and what it was answered. `path` starts below /api/v3, or is /api/graphql."""

    method: str
    path: str
    query: str
    request_headers: dict[str, str]
    request_body: bytes
    status: int
    response_headers: dict[str, str]
    response_body: bytes
    fault: Fault | None


Observer = Callable[[Exchange], None]


def create_sandbox(state: SandboxState, observer: Observer | None = None) -> Flask:
    """`observer` is told every exchange with the API, after it."""
    app = Flask(__name__, static_folder=None)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.url_map.strict_slashes = False
    app.extensions["sandbox"] = state
    for module in pkgutil.iter_modules(api.__path__):
        blueprint = getattr(importlib.import_module(f"{api.__name__}.{module.name}"), "blueprint", None)
        if blueprint is not None:
            app.register_blueprint(blueprint, url_prefix=API)
    app.register_blueprint(graphql.blueprint)
    app.register_blueprint(git_http.blueprint)
    app.register_blueprint(apps.blueprint)
    app.register_blueprint(sign_in.blueprint)
    app.register_blueprint(views.blueprint)
    app.before_request(_begin)
    if observer is not None:
        app.after_request(lambda response: _observe(observer, response))
    app.after_request(_end)  # runs before the one above: Flask calls the last one first
    app.teardown_request(_release)
    app.register_error_handler(ApiError, refusal)
    app.register_error_handler(HTTPException, _http_error)
    return app


def _begin() -> Response | None:
    sandbox().urls.append(request.url)
    g.fault = fault = sandbox().faults.take(request.method, request.path)
    if fault is not None and fault.delay:
        time.sleep(fault.delay)
    if fault is not None and fault.status and not fault.after:
        return _failed(fault)
    if request.path.startswith(APIS) and (refused := _refuse_client()):
        return refused
    if request.blueprint != git_http.blueprint.name:  # that one serves clones side by side
        sandbox().lock.acquire()
        g.locked = True
    return None


def _refuse_client() -> Response | None:
    if not request.headers.get("User-Agent"):
        return Response("Request forbidden by administrative rules.\n", 403, mimetype="text/plain")
    if request.headers.get("X-GitHub-Api-Version", API_VERSION) != API_VERSION:
        return refusal(ApiError(400, f"Only version {API_VERSION} of the API is supported."))
    return None


def _end(response: Response) -> Response:
    fault: Fault | None = g.get("fault")
    if request.path.startswith(APIS):
        response.headers.update({**_HEADERS, **g.get("rate_headers", {})})
        response.headers["X-GitHub-Request-Id"] = secrets.token_hex(10).upper()
        response.headers["X-GitHub-Api-Version-Selected"] = API_VERSION
    if fault is None:
        return response
    if fault.status and fault.after:
        return _failed(fault)
    if fault.cut:
        whole = response.get_data()
        response.response = [whole[: len(whole) // 2]]
        response.headers["Content-Length"] = str(len(whole))
        response.headers["Connection"] = "close"
    if fault.status:
        response.headers.update(dict(fault.headers))
    return response


def _failed(fault: Fault) -> Response:
    return refusal(ApiError(fault.status, fault.message, fault.errors, dict(fault.headers)))


def _observe(observer: Observer, response: Response) -> Response:
    if request.path.startswith(APIS):
        observer(
            Exchange(
                method=request.method,
                path=request.path.removeprefix(API),
                query=request.query_string.decode("latin-1"),
                request_headers=dict(request.headers),
                request_body=request.get_data(),
                status=response.status_code,
                response_headers=dict(response.headers),
                response_body=response.get_data(),
                fault=g.get("fault"),
            )
        )
    return response


def _release(_error: BaseException | None) -> None:
    if g.pop("locked", False):
        sandbox().lock.release()


def _http_error(error: HTTPException) -> Any:
    if request.path.startswith(APIS):
        message = "Not Found" if error.code == 404 else error.name
        return refusal(ApiError(error.code or 500, message))
    return error


class _QuietHandler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: object) -> None:
        """Says nothing: whoever wants to know observes."""


class SandboxServer:
    """Serves a sandbox on 127.0.0.1 from a thread, as a context manager. Port 0 is any free port.

    A port that is taken raises OSError on construction.
    """

    def __init__(self, state: SandboxState, *, port: int = 0, observer: Observer | None = None) -> None:
        self.state = state
        self._server: BaseWSGIServer = make_server(
            "127.0.0.1", port, create_sandbox(state, observer), threaded=True, request_handler=_QuietHandler
        )
        state.url = f"http://127.0.0.1:{self._server.server_port}"
        state.webhooks.host = state.url.removeprefix("http://")
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="sandbox", daemon=True
        )

    @property
    def url(self) -> str:
        return self.state.url

    @property
    def api_url(self) -> str:
        return self.state.api_url

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends the server and the sending of webhooks."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
        self.state.webhooks.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
