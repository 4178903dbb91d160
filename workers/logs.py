"""Logs: fixed event names with ids as fields; JSON where no terminal reads them, and never a secret."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog

from bot.redaction import quiet_github_logging, redact
from workers.telemetry import figures

QUIET = ("alembic", "rq.scheduler", "urllib3", "werkzeug")
"""Libraries whose everyday messages tell an operator nothing."""


def configure_logging(level: int = logging.INFO) -> None:
    """One line for an event on stderr; the libraries' own messages go the same way."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        _count_failure,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    on_terminal = sys.stderr.isatty()
    last: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if on_terminal else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                last,
                _redact_line,
            ],
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    quiet_github_logging()
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(name)
    return logger


@contextmanager
def job_context(**ids: object) -> Iterator[None]:
    """Every line of one job has these ids, and those that it adds by `bind`; the next job begins without them."""
    with structlog.contextvars.bound_contextvars():
        structlog.contextvars.clear_contextvars()
        bind(**ids)
        yield
        structlog.contextvars.clear_contextvars()


def bind(**ids: object) -> None:
    """Every line of the present job has these ids from now on."""
    structlog.contextvars.bind_contextvars(**ids)


def _count_failure(_logger: object, level: str, told: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Our own warnings and errors, which have fixed names; the libraries' are sentences."""
    if level in ("warning", "error", "critical", "exception") and "_record" not in told:
        figures.count_failure(str(told["event"]), told)
    return told


def _redact_line(_logger: object, _name: str, line: Any) -> str:
    return redact(str(line))
