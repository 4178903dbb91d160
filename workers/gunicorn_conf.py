"""gunicorn's settings: `gunicorn -c workers/gunicorn_conf.py 'app:create_app()'`."""

from __future__ import annotations

import os
import sys

from bot.errors import UserError
from bot.settings import load_settings
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
    try:
        load_settings()
    except UserError as error:
        print(f"greenlatch: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(2)
