"""The web application: takes webhooks, tells whether all parts work, and takes in the pages."""

from __future__ import annotations

import time

from flask import Blueprint, Flask, Response, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.middleware.proxy_fix import ProxyFix

from bot.delivery import MAX_BODY_BYTES, parse_delivery, verify_signature
from bot.errors import UserError
from bot.settings import ENV_FILE, Settings, has_app, load_settings
from web.access.headers import harden
from web.setup.application import create_setup, offer_setup
from web.site import register
from workers.health import check_health, check_tables
from workers.inbox import Stored
from workers.logs import get_logger
from workers.metrics import Metrics
from workers.queue import QUEUE_ERRORS
from workers.reload import LiveServices
from workers.services import Services

log = get_logger(__name__)
pages = Blueprint("pages", __name__)
EXTENSION = "greenlatch"
PATIENCE_SECONDS = 4
"""For a locked database, once for the turn and once for the lock: GitHub waits ten seconds for its answer."""


def create_app(settings: Settings | None = None) -> Flask:
    """The application on its database and queue; without any credential of a GitHub App, the one that creates it.

    Raises UserError when the settings are incomplete.
    """
    if settings is None and not has_app(ENV_FILE):
        return create_setup(create_app)
    settings = settings or load_settings()
    app = Flask(__name__, template_folder="web/templates", static_folder="web/static")
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    live = LiveServices(settings, patience=PATIENCE_SECONDS)
    app.extensions[EXTENSION] = (live, Metrics(live.current()))
    app.register_blueprint(pages)
    if settings.pages:
        register(app, live, unprotected=pages.name)
    else:
        app.after_request(harden)
    if settings.pages and settings.setup_file is not None:
        offer_setup(app, settings.setup_file, is_demo=True)
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]
    return app


def _services() -> Services:
    live: LiveServices = current_app.extensions[EXTENSION][0]
    return live.current()


def _metrics() -> Metrics:
    metrics: Metrics = current_app.extensions[EXTENSION][1]
    return metrics


@pages.post("/webhook")
def take_webhook() -> ResponseReturnValue:
    """Verifies, stores, enqueues, and nothing else: everything that takes time is a job."""
    started = time.perf_counter()
    body = request.get_data()
    status, answer = _receive(body)
    _metrics().count_webhook(request.headers.get("X-GitHub-Event", ""), status, time.perf_counter() - started)
    return jsonify(answer), status


def _receive(body: bytes) -> tuple[int, dict[str, str]]:
    services = _services()
    if not _is_signed(services.settings, body):
        log.warning("webhook_refused", reason="signature", guid=request.headers.get("X-GitHub-Delivery", "")[:100])
        return 401, {"error": "the signature is missing or wrong"}
    try:
        delivery = parse_delivery(dict(request.headers), body)
        stored = services.inbox.store(delivery, body)
    except UserError as error:
        log.warning("webhook_refused", reason=error.reference)
        return 400, {"error": error.message}
    except SQLAlchemyError as error:
        log.error("webhook_not_stored", guid=delivery.guid, error=type(error).__name__)
        return 503, {"error": "the delivery could not be stored; deliver it again"}
    _enqueue(services, stored)
    log.info("webhook_stored", guid=delivery.guid, event_name=delivery.event, action=delivery.action, row=stored.id)
    return 202, {"delivery": delivery.guid, "status": "stored" if stored.ticket else "known"}


def _is_signed(settings: Settings, body: bytes) -> bool:
    header = request.headers.get("X-Hub-Signature-256")
    return any(verify_signature(secret, body, header) for secret in (settings.secret_bytes, *settings.former_secrets))


def _enqueue(services: Services, stored: Stored) -> None:
    """What is stored is safe: without Redis, the sweeper enqueues it later."""
    if stored.ticket is None:
        return
    try:
        services.queues.put(stored.ticket)
    except QUEUE_ERRORS as error:
        log.warning("webhook_not_enqueued", row=stored.id, error=type(error).__name__)


@pages.get("/healthz")
def show_health() -> ResponseReturnValue:
    health = check_health(_services())
    return jsonify(health.to_dict()), 200 if health.is_well else 503


@pages.get("/readyz")
def show_readiness() -> ResponseReturnValue:
    """Whether webhooks can be taken: for that the database alone is needed."""
    part = check_tables(_services())
    return jsonify({part.name: part.problem or "ok"}), 503 if part.problem else 200


@pages.get("/livez")
def show_life() -> ResponseReturnValue:
    """This process answers; whether the others do their part is said at `/healthz`."""
    return jsonify({"status": "ok"})


@pages.get("/metrics")
def show_metrics() -> Response:
    return Response(generate_latest(_metrics().registry), content_type=CONTENT_TYPE_LATEST)
