"""gunicorn's settings: `gunicorn -c workers/gunicorn_conf.py 'app:create_app()'`."""

from __future__ import annotations

import os
import secrets
import sys

from bot.errors import UserError
from bot.settings import ENV_FILE, has_app, load_settings
from workers.logs import configure_logging

bind = os.environ.get("GREENLATCH_BIND", "127.0.0.1:8420")
worker_class = "gthread"
workers = 1
threads = 8
"""A request verifies, stores and enqueues: it waits for the disk, and the metrics stay in one process."""
timeout = 30
graceful_timeout = 10
keepalive = 5
loglevel = "warning"
accesslog = None
proc_name = "greenlatch"


def on_starting(_server: object) -> None:
    """Ends with one message instead of a traceback in each worker when the configuration is incomplete."""
    configure_logging()
    if not has_app(ENV_FILE):
        _tell_about_setup()
        return
    try:
        load_settings()
    except UserError as error:
        print(f"greenlatch: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(2)


def _tell_about_setup() -> None:
    """The token is made here, so that all processes know the same one."""
    token = os.environ.setdefault("GREENLATCH_SETUP_TOKEN", secrets.token_urlsafe(24))
    host, _, port = bind.rpartition(":")
    local = "127.0.0.1" if host in ("", "0.0.0.0", "[::]") else host  # noqa: S104 - compared, not bound
    print(  # noqa: T201
        "greenlatch: no GitHub App is configured; create one at\n"
        f"  http://{local}:{port}/setup/?token={token}\n"
        "  (from another machine with this one's name in it; the token works once)",
        file=sys.stderr,
    )
